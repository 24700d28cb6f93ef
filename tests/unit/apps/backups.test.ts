import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { createHash, createPublicKey } from "node:crypto";
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
import { openedBackup } from "../../e2e/support/openedBackup";

const args: ScriptArgs = {
  app: "consul",
  version: "1.22.3",
  site: "devk8sclu",
  extension: "snap",
  keep: 3,
  keepDays: 1,
  limit: 64 * 1024 ** 2,
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

const DAY = 86_400;

describe("in a shell", () => {
  let root: string;
  let folder: string;
  let clock: number;

  /** One pair of each kind for all tests: making them takes time. */
  let keys: string;
  beforeAll(() => {
    keys = mkdtempSync(join(tmpdir(), "backup-keys-"));
    const pair = (name: string, ...kind: string[]): void => {
      const made = ["genpkey", ...kind, "-out", `${name}.key`];
      for (const each of [made, ["pkey", "-in", `${name}.key`, "-pubout", "-out", `${name}.pem`]]) {
        expect(spawnSync("openssl", each, { cwd: keys })).toMatchObject({ status: 0 });
      }
    };
    const rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"];
    const ec = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    for (const generation of ["", "other-"]) {
      pair(`${generation}recipient`, ...rsa);
      pair(`${generation}signer`, ...ec);
    }
  });
  afterAll(() => rmSync(keys, { recursive: true }));
  const keyOf = (name: string): string => readFileSync(join(keys, name), "utf8");
  const fingerprint = (name: string): string =>
    createHash("sha256")
      .update(createPublicKey(keyOf(name)).export({ type: "spki", format: "der" }))
      .digest("hex");

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "backup-"));
    folder = join(root, "backups");
    for (const name of ["backups", "scripts", "bin", "work", "signing", "keys"]) {
      mkdirSync(join(root, name));
    }
    // The hour is the test's: `date +%s` answers with it, everything else is the real one's.
    program("date", 'if test "$*" = +%s; then echo "$NOW"; else exec /bin/date "$@"; fi');
    clock = Math.floor(Date.now() / 1000);
    install({});
    useKeys("");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function program(name: string, body: string): void {
    writeFileSync(join(root, "bin", name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(root, "bin", name), 0o755);
  }

  function install(changes: Partial<ScriptArgs>): void {
    const folders = {
      ...{ folder, scripts: join(root, "scripts"), work: join(root, "work") },
      ...{ signing: join(root, "signing"), keys: join(root, "keys"), report: join(root, "report") },
    };
    for (const [name, text] of Object.entries(backupScripts({ ...args, ...changes, folders }))) {
      writeFileSync(join(folders.scripts, name), text);
    }
  }

  /** Keys in the cluster, and those of the state. */
  function useKeys(inCluster: string, ofState = inCluster): void {
    for (const [path, name] of [
      ["scripts/recipient.pem", `${inCluster}recipient.pem`],
      ["scripts/signer.pem", `${inCluster}signer.pem`],
      ["signing/key.pem", `${inCluster}signer.key`],
      ["keys/private.pem", `${ofState}recipient.key`],
      ["keys/signer.pem", `${ofState}signer.pem`],
    ] as const) {
      writeFileSync(join(root, path), keyOf(name));
    }
  }

  const environment = (variables: Record<string, string>): Record<string, string> => ({
    PATH: `${root}/bin:${process.env["PATH"]}`,
    NOW: `${clock}`,
    CONTENT: "everything",
    RESTORED: join(root, "restored"),
    ...variables,
  });
  function script(name: string, variables: Record<string, string> = {}): SpawnSyncReturns<string> {
    return spawnSync("/bin/sh", [join(root, "scripts", name)], {
      encoding: "utf8",
      env: environment(variables),
    });
  }
  /** The containers of a pod, one after the other, with a folder of their own for what is not encrypted. */
  function pod(names: readonly string[], variables: Record<string, string> = {}) {
    rmSync(join(root, "work"), { recursive: true });
    mkdirSync(join(root, "work"));
    let stdout = "";
    let stderr = "";
    for (const name of names) {
      const ended = script(name, variables);
      stdout += ended.stdout;
      stderr += ended.stderr;
      if (ended.status !== 0) {
        return { failed: name, status: ended.status, stdout, stderr };
      }
    }
    return { status: 0, stdout, stderr };
  }
  const SAVE = ["prepare.sh", "save.sh", "encrypt.sh"];
  const left = (): string[] => readdirSync(join(root, "work"));
  /** Saves a minute later than the last time; the name of the backup. */
  function save(content = "everything"): string {
    clock += 60;
    const { status, stdout, stderr } = pod(SAVE, { CONTENT: content });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout.trim();
  }
  const restore = (name: string, last = "restore.sh") =>
    pod(["decrypt.sh", last], { BACKUP_FROM: name });
  const restored = (): string | undefined =>
    existsSync(join(root, "restored")) ? readFileSync(join(root, "restored"), "utf8") : undefined;
  const files = (names: readonly string[]): string[] =>
    names.flatMap((name) => [name, `${name}.${name.endsWith(".enc") ? "manifest" : "json"}`]);
  /** The volume has a clock of its own. */
  const age = (name: string, seconds: number): void => {
    const time = Date.now() / 1000 - seconds;
    utimesSync(join(folder, name), time, time);
  };
  const nameAt = (time: number): string =>
    `consul-${new Date(time * 1000).toISOString().replace(/[-:]|\.000/g, "")}.snap`;
  const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");

  /** A backup as the programs before these made it; its name. */
  function saveReadable(content: string, time: number, changes: Record<string, string> = {}) {
    const name = nameAt(time);
    const manifest = {
      format: "sitewright-backup-1",
      ...{ site: "devk8sclu", app: "consul", version: "1.22.3" },
      created: new Date(time * 1000).toISOString().replace(".000", ""),
      bytes: `${content.length}`,
      sha256: sha256(content),
      ...changes,
    };
    writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(manifest, null, 2)}\n`);
    utimesSync(join(folder, name), time, time);
    return name;
  }

  /** A restore that is refused for this reason and has not touched anything. */
  function expectRefusal(name: string, reason: RegExp): void {
    for (const last of ["check.sh", "restore.sh"]) {
      const { failed, status, stderr } = restore(name, last);
      expect(stderr).toMatch(
        /Nothing was restored: consul is as it was\.\n {2}where: .*\n {2}why: {3}.*\n {2}next: {2}.*\n$/,
      );
      expect(stderr).toMatch(reason);
      expect(status).toBe(1);
      // Nothing in the clear stays where the next container, or anybody, finds it.
      expect(left()).not.toContain("content");
      if (failed === "decrypt.sh") {
        break;
      }
    }
    expect(restored()).toBeUndefined();
  }

  test("what was saved can be listed, checked and restored", () => {
    const name = save("a page");
    expect(name).toMatch(/^consul-\d{8}T\d{6}Z\.snap\.enc$/);
    expect(readdirSync(folder)).toEqual([name, `${name}.manifest`]);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, `${name}.manifest`)).mode & 0o777).toBe(0o600);
    expect(left()).toEqual([]);
    const created = new Date(clock * 1000).toISOString().replace(".000", "");
    const { size } = statSync(join(folder, name));
    expect(script("list.sh").stdout).toBe(`${name} ${created} ${size} 1.22.3 whole\n`);
    const checked = JSON.parse(restore(name, "check.sh").stdout) as object;
    expect(checked).toEqual({
      format: "sitewright-backup-2",
      ...{ site: "devk8sclu", app: "consul", version: "1.22.3" },
      created,
      bytes: "6",
      sha256: sha256("a page"),
      unpacked: "6",
      encryptedBytes: `${size}`,
      encryptedSha256: sha256(readFileSync(join(folder, name))),
      signer: fingerprint("signer.pem"),
      recipient: fingerprint("recipient.pem"),
      key: expect.stringMatching(/^[A-Za-z0-9+/]{512}$/) as string,
    });
    expect(restored()).toBeUndefined();
    expect(restore(name)).toMatchObject({
      status: 0,
      stdout: `restoring ${name} of ${created}, made by release 1.22.3, into release 1.22.3\nrestored ${name}\n`,
    });
    expect(restored()).toBe("a page");
    expect(left()).not.toContain("content");
  });

  test("nothing of it can be read on the volume, and none of its keys is there", () => {
    const content = "needle in a haystack ".repeat(1000);
    const name = save(content);
    const written = readdirSync(folder).map((each) => readFileSync(join(folder, each), "latin1"));
    expect(written.filter((text) => text.includes("needle"))).toEqual([]);
    const [file, manifest] = [name, `${name}.manifest`].map((each) =>
      readFileSync(join(folder, each)),
    );
    const key = { app: "consul", privateKey: keyOf("recipient.key"), signer: keyOf("signer.pem") };
    expect(openedBackup(file!, manifest!, key).toString()).toBe(content);
    expect(() =>
      openedBackup(file!, manifest!, { ...key, signer: keyOf("other-signer.pem") }),
    ).toThrow("not signed by the site");
    // Twice the same is not the same twice.
    const again = save(content);
    expect(readFileSync(join(folder, again))).not.toEqual(readFileSync(join(folder, name)));
  });

  test("by hand it is opened with openssl and the private key alone, as docs/backups.md says", () => {
    const name = save("a page");
    const commands = /```sh\n(# By hand[^]*?)```/.exec(
      readFileSync(join(__dirname, "../../../docs/backups.md"), "utf8"),
    )?.[1];
    for (const [to, from] of [
      ["private.pem", "recipient.key"],
      ["signer.pem", "signer.pem"],
    ] as const) {
      writeFileSync(join(folder, to), keyOf(from));
    }
    const { status, stdout, stderr } = spawnSync(
      "bash",
      ["-euo", "pipefail", "-c", commands ?? "false"],
      {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env["PATH"], BACKUP: name },
      },
    );
    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(join(folder, "content"), "utf8")).toBe("a page");
    // A site of other keys restores what they have made.
    useKeys("other-");
    expectRefusal(name, /tasks with other keys have made it/);
    expect(restore(name.replace(/\.enc$/, ""))).toMatchObject({ status: 0, stderr: "" });
    expect(restored()).toBe("a page");
  });

  describe("of older backups", () => {
    test("only such go as are both too old and not among the newest", () => {
      const names = [1, 2, 3, 4, 5].map(() => save());
      expect(readdirSync(folder)).toEqual(files(names));
      const [first = "", second = "", ...rest] = names;
      clock += 2 * DAY;
      for (const each of [first, second, ...rest]) {
        age(each, 2 * DAY);
      }
      const newest = save();
      expect(readdirSync(folder)).toEqual(files([...rest.slice(1), newest]));
    });

    test("one that is old by its name and young by the volume's clock stays, and so does the reverse", () => {
      const names = [1, 2, 3].map(() => save());
      const renamed = saveReadable("everything", clock - 3 * DAY);
      age(renamed, 60);
      age(names[0] ?? "", 3 * DAY);
      const newest = save();
      expect(readdirSync(folder)).toEqual(files([renamed, ...names, newest]));
    });

    test("those of a clock that was ahead count for none, and do not go", () => {
      clock += 365 * DAY;
      const ahead = [1, 2, 3, 4].map(() => save());
      clock -= 365 * DAY;
      const names = [1, 2, 3].map(() => save());
      clock += 2 * DAY;
      names.forEach((each) => age(each, 2 * DAY));
      const newest = save();
      // Three days' worth of good ones would have gone for four of another year.
      expect(readdirSync(folder)).toEqual(files([...names.slice(1), newest, ...ahead]));
    });

    test("such as are cut off, changed or not ours push out none", () => {
      const good = [1, 2].map(() => save());
      const bad = [1, 2, 3, 4].map(() => save());
      const [cut = "", changed = "", lost = "", empty = ""] = bad;
      writeFileSync(join(folder, cut), "x");
      writeFileSync(join(folder, `${changed}.manifest`), "{\n}\n");
      rmSync(join(folder, `${lost}.manifest`));
      writeFileSync(join(folder, empty), "");
      clock += 3 * DAY;
      [...good, ...bad].forEach((each) => age(each, 3 * DAY));
      const newest = save();
      const now = readdirSync(folder);
      expect(now).toEqual(expect.arrayContaining([...files(good), newest]));
      // Nor are they taken for ours to remove.
      expect(now).toEqual(expect.arrayContaining(bad));
    });

    test("an emptied store begins again", () => {
      save();
      readdirSync(folder).forEach((each) => rmSync(join(folder, each)));
      const name = save();
      expect(readdirSync(folder)).toEqual(files([name]));
    });

    test("those of other keys stay", () => {
      useKeys("other-");
      const others = [1, 2, 3, 4].map(() => save());
      clock += 3 * DAY;
      others.forEach((each) => age(each, 3 * DAY));
      useKeys("");
      save();
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(files(others)));
    });

    test("a file without a manifest is not removed, and takes no place", () => {
      const own = "consul-20200101T000000Z.snap";
      writeFileSync(join(folder, own), "an operator's copy");
      age(own, 3 * DAY);
      [1, 2, 3, 4].map(() => save());
      expect(readdirSync(folder)).toContain(own);
      expect(script("list.sh").stdout).toMatch(`${own} - 18 - no-manifest\n`);
    });
  });

  describe("backups of older programs, which are not encrypted", () => {
    test("are listed as readable and can be restored", () => {
      const name = saveReadable("an older page", clock - 60);
      const encrypted = save();
      const created = new Date((clock - 120) * 1000).toISOString().replace(".000", "");
      expect(script("list.sh").stdout.split("\n")).toEqual([
        `${name} ${created} 13 1.22.3 readable`,
        expect.stringMatching(`^${encrypted} .* whole$`),
        "",
      ]);
      expect(restore(name, "check.sh")).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('"sitewright-backup-1"') as string,
      });
      expect(restore(name)).toMatchObject({ status: 0, stderr: "" });
      expect(restored()).toBe("an older page");
    });

    test("are counted for make status, until they have gone like others", () => {
      const report = (): string => readFileSync(join(root, "report"), "utf8");
      [4, 3, 2].forEach((days) => saveReadable("everything", clock - days * DAY));
      save();
      expect(report()).toBe("readable=2\n");
      save();
      save();
      expect(report()).toBe("readable=0\n");
    });

    test.each([
      ["of another site", { site: "prdk8sclu" }, /it is a backup of site prdk8sclu, this is site/],
      ["that names a command", { site: "$(touch pwned)" }, /it is a backup of site , this is site/],
      ["of another application", { app: "confluence" }, /it is a backup of confluence, this is/],
      ["that is cut off", { bytes: "11" }, /it is truncated: 10 bytes of 11/],
      ["that was changed", { sha256: sha256("Everything") }, /its content has changed/],
      ["of another format", { format: "sitewright-backup-2" }, /the manifest is damaged/],
    ])("one %s is refused", (_, changes, reason) => {
      expectRefusal(saveReadable("everything", clock - 60, changes), reason);
    });
  });

  test.each([
    ["whose command fails", { save: "echo no space >&2; echo half >$FILE; exit 3" }, /^no space\n/],
    ["that writes nothing", { save: ':>"$FILE"' }, /is empty/],
    ["that its own tool does not accept", {}, /cannot be restored, so it is not kept/],
  ])("a save %s leaves nothing, and the others as they are", (_, changes, reason) => {
    const name = save();
    install(changes);
    clock += 60;
    const { status, stderr, stdout } = pod(SAVE, { CONTENT: "broken" });
    expect(stderr).toMatch(reason);
    expect(stderr).toContain("those that are there are untouched");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(readdirSync(folder)).toEqual(files([name]));
    expect(left()).not.toContain("content");
  });

  /** Programs of a pod in which something is wrong. */
  const df = (free: string, where: string) => `case "$3" in
  *${where}) printf '%s\\n' header 'disk 1 1 ${free} 1% /' ;;
  *) exec /bin/df "$@" ;;
esac`;
  test.each([
    ["the volume is full", { df: df("1000", "backups") }, /only 1024000 are free there: \d+ have/],
    [
      "the node's disk is full",
      { df: df("1000", "work") },
      /only 1024000 are free there: \d+ have/,
    ],
    ["the image has no openssl", { openssl: "exit 127" }, /has no openssl/],
  ])("a save is refused before the application is asked: %s", (_, programs, reason) => {
    const name = save();
    install({ save: 'touch "$RESTORED"' });
    Object.entries(programs).forEach(([each, body]) => program(each, body));
    clock += 60;
    const { status, stderr } = pod(SAVE);
    expect(stderr).toMatch(/^The backup of consul was not begun; those that are there are untouch/);
    expect(stderr).toMatch(reason);
    expect({ status, asked: restored() }).toEqual({ status: 1, asked: undefined });
    expect(readdirSync(folder)).toEqual(files([name]));
  });

  test("a save that would not fit where it lies unencrypted is refused, by what the newest took", () => {
    save("x".repeat(100_000));
    install({ limit: 16 * 1024 ** 2 + 100_000 });
    expect(pod(SAVE)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("site:apps.consul.backup.volume.size") as string,
    });
  });

  test.each([
    ["does not encrypt", 'case "$*" in "enc -aes"*) exit 1 ;; esac', /could not be encrypted/],
    [
      "writes something else",
      'case "$*" in "enc -aes"*) for last; do :; done; echo nonsense >"$last"; exit ;; esac',
      /what is on the volume is not what was saved/,
    ],
  ])("an openssl that %s leaves no backup", (_, body, reason) => {
    program("openssl", `${body}\nPATH=\${PATH#*:} exec openssl "$@"`);
    const { status, stderr } = pod(SAVE);
    expect({ status, left: left() }).toEqual({ status: 1, left: [] });
    expect(stderr).toMatch(reason);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a volume that fills up meanwhile leaves no backup", () => {
    const name = save();
    clock += 60;
    script("prepare.sh");
    script("save.sh");
    program("df", df("1", "backups"));
    const { status, stderr } = script("encrypt.sh");
    expect(stderr).toMatch(/it has 10 bytes, and only 1024 are free/);
    expect({ status, left: left() }).toEqual({ status: 1, left: [] });
    expect(readdirSync(folder)).toEqual(files([name]));
  });

  test("keys that are no pair are noticed when the backup is made, not when it is needed", () => {
    writeFileSync(join(root, "signing/key.pem"), keyOf("other-signer.key"));
    expect(pod(SAVE)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("its signature does not prove it") as string,
    });
  });

  /** Begins a container that does not end, and sends the signal when its file is there. */
  async function interrupt(name: string, signal: NodeJS.Signals, watched: string) {
    const child = spawn("/bin/sh", [join(root, "scripts", name)], {
      env: environment({}),
      stdio: "ignore",
      detached: true,
    });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    while (!readdirSync(watched).some((each) => /^content$|partial$/.test(each))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { pid } = child;
    if (pid === undefined) {
      throw new Error("The shell did not start.");
    }
    // As containers end: the first process is told to end; when it is killed, all end.
    process.kill(signal === "SIGKILL" ? -pid : pid, signal);
    return ended;
  }

  test("a save that is told to end cleans up and ends at once", async () => {
    install({ save: 'echo half >"$FILE"; exec sleep 60' });
    expect(await interrupt("save.sh", "SIGTERM", join(root, "work"))).toBe(143);
    expect(left()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("what a killed save leaves is no backup, and is removed when no save can be writing it", async () => {
    clock += 60;
    script("prepare.sh");
    script("save.sh");
    program("sync", "exec sleep 60");
    await interrupt("encrypt.sh", "SIGKILL", folder);
    rmSync(join(root, "bin/sync"));
    const [leftover = ""] = readdirSync(folder);
    expect(leftover).toMatch(/^\.consul-.*\.partial$/);
    expect(script("list.sh").stdout).toBe("");
    const first = save();
    expect(readdirSync(folder)).toEqual([leftover, ...files([first])]);
    age(leftover, 4000);
    const second = save();
    expect(readdirSync(folder)).toEqual(files([first, second]));
  });

  test.each(["snap.json", "snap.enc.manifest"])(
    "a save that is killed between its two renames leaves no backup either: %s",
    (ending) => {
      const manifest = `consul-20200101T000000Z.${ending}`;
      writeFileSync(join(folder, manifest), "{}");
      age(manifest, 120);
      expect(script("list.sh").stdout).toBe("");
      const name = save();
      expect(readdirSync(folder)).toEqual(files([name]));
    },
  );

  describe("a restore is refused", () => {
    let name: string;
    const manifest = (): string => join(folder, `${name}.manifest`);
    const rewrite = (from: string | RegExp, to: string): void =>
      writeFileSync(manifest(), readFileSync(manifest(), "utf8").replace(from, to));
    const spoil = (at: number): void => {
      const content = readFileSync(join(folder, name));
      content[content.length - at] = (content[content.length - at] ?? 0) ^ 1;
      writeFileSync(join(folder, name), content);
    };
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
        "consul-20200101T000000Z.snap.enc",
        new RegExp(`there is no such backup\\n {2}next: {2}choose one of these: ${name} \\n`),
      );
      rmSync(join(folder, name));
      expectRefusal(name, /choose one of these: \(there are none\)/);
    });
    test("without a manifest", () => {
      rmSync(manifest());
      expectRefusal(name, /has no manifest/);
      expect(script("list.sh").stdout).toMatch(/ no-manifest\n$/);
    });
    test.each([
      ["empty", /[^]*/, ""],
      ["another file", /[^]*/, "not JSON"],
      ["of another site", "devk8sclu", "prdk8sclu"],
      ["of another application", '"consul"', '"confluence"'],
      ["without a signature", /\S+\n$/, "\n"],
      ["with a command in it", "devk8sclu", "$(touch pwned)"],
    ])("with a manifest that is %s", (_, from, to) => {
      rewrite(from, to);
      expectRefusal(name, /its manifest was changed, or tasks with other keys have made it/);
      expect(script("list.sh").stdout).toMatch(/ - \d+ - unproven\n$/);
    });
    test.each([
      ["site", /it is a backup of site prdk8sclu, this is site devk8sclu/],
      ["app", /it is a backup of confluence, this is consul/],
    ])("of another %s, which signs with the same key", (what, reason) => {
      install(what === "site" ? { site: "prdk8sclu" } : { app: "confluence" });
      clock += 60;
      pod(SAVE);
      install({});
      const [from = ""] = readdirSync(folder)
        .filter((each) => each.endsWith(".enc"))
        .slice(what === "site" ? -1 : 0);
      name = from.replace("confluence", "consul");
      for (const ending of ["", ".manifest"]) {
        writeFileSync(
          join(folder, `${name}${ending}`),
          readFileSync(join(folder, `${from}${ending}`)),
        );
      }
      expectRefusal(name, reason);
      expect(script("list.sh").stdout).toMatch(/ foreign\n$/);
    });
    test("that another key of the site has signed, with the names of all keys", () => {
      useKeys("", "other-");
      const named = ["signer.pem", "recipient.pem", "other-signer.pem", "other-recipient.pem"];
      expectRefusal(name, new RegExp(named.map(fingerprint).join(".*")));
    });
    test("that is encrypted for another key than the state has, with both names", () => {
      writeFileSync(join(root, "keys/private.pem"), keyOf("other-recipient.key"));
      const [ours, theirs] = [fingerprint("other-recipient.pem"), fingerprint("recipient.pem")];
      expectRefusal(
        name,
        new RegExp(
          `it needs the key of backups ${theirs}; the state of apps has ${ours}\\n.*backup of the state`,
        ),
      );
      writeFileSync(join(root, "scripts/recipient.pem"), keyOf("other-recipient.pem"));
      expect(script("list.sh").stdout).toMatch(/ other-key\n$/);
    });
    test("of a truncated file", () => {
      writeFileSync(join(folder, name), "every");
      expectRefusal(name, /it is truncated: 5 bytes of 26\n/);
      expect(script("list.sh").stdout).toMatch(/ truncated\n$/);
    });
    test.each([1, 20])("of a file in which one bit has changed, %i bytes from its end", (at) => {
      spoil(at);
      expectRefusal(name, /its content has changed: sha256/);
    });
    test("of a file that the application's own tool does not accept", () => {
      install({ verify: "echo not mine >&2; exit 1" });
      expectRefusal(name, /^not mine\nNothing was restored[^]*consul's own tool does not accept/);
    });
    test("where the node has no room to decrypt it", () => {
      program("df", df("1000", "work"));
      expectRefusal(name, /the backup has 10 bytes, and only 1024000 are free there/);
    });
    test("where the application has no room for it", () => {
      install({ room: 'echo "$UNPACKED bytes do not fit" >&2; exit 1' });
      expectRefusal(name, /^10 bytes do not fit\nNothing was restored[^]*there is not enough room/);
    });
  });

  test("what an application says of the size of what it restores to is kept", () => {
    install({
      save: 'printf %s "$CONTENT" >"$FILE"; echo 4711 >"$UNPACKED"',
      room: 'test "$UNPACKED" = 4711',
    });
    const name = save();
    expect(restore(name)).toMatchObject({ status: 0, stderr: "" });
  });

  test("a restore that fails says so", () => {
    const name = save();
    install({ restore: "exit 1" });
    const { status, stderr } = restore(name);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The restore of consul from consul-.* failed\.\n/);
    expect(left()).not.toContain("content");
  });

  test("every script is one of a POSIX shell", () => {
    for (const name of readdirSync(join(root, "scripts")).filter((each) => each.endsWith(".sh"))) {
      expect(spawnSync("dash", ["-n", join(root, "scripts", name)]).status).toBe(0);
    }
  });
});
