import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import type { Infra } from "../../../environment/contracts";
import { readEnvironmentFile } from "../../environment";
import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { checkout } from "../../../lib/paths";
import { LOGIN_DEADLINE_SECONDS } from "../../../ssh/rootStep";
import { upWith } from "../support/changedConfig";
import { environment, expectSuccess, logins, make, onMachine, outputs } from "../support/harness";

const HOST_KEY = "/etc/ssh/ssh_host_ed25519_key";

const site = readEnvironmentFile(environment, { directory: checkout });

/**
 * Who can log in over SSH, tested from outside with the real client, and what each login may do. That nothing is sent to an impostor, down
 * to the bytes, is shown by the command plugin's own tests; that `pulumi up` refuses one is a drill.
 */
export function ssh(): void {
  const { machines, login, withKey, withoutKey } = outsider();

  test.each(machines)(
    "$name lets only the named user in, and only with the key",
    async ({ name, address }) => {
      const refused = {
        exitCode: 255,
        answer: expect.stringMatching(/Permission denied \(publickey\)\.$/) as string,
      };
      const { user } = site.ssh;
      expect(await login(user, address, withKey)).toMatchObject({ exitCode: 0 });
      expect(await login("root", address, withKey)).toEqual(refused);
      expect(await login("root", address, withoutKey)).toEqual(refused);
      expect(await login(user, address, withoutKey)).toEqual(refused);
      const settings = (await onMachine(name, "sshd", "-T")).split("\n");
      for (const option of [
        "passwordauthentication",
        "kbdinteractiveauthentication",
        "permitrootlogin",
      ]) {
        expect(settings).toContain(`${option} no`);
      }
      const shadow = (await onMachine(name, "cat", "/etc/shadow")).split("\n");
      const hasPassword = shadow.filter((line) => !/^[!*]/.test(line.split(":")[1] ?? "*"));
      expect(hasPassword).toEqual([]);
      expect(await onMachine(name, "sudo", "-l", "-U", user)).toContain("(ALL) NOPASSWD: ALL");
    },
  );
}

/** An impostor in the place of the load balancer, for the client and for `pulumi up`. */
export function impostor(): void {
  const { login, withKey } = outsider();

  test("a machine with another host key is refused at once, without a login", async () => {
    const { name, address } = site.loadBalancer;
    const swap = `mv ${HOST_KEY} ${HOST_KEY}.pub /run/ && ssh-keygen -q -t ed25519 -N '' -f ${HOST_KEY} && systemctl restart ssh`;
    const restore = `mv --force /run/ssh_host_ed25519_key{,.pub} /etc/ssh/ && systemctl restart ssh`;
    await onMachine(name, "bash", "-c", swap);
    try {
      expect(await login(site.ssh.user, address, withKey)).toMatchObject({
        exitCode: 255,
        answer: expect.stringContaining("Host key verification failed") as string,
      });
      const before = await logins([name]);
      const step = ["--replace=**::load-balancer-haproxy"];
      const changed = await upWith("infra", () => undefined, step);
      expect(changed.exitCode).not.toBe(0);
      expect(changed.output).toContain("is not the pinned host");
      // What is refused is not dialled again and again until the step's own deadline.
      expect(changed.seconds).toBeLessThan(LOGIN_DEADLINE_SECONDS / 2);
      expect((await logins([name])) - before).toBe(0);
    } finally {
      await onMachine(name, "bash", "-c", restore);
    }
    expect(await login(site.ssh.user, address, withKey)).toMatchObject({ exitCode: 0 });
    expectSuccess(await make("up", { variables: { STACK: "infra" } }));
  });
}

/** A client outside of the machines, with the operator's key and without it. */
function outsider() {
  const machines = [...loadBalancerMachines(site.loadBalancer), ...site.nodes];
  const folder = mkdtempSync(join(tmpdir(), "sitewright-ssh-"));
  const key = join(folder, "key");
  const knownHosts = join(folder, "known_hosts");

  /** Tries to log in; the exit code, and what the client says. */
  async function login(user: string, address: string, options: readonly string[]) {
    const { exitCode, stderr } = await execa(
      "ssh",
      [
        ...["-F", "none", "-o", "BatchMode=yes", "-o", `UserKnownHostsFile=${knownHosts}`],
        ...[
          "-o",
          "GlobalKnownHostsFile=/dev/null",
          "-o",
          "IdentitiesOnly=yes",
          "-o",
          "IdentityAgent=none",
        ],
        ...["-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=5", ...options],
        ...["--", `${user}@${address}`, "true"],
      ],
      { reject: false, timeout: 20_000, stdin: "ignore" },
    );
    return { exitCode, answer: stderr.trim() };
  }
  const withKey = ["-i", key];
  const withoutKey = ["-o", "PreferredAuthentications=none,password,keyboard-interactive"];

  beforeAll(async () => {
    const { nodes, loadBalancers } = await outputs<Infra>("infra", "infra");
    const lines = [...loadBalancers, ...nodes].map(
      ({ address, hostKey }) => `${address} ${hostKey}\n`,
    );
    writeFileSync(knownHosts, lines.join(""));
    writeFileSync(key, `${await outputs<string>("infra", "sshPrivateKey")}\n`, { mode: 0o600 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  return { machines, login, withKey, withoutKey };
}
