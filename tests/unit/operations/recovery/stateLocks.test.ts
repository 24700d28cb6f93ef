import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { askForProcess, lockHolder, parseLock } from "../../../../operations/recovery/lockHolder";
import { refuseWhileLocked, releaseStaleLock } from "../../../../operations/recovery/stateLocks";
import { readBegin } from "../../../../operations/recovery/updateBegin";
import { useStateFolder } from "../stateFolder";

useStateFolder();

const lock = { pid: 7, username: "root", hostname: "here", timestamp: "2026-01-01T00:00:00Z" };
/** A process id that the kernel does not give. */
const FREE_PID = 2 ** 22 + 1;

test.each([
  ["a pulumi of this machine", "here", { executable: "/opt/bin/pulumi" }, "running"],
  ["a pulumi that was replaced on disk", "here", { executable: "/o/pulumi (deleted)" }, "running"],
  ["a process id that is free", "here", "gone", "gone"],
  ["a process id that another program has now", "here", { executable: "/usr/bin/vim" }, "gone"],
  ["one that a plugin has now", "here", { executable: "/p/pulumi-resource-tls" }, "gone"],
  ["a process that may not be looked at", "here", "unknown", "unknown"],
  ["a lock of another machine", "there", { executable: "/opt/bin/pulumi" }, "elsewhere"],
  ["a lock of another machine, the process id free here", "there", "gone", "elsewhere"],
] as const)("%s", (_, machine, answer, expected) => {
  expect(lockHolder(lock, machine, answer)).toBe(expected);
});

describe("what the system says of a process", () => {
  const fail = (code: string) => () => {
    throw Object.assign(new Error(code), { code });
  };
  const nothing = () => undefined;

  test.each([
    ["no such process", fail("ESRCH"), fail("ENOENT"), "gone"],
    [
      "an ended one of this account whose parent has not waited for it",
      nothing,
      fail("ENOENT"),
      "gone",
    ],
    ["one that has just ended", nothing, fail("ESRCH"), "gone"],
    ["another user's", fail("EPERM"), fail("EACCES"), "unknown"],
    ["another user's that /proc hides", fail("EPERM"), fail("ENOENT"), "unknown"],
    ["this account's, which the kernel does not show", nothing, fail("EACCES"), "unknown"],
    ["no more files to be had", nothing, fail("EMFILE"), "unknown"],
    ["another user's, seen by root", nothing, () => "/opt/pulumi", { executable: "/opt/pulumi" }],
  ])("%s", (_, signal, readlink, expected) => {
    expect(askForProcess(7, { signal, readlink })).toEqual(expected);
  });

  test("of this process, and of one that is not there", () => {
    expect(askForProcess(process.pid)).toEqual({ executable: readlinkSync("/proc/self/exe") });
    expect(askForProcess(FREE_PID)).toBe("gone");
  });
});

test.each([
  ["empty", ""],
  ["cut off", JSON.stringify(lock).slice(0, 20)],
  ["of another form", '{"pid":"7"}'],
  // Signal 0 to process 0 or a negative one asks for a whole group.
  ["without a process", JSON.stringify({ ...lock, pid: 0 })],
])("a lock that is %s is none", (_, text) => {
  expect(parseLock(text)).toBeUndefined();
});

