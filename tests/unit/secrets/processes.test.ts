import { spawn } from "node:child_process";

import { ProcessWatch } from "../../e2e/secrets/processes";

test("what one program may be given is seen in another one too", () => {
  const text = `canary-${process.pid}`;
  const stdio = ["pipe", "ignore", "ignore"] as const;
  // Both wait for their standard input to end.
  const children = ["cat", "wc"].map((name) => spawn(name, [], { argv0: text, stdio: [...stdio] }));
  const watch = new ProcessWatch();
  try {
    watch.look();
    const places = watch.seen.filter(([, texts]) => texts.split("\n").includes(text));
    expect(places.map(([place]) => place).sort()).toEqual([
      "command line of cat",
      "command line of wc",
    ]);
  } finally {
    children.forEach((child) => child.kill());
  }
});
