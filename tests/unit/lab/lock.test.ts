import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What happens just before the lock file or the takeover file appears. */
let beforeLink: (source: string, target: string) => void = () => undefined;

jest.mock("node:fs", () => {
  const real = jest.requireActual<typeof fs>("node:fs");
  return {
    ...real,
    linkSync: (source: string, target: string) => {
      beforeLink(source, target);
      real.linkSync(source, target);
    },
  };
});

const scratch = fs.mkdtempSync(join(tmpdir(), "lab-lock-"));
const stateBefore = process.env.XDG_STATE_HOME;
const folder = join(scratch, "sitewright", "lab");
const lock = join(folder, "lock");
/** Loaded only when the state's folder is set: it is read then. */
type Module = typeof import("../../../lab/lock");
let withLabLock: Module["withLabLock"];

beforeAll(() => {
  process.env.XDG_STATE_HOME = scratch;
  ({ withLabLock } = jest.requireActual<Module>("../../../lab/lock"));
});
beforeEach(() => {
  beforeLink = () => undefined;
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
});
afterAll(() => {
  if (stateBefore === undefined) {
    delete process.env.XDG_STATE_HOME;
  } else {
    process.env.XDG_STATE_HOME = stateBefore;
  }
  fs.rmSync(scratch, { recursive: true, force: true });
});

/** A lock as this process, which lives, would write it. */
const live = () =>
  `${process.pid}\n${fs.readFileSync("/proc/self/cmdline", "utf8").split("\0")[1]}`;
/** No process has a number that high: the kernel's limit is 2^22. */
const dead = "4194305\nnobody";
const read = () => fs.readFileSync(lock, "utf8");

test("the lock names its holder while the work runs, and nothing is left after it", async () => {
  expect(await withLabLock(async () => read())).toBe(live());
  expect(fs.readdirSync(folder)).toEqual([]);
});

test("the lock is gone after work that failed", async () => {
  const work = withLabLock(() => Promise.reject(new Error("broken")));
  await expect(work).rejects.toThrow("broken");
  expect(fs.readdirSync(folder)).toEqual([]);
});

test("the lock appears with its content", async () => {
  const seen: [boolean, string][] = [];
  beforeLink = (source, target) =>
    seen.push([fs.existsSync(target), fs.readFileSync(source, "utf8")]);
  await withLabLock(async () => undefined);
  expect(seen).toEqual([[false, live()]]);
});

test("a lock that is held is refused and stays", async () => {
  await withLabLock(async () => {
    await expect(withLabLock(async () => undefined)).rejects.toThrow(
      new RegExp(`^Another command is changing the lab\\.[\\s\\S]*process ${process.pid}, `),
    );
    expect(read()).toBe(live());
  });
});

test.each([dead, ""])("a lock without a holder (%j) is taken over", async (content) => {
  fs.writeFileSync(lock, content);
  expect(await withLabLock(async () => read())).toBe(live());
  expect(fs.readdirSync(folder)).toEqual([]);
});

test("a lock that another process took over just before is not removed", async () => {
  fs.writeFileSync(lock, dead);
  beforeLink = (_source, target) => {
    if (target.endsWith("takeover")) {
      fs.writeFileSync(lock, live());
    }
  };
  await expect(withLabLock(async () => undefined)).rejects.toThrow(
    "Another command is changing the lab.",
  );
  expect(read()).toBe(live());
  expect(fs.readdirSync(folder)).toEqual(["lock"]);
});

test("only one process takes over at a time", async () => {
  fs.writeFileSync(lock, dead);
  fs.writeFileSync(join(folder, "lock.takeover"), live());
  await expect(withLabLock(async () => undefined)).rejects.toThrow(
    "Another command is changing the lab.",
  );
  expect(fs.readdirSync(folder)).toEqual(["lock", "lock.takeover"]);
});
