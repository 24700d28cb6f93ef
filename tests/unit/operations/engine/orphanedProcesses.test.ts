import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { cacheDirectory } from "../../../../lib/paths";
import {
  abandonedEngines,
  abandonedPrograms,
  endOrphans,
  orphanedPlugins,
  RUN_MARK,
  runMark,
} from "../../../../operations/engine/orphanedProcesses";

const cache = "/home/someone/.cache/sitewright";
const plugin = `${cache}/pieces/tls/1/pulumi-resource-tls`;

test("only our own plugins whose engine is gone are orphans", () => {
  const engine = { pid: 10, parent: 1, executable: `${cache}/pieces/pulumi/1/pulumi` };
  const held = { pid: 11, parent: 10, executable: plugin };
  const orphan = { pid: 12, parent: 1, executable: plugin };
  const adopted = { pid: 13, parent: 20, executable: plugin };
  const shell = { pid: 20, parent: 1, executable: "/usr/bin/bash" };
  const foreign = { pid: 14, parent: 1, executable: "/home/someone/.pulumi/pulumi-resource-tls" };
  const vcenter = { pid: 15, parent: 1, executable: `${cache}/pieces/vcenter/1/vcenter` };
  const taken = { ...foreign, pid: 16, run: "dev 5 700" };
  const all = [engine, held, orphan, adopted, shell, foreign, vcenter, taken];
  expect(orphanedPlugins(all, cache)).toEqual([orphan, adopted, taken]);
});

describe("a program that outlives the run that has started it", () => {
  const command =
    "/usr/bin/node --require x /checkout/node_modules/@pulumi/pulumi/cmd/run/index.js --monitor";
  const run = { pid: 5, parent: 1, executable: "/usr/bin/node", began: 700 };
  const program = { pid: 10, parent: 1, executable: "/usr/bin/node", run: "dev 5 700", command };
  const pack = {
    ...program,
    command: "node /checkout/node_modules/@pulumi/pulumi/cmd/run-policy-pack 1 /x",
  };

  test.each([
    ["its run is gone", [program, pack], [program, pack]],
    ["its run is there", [program, pack, run], []],
    ["it was started by hand", [{ ...program, run: undefined }], []],
    ["it works on another environment", [{ ...program, run: "prd 5 700" }], []],
    ["it is another program of that run", [{ ...program, command: "kubectl get --watch" }], []],
  ])("%s", (_, processes, expected) => {
    expect(abandonedPrograms(processes, "dev")).toEqual(expected);
  });
});

describe("an engine that outlives the run that has started it", () => {
  const executable = `${cache}/pieces/pulumi/1/pulumi`;
  const run = { pid: 5, parent: 1, executable: "/usr/bin/node", began: 700 };
  const engine = { pid: 10, parent: 1, executable, began: 710, run: "dev 5 700" };
  const official = { ...engine, executable: "/usr/bin/pulumi" };

  test.each([
    ["its run is gone", [engine], [engine]],
    ["its run is there", [engine, run], []],
    ["another process has the run's number now", [engine, { ...run, began: 800 }], [engine]],
    ["it is one from elsewhere", [official], [official]],
    ["it was started by hand", [{ ...engine, run: undefined }], []],
    ["it is one from elsewhere, by hand", [{ ...official, run: undefined }], []],
    ["it works on another environment", [{ ...engine, run: "prd 5 700" }], []],
    ["it is a plugin, which has its engine's variables", [{ ...engine, executable: plugin }], []],
  ])("%s", (_, processes, expected) => {
    expect(abandonedEngines(processes, "dev")).toEqual(expected);
  });

  test("is ended, and no other process is", async () => {
    const before = process.env["XDG_CACHE_HOME"];
    const folder = mkdtempSync(join(tmpdir(), "orphans-"));
    process.env["XDG_CACHE_HOME"] = folder;
    jest.spyOn(console, "log").mockImplementation();
    const program = join(cacheDirectory(), "pieces/pulumi/1/pulumi");
    mkdirSync(dirname(program), { recursive: true });
    copyFileSync(realpathSync("/bin/sleep"), program);
    const start = (mark?: string) =>
      spawn(program, ["60"], { env: mark === undefined ? {} : { [RUN_MARK]: mark } });
    const children = [start("dev 4194305 1"), start(runMark("dev")), start()];
    try {
      await Promise.all(children.map((child) => once(child, "spawn")));
      await endOrphans("dev");
      expect(children.map(({ signalCode }) => signalCode)).toEqual(["SIGINT", null, null]);
    } finally {
      children.forEach((child) => child.kill("SIGKILL"));
      rmSync(folder, { recursive: true });
      jest.restoreAllMocks();
      process.env["XDG_CACHE_HOME"] = before;
      if (before === undefined) {
        delete process.env["XDG_CACHE_HOME"];
      }
    }
  });
});
