import { withHosts, withoutHosts } from "../../../../lab/browser/hostsFile";

const FILE = "127.0.0.1 localhost\n# mine\n";
const opened = withHosts(FILE, "dev", "172.30.10.45", ["a.test", "b.test"]);

test("names are added behind what is there, each once, however often", () => {
  expect(opened.startsWith(FILE)).toBe(true);
  expect(opened).toContain("\n172.30.10.45 a.test\n172.30.10.45 b.test\n");
  expect(withHosts(opened, "dev", "172.30.10.45", ["a.test", "b.test"])).toBe(opened);
  const other = withHosts(opened, "dev", "172.30.10.46", ["c.test"]);
  expect(other).not.toContain("a.test");
});

test("what was there before is there afterwards, byte by byte, and what was added since", () => {
  expect(withoutHosts(opened, "dev")).toBe(FILE);
  expect(withoutHosts(`${opened}10.0.0.1 later\n`, "dev")).toBe(`${FILE}10.0.0.1 later\n`);
  expect(withoutHosts(withHosts("", "dev", "1.1.1.1", ["a"]), "dev")).toBe("");
});

test("another environment's lines, and half of a mark, are left alone", () => {
  expect(withoutHosts(opened, "ha")).toBe(opened);
  const half = opened.replace("# sitewright dev: end\n", "");
  expect(withoutHosts(half, "dev")).toBe(half);
});
