import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import {
  homeRoomCommands,
  restoreHomeCommands,
  saveHomeCommands,
  verifyHomeCommands,
} from "../../../apps/confluence/homeCommands";

let root: string;
let home: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "home-"));
  home = join(root, "it's home");
  mkdirSync(join(root, "bin"));
  mkdirSync(home);
});
afterEach(() => rmSync(root, { recursive: true }));

function run(commands: (folder?: string) => string, unpacked = "0") {
  return spawnSync("sh", ["-euc", commands(home)], {
    encoding: "utf8",
    env: {
      PATH: `${root}/bin:${process.env["PATH"]}`,
      ...{ FILE: join(root, "archive"), UNPACKED: unpacked },
    },
  });
}
function write(path: string, text: string): void {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
}
const read = (path: string): string => readFileSync(join(home, path), "utf8");
const ls = (path = "."): string[] => readdirSync(join(home, path)).sort();
const program = (name: string, body: string): void => {
  writeFileSync(join(root, "bin", name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(root, "bin", name), 0o755);
};

/** A home as Confluence has it, saved. */
function saved(): void {
  write("confluence.cfg.xml", "saved");
  chmodSync(join(home, "confluence.cfg.xml"), 0o600);
  write("attachments/ver003/1/index", "an attachment that is called as a folder that is left out");
  write(".hidden", "saved");
  symlinkSync("nowhere", join(home, "link"));
  for (const folder of ["index", "journal", "logs", "temp", "plugins-cache", ".former"]) {
    write(`${folder}/file`, "made again");
  }
  expect(run(saveHomeCommands)).toMatchObject({ status: 0, stderr: "" });
  expect(run(verifyHomeCommands)).toMatchObject({ status: 0, stderr: "" });
}
const KEPT = [".hidden", "attachments", "confluence.cfg.xml", "link"];

/** The home is the saved one, with its former self beside it. */
function expectRestored(former: string[]): void {
  expect(ls()).toEqual([".former", ...KEPT]);
  expect(read("confluence.cfg.xml")).toBe("saved");
  expect(statSync(join(home, "confluence.cfg.xml")).mode & 0o777).toBe(0o600);
  expect(ls(".former")).toEqual(former);
}

test("a home comes back without what Confluence makes again, and its former self stays until the next time", () => {
  saved();
  write("confluence.cfg.xml", "changed");
  write("attachments/ver003/2/2", "newer");
  expect(run(restoreHomeCommands)).toMatchObject({
    status: 0,
    stdout: "The former home is kept as .former until the next restore.\n",
  });
  expectRestored([...KEPT, "index", "journal", "logs", "plugins-cache", "temp"].sort());
  expect(read("attachments/ver003/1/index")).toMatch(/^an attachment/);
  expect(existsSync(join(home, "attachments/ver003/2"))).toBe(false);
  expect(read(".former/confluence.cfg.xml")).toBe("changed");
  expect(run(restoreHomeCommands).status).toBe(0);
  expectRestored(KEPT);
  expect(ls(".former")).not.toContain(".former");
});

test("a restore that was cut off anywhere is made good, and the former home is whole", () => {
  saved();
  write("confluence.cfg.xml", "changed");
  write("attachments/ver003/1/index", "changed");
  // Between its renames: one is put aside, the new one is in its place, the others are as they were.
  mkdirSync(join(home, ".before-restore"));
  renameSync(join(home, "confluence.cfg.xml"), join(home, ".before-restore/confluence.cfg.xml"));
  write("confluence.cfg.xml", "half restored");
  write(".restore/rest", "half unpacked");
  expect(run(restoreHomeCommands).status).toBe(0);
  expectRestored([...KEPT, "index", "journal", "logs", "plugins-cache", "temp"].sort());
  expect(read(".former/confluence.cfg.xml")).toBe("changed");
  expect(read(".former/attachments/ver003/1/index")).toBe("changed");
});

test("an archive that cannot be unpacked leaves the home as it was", () => {
  write("attachments/ver003/3/3", "x".repeat(100_000));
  saved();
  const before = ls();
  const archive = readFileSync(join(root, "archive"));
  writeFileSync(join(root, "archive"), archive.subarray(0, archive.indexOf("xxx") + 50_000));
  expect(run(verifyHomeCommands).status).not.toBe(0);
  expect(run(restoreHomeCommands).status).not.toBe(0);
  expect(ls().filter((name) => name !== ".restore")).toEqual(
    before.filter((name) => name !== ".former"),
  );
});

test.each([
  [0, "changed while it was read", 0],
  [1, "changed while it was read", 0],
  [2, "could not be read", 1],
])("tar that ends with %i, because a file %s, makes a save end with %i", (code, _, status) => {
  program("tar", `exit ${code}`);
  expect(run(saveHomeCommands).status).toBe(status);
});

test.each([
  ["enough", 200_000, 0, 0],
  ["too little", 100_000, 0, 1],
  ["too little, but for what a former restore has left", 100_000, 100_000, 0],
])("a volume with %s room", (_, free, former, status) => {
  program("df", `printf '%s\\n' header 'disk 1 1 ${free} 1% /'`);
  program("du", `echo "${former} $3"`);
  write(".former/file", "");
  const ended = run(homeRoomCommands, `${100 * 1024 * 1024}`);
  expect(ended.stderr).toMatch(status === 0 ? /^$/ : /^The home's volume has 102400000 bytes free/);
  expect(ended.status).toBe(status);
});
