import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { backupScripts, type ScriptArgs } from "../../../apps/backups/scripts";

const args: ScriptArgs = {
  app: "consul",
  version: "1.22.3",
  site: "devk8sclu",
  extension: "snap",
  keep: 3,
  deadlineSeconds: 3600,
  save: 'printf %s "$CONTENT" >"$FILE"',
  verify: 'test "$(cat "$FILE")" != broken',
  restore: 'cat "$FILE" >"$RESTORED"',
};

test.each([
  ["app", "it's"],
  ["version", "1 2"],
  ["site", "$(x)"],
  ["extension", "*"],
])("%s: what is no plain word never comes into a script", (key, value) => {
  expect(() => backupScripts({ ...args, [key]: value })).toThrow(/is not a plain word/);
});

describe("in a shell", () => {
  let root: string;
  let folder: string;
  let clock: number;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "backup-"));
    folder = join(root, "backups");
    for (const name of ["backups", "scripts", "bin"]) {
      mkdirSync(join(root, name));
    }
    // The hour is the test's: `date +%s` answers with it, everything else is the real one's.
    const date = '#!/bin/sh\nif test "$*" = +%s; then echo "$NOW"; else exec /bin/date "$@"; fi\n';
    writeFileSync(join(root, "bin/date"), date);
    chmodSync(join(root, "bin/date"), 0o755);
    clock = Math.floor(Date.now() / 1000);
    install({});
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function install(changes: Partial<ScriptArgs>): void {
    const scripts = join(root, "scripts");
    for (const [name, text] of Object.entries(
      backupScripts({ ...args, ...changes, folder, scripts }),
    )) {
      writeFileSync(join(scripts, name), text);
    }
  }
  const environment = (variables: Record<string, string>): Record<string, string> => ({
    PATH: `${root}/bin:${process.env["PATH"]}`,
    NOW: `${clock}`,
    CONTENT: "everything",
    RESTORED: join(root, "restored"),
    ...variables,
  });
  function run(script: string, variables: Record<string, string> = {}): SpawnSyncReturns<string> {
    return spawnSync("/bin/sh", [join(root, "scripts", script)], {
      encoding: "utf8",
      env: environment(variables),
    });
  }
  /** Saves a minute later than the last time; the name of the backup. */
  function save(content = "everything"): string {
    clock += 60;
    const { status, stdout, stderr } = run("save.sh", { CONTENT: content });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout.trim();
  }
  const restore = (name: string, script = "restore.sh") => run(script, { BACKUP_FROM: name });
  const restored = (): string | undefined =>
    existsSync(join(root, "restored")) ? readFileSync(join(root, "restored"), "utf8") : undefined;
  /** A restore that is refused for this reason and has not touched anything. */
  function expectRefusal(name: string, reason: RegExp): void {
    for (const script of ["check.sh", "restore.sh"]) {
      const { status, stderr } = restore(name, script);
      expect(stderr).toMatch(
        /^Nothing was restored: consul is as it was\.\n {2}where: .*\n {2}why: {3}.*\n {2}next: {2}.*\n$/,
      );
      expect(stderr).toMatch(reason);
      expect(status).toBe(1);
    }
    expect(restored()).toBeUndefined();
  }

  test("what was saved can be listed, checked and restored", () => {
    const name = save("a page");
    expect(name).toMatch(/^consul-\d{8}T\d{6}Z\.snap$/);
    expect(readdirSync(folder)).toEqual([name, `${name}.json`]);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, `${name}.json`)).mode & 0o777).toBe(0o600);
    const created = new Date(clock * 1000).toISOString().replace(".000", "");
    const manifest = {
      format: "sitewright-backup-1",
      site: "devk8sclu",
      app: "consul",
      version: "1.22.3",
      created,
      bytes: "6",
      sha256: createHash("sha256").update("a page").digest("hex"),
    };
    const written = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as object;
    expect(written).toEqual(manifest);
    expect(run("list.sh").stdout).toBe(`${name} ${created} 6 1.22.3 whole\n`);
    expect(JSON.parse(restore(name, "check.sh").stdout)).toEqual(written);
    expect(restored()).toBeUndefined();
    expect(restore(name)).toMatchObject({
      status: 0,
      stdout: `restoring ${name} of ${created}, made by release 1.22.3, into release 1.22.3\nrestored ${name}\n`,
    });
    expect(restored()).toBe("a page");
  });

  test("the newest are kept", () => {
    const names = [1, 2, 3, 4, 5].map(() => save());
    expect(readdirSync(folder)).toEqual(names.slice(-3).flatMap((name) => [name, `${name}.json`]));
  });

  test("a file without a manifest is not removed, and takes no place", () => {
    const own = "consul-20200101T000000Z.snap";
    writeFileSync(join(folder, own), "an operator's copy");
    const names = [1, 2, 3, 4].map(() => save());
    expect(readdirSync(folder)).toEqual([
      own,
      ...names.slice(-3).flatMap((name) => [name, `${name}.json`]),
    ]);
    expect(run("list.sh").stdout).toMatch(`${own} - 18 - no-manifest\n`);
  });

  test.each([
    ["whose command fails", { save: "echo no space >&2; echo half >$FILE; exit 3" }, /^no space\n/],
    ["that writes nothing", { save: ':>"$FILE"' }, /is empty/],
    ["that its own tool does not accept", {}, /cannot be restored, so it is not kept/],
  ])("a save %s leaves nothing, and the others as they are", (_, changes, reason) => {
    const name = save();
    install(changes);
    clock += 60;
    const { status, stderr, stdout } = run("save.sh", { CONTENT: "broken" });
    expect(stderr).toMatch(reason);
    expect(stderr).toContain("those that are there are untouched");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(readdirSync(folder)).toEqual([name, `${name}.json`]);
  });

  /** Begins a save that does not end, and sends the signal when its file is there. */
  async function interrupt(signal: NodeJS.Signals): Promise<number | null> {
    install({ save: 'echo half >"$FILE"; exec sleep 60' });
    const child = spawn("/bin/sh", [join(root, "scripts/save.sh")], {
      env: environment({}),
      stdio: "ignore",
      detached: true,
    });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    while (readdirSync(folder).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { pid } = child;
    if (pid === undefined) {
      throw new Error("The shell did not start.");
    }
    // As containers end: the first process is told to end; when it is killed, all end.
    process.kill(signal === "SIGKILL" ? -pid : pid, signal);
    const code = await ended;
    install({});
    return code;
  }

  test("a save that is told to end cleans up and ends at once", async () => {
    expect(await interrupt("SIGTERM")).toBe(143);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("what a killed save leaves is no backup, and is removed when no save can be writing it", async () => {
    await interrupt("SIGKILL");
    const [left] = readdirSync(folder);
    expect(left).toMatch(/^\.consul-.*\.partial$/);
    expect(run("list.sh").stdout).toBe("");
    const first = save();
    expect(readdirSync(folder)).toEqual([left, first, `${first}.json`]);
    utimesSync(join(folder, left), clock - 4000, clock - 4000);
    const second = save();
    expect(readdirSync(folder)).toEqual([first, `${first}.json`, second, `${second}.json`]);
  });

  test("a save that is killed between its two renames leaves no backup either", () => {
    const manifest = join(folder, "consul-20200101T000000Z.snap.json");
    writeFileSync(manifest, "{}");
    utimesSync(manifest, clock - 120, clock - 120);
    expect(run("list.sh").stdout).toBe("");
    const name = save();
    expect(readdirSync(folder)).toEqual([name, `${name}.json`]);
  });

  describe("a restore is refused", () => {
    let name: string;
    const manifest = (): string => join(folder, `${name}.json`);
    const rewrite = (from: string | RegExp, to: string): void =>
      writeFileSync(manifest(), readFileSync(manifest(), "utf8").replace(from, to));
    beforeEach(() => {
      name = save("everything");
    });

    test("without a name, and with one that is none", () => {
      for (const bad of ["", "../x", ".hidden", "-rf", "a b", "$(touch x)", "a/b"]) {
        expectRefusal(bad, /this is not the name of a backup\n/);
      }
    });
    test("of a backup that is not there, with those that are", () => {
      expectRefusal(
        "consul-20200101T000000Z.snap",
        new RegExp(`there is no such backup\\n {2}next: {2}choose one of these: ${name} \\n`),
      );
      rmSync(join(folder, name));
      expectRefusal(name, /choose one of these: \(there are none\)/);
    });
    test("without a manifest", () => {
      rmSync(manifest());
      expectRefusal(name, /has no manifest/);
    });
    test.each([
      ["empty", /[^]*/, ""],
      ["another file", /[^]*/, "not JSON"],
      ["of another format", "sitewright-backup-1", "sitewright-backup-2"],
    ])("with a manifest that is %s", (_, from, to) => {
      rewrite(from, to);
      expectRefusal(name, /the manifest is damaged, or of another version/);
    });
    test("from another site", () => {
      rewrite("devk8sclu", "prdk8sclu");
      expectRefusal(name, /it is a backup of site prdk8sclu, this is site devk8sclu/);
      expect(run("list.sh").stdout).toMatch(/ foreign\n$/);
    });
    test("from another site with a manifest that carries commands", () => {
      rewrite("devk8sclu", "$(touch pwned)");
      expectRefusal(name, /it is a backup of site , this is site devk8sclu/);
    });
    test("of another application", () => {
      rewrite('"consul"', '"confluence"');
      expectRefusal(name, /it is a backup of confluence, this is consul/);
    });
    test("of a truncated file", () => {
      writeFileSync(join(folder, name), "every");
      expectRefusal(name, /it is truncated: 5 bytes of 10\n/);
      expect(run("list.sh").stdout).toMatch(/ truncated\n$/);
    });
    test("of a file whose content has changed", () => {
      writeFileSync(join(folder, name), "Everything");
      const [found, saved] = ["Everything", "everything"].map((text) =>
        createHash("sha256").update(text).digest("hex"),
      );
      expectRefusal(
        name,
        new RegExp(`its content has changed: sha256 ${found}, the manifest says ${saved}`),
      );
    });
    test("of a file that the application's own tool does not accept", () => {
      install({ verify: "echo not mine >&2; exit 1" });
      const { status, stderr } = restore(name);
      expect({ status, restored: restored() }).toEqual({ status: 1, restored: undefined });
      expect(stderr).toMatch(
        /^not mine\nNothing was restored[^]*consul's own tool does not accept/,
      );
    });
  });

  test("a restore that fails says so", () => {
    const name = save();
    install({ restore: "exit 1" });
    const { status, stderr } = restore(name);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The restore of consul from consul-.* failed\.\n/);
  });
});
