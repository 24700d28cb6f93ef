import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Progress } from "../../../../lib/progress";
import { withPrograms } from "../standIns";

jest.mock("node:fs", () => {
  const real = jest.requireActual<typeof fs>("node:fs");
  // A machine without systemd, wherever the test runs: its docker service is nothing to touch.
  const existsSync = (path: string) => path !== "/run/systemd/system" && real.existsSync(path);
  return { ...real, existsSync };
});

/** Loaded only when the state's folder is set: it is read then. */
type Module = typeof import("../../../../lab/host/dockerDaemon");

const variables = ["XDG_STATE_HOME", "DOCKER_HOST"];
const before = variables.map((name) => [name, process.env[name]] as const);
const scratch = fs.mkdtempSync(join(tmpdir(), "docker-daemon-"));
const folder = join(scratch, "sitewright", "lab");

beforeAll(() => {
  fs.mkdirSync(folder, { recursive: true });
  process.env.XDG_STATE_HOME = scratch;
  delete process.env.DOCKER_HOST;
});
afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
  fs.rmSync(scratch, { recursive: true, force: true });
});

test("a docker daemon that does not start is told with the end of its log", async () => {
  const { ensureDockerDaemon } = jest.requireActual<Module>("../../../../lab/host/dockerDaemon");
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  const programs = {
    docker: "exit 1",
    dockerd:
      "seq -f 'line %g' 40; echo 'failed to start daemon: no space for overlay2' >&2; exit 1",
  };
  const attempt = withPrograms(programs, () => ensureDockerDaemon(new Progress()));
  const error = await attempt.then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(error?.message).toMatch(/^The docker daemon ended as soon as it was started\./);
  expect(error?.message).toContain(join(folder, "dockerd.log"));
  expect(error?.message).toContain("line 40");
  expect(error?.message).toContain("failed to start daemon: no space for overlay2");
  expect(error?.message).not.toContain("line 20\n");
  expect(error?.message).toMatch(/next: /);
});
