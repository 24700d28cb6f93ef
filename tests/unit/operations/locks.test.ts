import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { lockHolder, refuseWhileLocked, releaseStaleLock } from "../../../operations/locks";

const lock = { pid: 7, username: "root", hostname: "here", timestamp: "2026-01-01T00:00:00Z" };

test.each([
  ["a pulumi of this machine", "here", "/opt/bin/pulumi", "running"],
  ["a process id that is free", "here", undefined, "gone"],
  ["a process id that another program has now", "here", "/usr/bin/vim", "gone"],
  ["a lock of another machine", "there", "/opt/bin/pulumi", "elsewhere"],
])("%s", (_, machine, executable, expected) => {
  expect(lockHolder(lock, machine, executable)).toBe(expected);
});

describe("the locks of a file backend", () => {
  let folder: string;
  const project = { name: "cluster", directory: "/checkout/cluster" };
  const commands: string[] = [];
  const engine = () => ({
    backendUrl: `file://${folder}?metadata=skip`,
    environment: "dev",
    run: (_: unknown, args: readonly string[]) => {
      commands.push(args.join(" "));
      return Promise.resolve();
    },
  });
  function hold(held: object): void {
    const locks = join(folder, ".pulumi/locks/organization/cluster/dev");
    mkdirSync(locks, { recursive: true });
    writeFileSync(join(locks, "1.json"), JSON.stringify(held));
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "locks-"));
    commands.length = 0;
    jest.spyOn(console, "log").mockImplementation();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    jest.restoreAllMocks();
  });

  test("without one nobody is refused, and nothing is cancelled", async () => {
    refuseWhileLocked(engine(), project);
    await releaseStaleLock(engine(), project);
    expect(commands).toEqual([]);
  });

  test("a stale one is no reason to refuse, and goes when it is asked for", async () => {
    hold({ ...lock, pid: 2 ** 22 + 1, hostname: hostname() });
    refuseWhileLocked(engine(), project);
    expect(commands).toEqual([]);
    await releaseStaleLock(engine(), project);
    expect(commands).toEqual(["cancel --yes --stack dev"]);
  });

  test("one of another machine is refused, and stays", async () => {
    hold({ ...lock, hostname: "elsewhere" });
    const text =
      /^Stack cluster is being changed by another pulumi\.[^]*pulumi cancel --stack dev$/;
    expect(() => refuseWhileLocked(engine(), project)).toThrow(text);
    await expect(releaseStaleLock(engine(), project)).rejects.toThrow(text);
    expect(commands).toEqual([]);
  });
});