describe("the locks of a file backend", () => {
  let folder: string;
  let locks: string;
  const project = { name: "cluster", directory: "/checkout/cluster" };
  const engine = () => ({ backendUrl: `file://${folder}?metadata=skip`, environment: "dev" });
  const stale = { ...lock, pid: FREE_PID, hostname: hostname() };
  /** Writes it as the engine does. */
  function hold(held: object | string, name = "1.json"): string {
    const path = join(locks, name);
    writeFileSync(path, typeof held === "string" ? held : JSON.stringify(held));
    return path;
  }
  const left = () => readdirSync(locks);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "locks-"));
    locks = join(folder, ".pulumi/locks/organization/sitewright-cluster/dev");
    mkdirSync(locks, { recursive: true });
    jest.spyOn(console, "log").mockImplementation();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    jest.restoreAllMocks();
  });

  test("without one no run is refused", async () => {
    rmSync(locks, { recursive: true });
    refuseWhileLocked(engine(), project);
    await releaseStaleLock(engine(), project);
    expect(existsSync(locks)).toBe(false);
  });

  test("a stale one is no reason to refuse, and goes when it is asked for, with its attributes", async () => {
    hold(stale);
    hold("{}", "1.json.attrs");
    refuseWhileLocked(engine(), project);
    expect(left()).toHaveLength(2);
    await releaseStaleLock(engine(), project);
    expect(left()).toEqual([]);
  });

  test("of a stale one it is noted since when it was held, and of no other", async () => {
    hold({ ...stale, timestamp: "yesterday" });
    await releaseStaleLock(engine(), project);
    expect(readBegin("dev", "cluster")).toBeUndefined();
    hold({ ...stale, timestamp: "2026-03-04T06:06:07.123456789+01:00" });
    await releaseStaleLock(engine(), project);
    expect(readBegin("dev", "cluster")).toBe("2026-03-04T05:06:07.123Z");
    expect(readBegin("dev", "infra")).toBeUndefined();
  });

  test("only that of this stack goes", async () => {
    const other = join(folder, ".pulumi/locks/organization/sitewright-infra/dev");
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, "2.json"), JSON.stringify(stale));
    hold(stale);
    await releaseStaleLock(engine(), project);
    expect(left()).toEqual([]);
    expect(readdirSync(other)).toEqual(["2.json"]);
  });

  test("one of another machine is refused, and stays", async () => {
    const path = hold({ ...lock, hostname: "elsewhere" });
    const refused = async (): Promise<void> => {
      const text = `is surely gone: rm ${path}`;
      expect(() => refuseWhileLocked(engine(), project)).toThrow(text);
      await expect(releaseStaleLock(engine(), project)).rejects.toThrow(text);
    };
    await refused();
    expect(left()).toEqual(["1.json"]);
    // A stale one beside it stays too.
    hold(stale, "2.json");
    await refused();
    expect(left()).toHaveLength(2);
  });

  test("one of a pulumi that may not be looked at is refused, says how to see, and stays", async () => {
    jest.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("EPERM"), { code: "EPERM" });
    });
    hold(stale);
    const text = new RegExp(
      `your account may not see[^]*see with: ps -o user,lstart,args -p ${FREE_PID}`,
    );
    expect(() => refuseWhileLocked(engine(), project)).toThrow(text);
    await expect(releaseStaleLock(engine(), project)).rejects.toThrow(text);
    expect(left()).toEqual(["1.json"]);
  });

  test("one that another run takes while a stale one is removed stays, and is reported", async () => {
    hold(stale);
    jest.spyOn(console, "log").mockImplementation(() => void hold(lock, "2.json"));
    await expect(releaseStaleLock(engine(), project)).rejects.toThrow(
      /was locked by another pulumi while[^]*2\.json/,
    );
    expect(left()).toEqual(["2.json"]);
  });

  test.each([
    ["1.json", ""],
    ["1.json", '{"pid":'],
    // What the engine writes before it gives a lock its name; it takes it for one all the same.
    ["1.json.18a3b4c5d6e7f809.tmp", ""],
    ["1.json.18a3b4c5d6e7f809.tmp", JSON.stringify(stale)],
  ])("one whose writer was killed goes: %s with %j", async (name, text) => {
    hold(text, name);
    refuseWhileLocked(engine(), project);
    await releaseStaleLock(engine(), project, 40);
    expect(left()).toEqual([]);
  });

  test("one that is being written is waited for, and judged when it is complete", async () => {
    const path = hold("", "1.json.18a3b4c5d6e7f809.tmp");
    const released = releaseStaleLock(engine(), project, 400);
    await delay(50);
    rmSync(path);
    hold({ ...lock, hostname: "elsewhere" });
    await expect(released).rejects.toThrow("is being changed by another pulumi");
    expect(left()).toEqual(["1.json"]);
  });

  test("that of a process that runs stays", async () => {
    // A link by the engine's name would show the program behind it; this one is a program of that name.
    const program = join(folder, "pulumi");
    const child = spawn("bash", [
      "-c",
      `cp "$(command -v sleep)" ${program} && exec ${program} 60`,
    ]);
    try {
      for (const deadline = Date.now() + 10_000; ; await delay(20)) {
        const answer = askForProcess(child.pid ?? 0);
        if (typeof answer === "object" && answer.executable === program) {
          break;
        }
        expect(Date.now()).toBeLessThan(deadline);
      }
      hold({ ...stale, pid: child.pid });
      await expect(releaseStaleLock(engine(), project)).rejects.toThrow(
        /process [0-9]+ of root [^]*next: {2}wait until it ends, or stop it with Ctrl-C/,
      );
      expect(left()).toEqual(["1.json"]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
