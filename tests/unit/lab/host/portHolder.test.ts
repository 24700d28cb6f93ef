import { holderOf } from "../../../../lab/host/portHolder";

test("the process that listens is named", () => {
  const line = 'LISTEN 0 5 127.0.0.1:8989 0.0.0.0:* users:(("python3",pid=4711,fd=3))';
  expect(holderOf(line)).toBe("python3, process 4711");
});

test("a line that hides the process names none", () => {
  expect(holderOf("LISTEN 0 5 127.0.0.1:8989 0.0.0.0:*")).toBeUndefined();
});
