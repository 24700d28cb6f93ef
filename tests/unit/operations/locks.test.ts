import { lockHolder } from "../../../operations/locks";

const lock = { pid: 7, username: "root", hostname: "here", timestamp: "2026-01-01T00:00:00Z" };

test.each([
  ["a pulumi of this machine", "here", "/opt/bin/pulumi", "running"],
  ["a process id that is free", "here", undefined, "gone"],
  ["a process id that another program has now", "here", "/usr/bin/vim", "gone"],
  ["a lock of another machine", "there", "/opt/bin/pulumi", "elsewhere"],
])("%s", (_, machine, executable, expected) => {
  expect(lockHolder(lock, machine, executable)).toBe(expected);
});
