import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { accessScript } from "../../../apps/consul/aclScript";
import { LEADER_KNOWN, TASK_FOLDERS, VOTES } from "../../../apps/consul/consulScripts";
import { gossipScript } from "../../../apps/consul/gossipScript";
import { kvScript } from "../../../apps/consul/kvScript";
import { restoreScript } from "../../../apps/consul/restoreScript";
import { expectGolden } from "../golden";
import { site } from "../environment/site";

const { consul } = site("dev").apps;

const scripts: Record<string, string> = {
  "consul-leader-known.sh": LEADER_KNOWN,
  "consul-votes.sh": VOTES,
  "consul-access.sh": accessScript(consul),
  "consul-gossip.sh": gossipScript(consul),
  "consul-kv.sh": kvScript(2),
  "consul-restore.sh": restoreScript(consul, 2),
};

describe.each(Object.entries(scripts))("%s", (name, text) => {
  test("is as committed", () => {
    expectGolden(name, text);
  });

  test("is read by a POSIX sh", () => {
    execFileSync("dash", ["-n"], { input: text });
  });

  test("uses nothing of bash, and nothing the image may not have", () => {
    expect(text).not.toMatch(/\[\[|\bSECONDS\b|^ *(local|function) /m);
    expect(text).not.toMatch(/\b(grep|sed|awk|curl|wget|jq|find|xargs)\b/);
  });
});

describe("started is who votes", () => {
  const configuration = (...servers: [suffrage: string, address: string][]): string => {
    const listed = servers.map(
      ([suffrage, address]) => `{Suffrage:${suffrage} ID:7d06d58d-2dcd-895d Address:${address}}`,
    );
    return `raft:\n\tlast_index = 39\n\tlatest_configuration = [${listed.join(" ")}]\n\tstate = Follower`;
  };
  const asked = (info: string): string => {
    const consulProgram = `consul() { cat <<'END'\n${info}\nEND\n}\n`;
    const env = { ...process.env, POD_IP: "10.1.2.3" };
    const { status, stdout } = spawnSync("dash", ["-eu"], {
      input: consulProgram + VOTES,
      encoding: "utf8",
      env,
    });
    return status === 0 ? "votes" : stdout.trim();
  };

  test.each([
    [
      "votes",
      [
        ["Voter", "10.1.2.4:8300"],
        ["Voter", "10.1.2.3:8300"],
      ],
    ],
    [
      "this server has no vote yet",
      [
        ["Voter", "10.1.2.4:8300"],
        ["Nonvoter", "10.1.2.3:8300"],
      ],
    ],
    [
      "this server has no vote yet",
      [
        ["Nonvoter", "10.1.2.3:8300"],
        ["Voter", "10.1.2.30:8300"],
      ],
    ],
    ["this server has no vote yet", []],
  ] as [string, [string, string][]][])("%s, of %j", (answer, servers) => {
    expect(asked(configuration(...servers))).toBe(answer);
  });
});

test("commands about tokens print nothing, since they would print the secret", () => {
  // A command goes on in the next line after a backslash.
  const lines = scripts["consul-restore.sh"].replaceAll("\\\n", " ").split("\n");
  const speaking = lines.filter(
    (line) =>
      /consul acl token (create|update|read)/.test(line) && !/>\/dev\/null|=\$\(/.test(line),
  );
  expect(speaking).toEqual([]);
});

test("a gossip key is removed only after all servers use the new one", () => {
  const text = scripts["consul-gossip.sh"];
  const order = ["present", "-install", "everywhere -list ", "-use", "-list-primary", "-remove"];
  const places = order.map((word) => text.lastIndexOf(word));
  expect(places).not.toContain(-1);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  expect(text).toContain("all='[3/3]'");
});

test("without certificates all of them are removed", () => {
  expect(kvScript(0)).toContain("    '') ;;");
  expect(kvScript(0)).not.toContain("put traefik");
  expect(() => kvScript(6)).toThrow("6 certificates are more than 5");
});

describe("a restore writes the configured certificates again", () => {
  /** Runs that part of the script with a Consul that only says how it was called. */
  const run = (certificates: number, files: string[]): string => {
    const text = restoreScript(consul, certificates);
    const folder = mkdtempSync(join(tmpdir(), "sitewright-"));
    try {
      files.forEach((name) => writeFileSync(join(folder, name), name));
      const part = text
        .slice(text.indexOf("mounted() {"), text.indexOf("# identity SERVER"))
        .replaceAll(TASK_FOLDERS.kv, folder);
      const consulProgram = 'consul() { [ "$2" = get ] || echo "$*"; }\n';
      return execFileSync("dash", ["-eu"], { input: consulProgram + part, encoding: "utf8" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("over those of the backup", () => {
    const printed = run(1, ["0.chain", "0.key"]);
    expect(printed).toMatch(/^kv put traefik\/tls\/certificates\/0\/keyFile @\S+\/0\.key$/m);
    expect(printed).toContain("restored: the configured certificates");
  });

  test("and goes on where they have never been written", () => {
    const printed = run(1, ["0.chain"]);
    expect(printed).not.toContain("kv put");
    expect(printed).toContain("make up STACK=apps");
  });
});
