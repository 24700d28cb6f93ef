import { processor } from "../../../lib/processor";

test.each([
  ["x64", "amd64"],
  ["arm64", "arm64"],
] as const)("Node.js' %s is Go's and Debian's %s", (arch, word) => {
  expect(processor(arch)).toBe(word);
});
