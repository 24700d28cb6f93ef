import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { execa } from "execa";

import { parseComparison } from "../../operations/drift/machineFiles";
import { type MachineLogin, runOnMachine } from "../../operations/machines/login";
import {
  COMPARE_SCRIPT,
  SAVE_LAST_APPLIED_FUNCTION,
  LAST_APPLIED_FOLDER,
} from "../../ssh/lastApplied";

/** How operations look at a machine: a real SSH server on the loopback interface, whose sudo is a stand-in that notes each use. */
jest.setTimeout(120_000);

const PORT = 18_972;
let folder: string;
let server: ChildProcess;
let login: MachineLogin;

const path = (name: string) => join(folder, name);
const publicKey = (name: string) => readFileSync(path(`${name}.pub`), "utf8").trim();
/** How many logins have run a command. */
const uses = () => (existsSync(path("uses")) ? readFileSync(path("uses"), "utf8") : "");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "machine-login-"));
  process.env["XDG_STATE_HOME"] = path("state");
  for (const key of ["host", "other", "user"]) {
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path(key)]);
  }
  mkdirSync(path("bin"));
  writeFileSync(path("bin/sudo"), `#!/bin/sh\necho used >>${path("uses")}\nshift 2\nexec "$@"\n`);
  chmodSync(path("bin/sudo"), 0o755);
  writeFileSync(
    path("sshd_config"),
    [
      `ListenAddress 127.0.0.1:${PORT}`,
      `HostKey ${path("host")}`,
      `AuthorizedKeysFile ${path("user.pub")}`,
      `SetEnv PATH=${path("bin")}:/usr/bin:/bin`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
    ].join("\n"),
  );
  mkdirSync("/run/sshd", { recursive: true });
  server = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", path("sshd_config")], { stdio: "pipe" });
  let log = "";
  server.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  for (const deadline = Date.now() + 20_000; !log.includes("Server listening"); await delay(50)) {
    if (Date.now() > deadline || server.exitCode !== null) {
      throw new Error(`sshd does not listen: ${log}`);
    }
  }
  login = {
    address: "127.0.0.1",
    port: PORT,
    user: userInfo().username,
    hostKey: publicKey("host"),
    privateKey: readFileSync(path("user"), "utf8"),
  };
});

afterAll(() => {
  server.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

test("one login finds the files that were changed by hand since a step recorded them", async () => {
  const there = (script: string) => script.replaceAll(LAST_APPLIED_FOLDER, path("kept"));
  const file = path("haproxy.cfg");
  const kept = await runOnMachine(
    login,
    there(`echo mode tcp >${file}\n${SAVE_LAST_APPLIED_FUNCTION}\nkeep haproxy ${file}\n`),
    30,
  );
  expect(kept).toEqual({ ok: true, stdout: "", stderr: "" });
  const compare = async () => {
    const { stdout } = await runOnMachine(login, there(COMPARE_SCRIPT), 30);
    return parseComparison({ name: "lb", vmId: "id" }, stdout);
  };
  expect(await compare()).toEqual({ compared: 1, files: [] });
  writeFileSync(file, "mode http\n");
  expect(await compare()).toMatchObject({
    compared: 1,
    files: [
      {
        keeper: "haproxy",
        matter: "changed",
        path: file,
        difference: expect.arrayContaining(["-mode tcp", "+mode http"]),
      },
    ],
  });
});

test("a machine that proves another host key is refused, and nothing is sent to it", async () => {
  const before = uses();
  const answer = await runOnMachine({ ...login, hostKey: publicKey("other") }, "true", 30);
  expect(answer).toMatchObject({ ok: false, stdout: "" });
  expect(answer.stderr).toMatch(
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/,
  );
  expect(uses()).toBe(before);
});

test("a machine that does not know our key, and one that is not there, are told", async () => {
  const unknown = await runOnMachine(
    { ...login, privateKey: readFileSync(path("other"), "utf8") },
    "true",
    30,
  );
  expect(unknown.stderr).toContain("Permission denied");
  const absent = await runOnMachine({ ...login, port: 1 }, "true", 30);
  expect(absent.stderr).toContain("Connection refused");
});

test("the key that logs in is left nowhere", async () => {
  await runOnMachine(login, "true", 30);
  const left = await execa("grep", ["-rl", "PRIVATE KEY", path("state")], { reject: false });
  expect(left.stdout).toBe("");
});
