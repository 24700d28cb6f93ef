import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ACCESS } from "../../../apps/consul/acl";
import { accessScript } from "../../../apps/consul/aclScript";
import { LEADER_KNOWN, TASK_FOLDERS, VOTES } from "../../../apps/consul/consulScripts";
import { gossipScript } from "../../../apps/consul/gossipScript";
import { kvScript } from "../../../apps/consul/kvScript";
import { restoreScript } from "../../../apps/consul/restoreScript";
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

/**
 * Runs a script as a pod does, with a program that stands in for Consul's. Its folder is $FOLDER, where it finds and leaves files;
 * so are the folders that a task reads. Nothing is waited for longer than it takes to ask again.
 */
function run(text: string, consulProgram: string, files: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "consul-"));
  try {
    for (const [name, content] of Object.entries({ ...files, consul: consulProgram })) {
      writeFileSync(join(folder, name), content, { mode: 0o755 });
    }
    const here = Object.values(TASK_FOLDERS)
      .reduce((script, path) => script.replaceAll(path, folder), text)
      .replaceAll("sleep 0.5", "true");
    const { status, stdout, stderr } = spawnSync("dash", ["-eu", "-c", here], {
      encoding: "utf8",
      env: { PATH: `${folder}:${process.env["PATH"]}`, FOLDER: folder },
    });
    const log = join(folder, "log");
    return { status, stdout, stderr, log: existsSync(log) ? readFileSync(log, "utf8") : "" };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(Object.entries(scripts))("%s", (_name, text) => {
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

describe("policies and tokens", () => {
  const files = Object.fromEntries(
    ACCESS.flatMap(({ name }) => [
      [`${name}.accessor`, `accessor of ${name}`],
      [`${name}.secret`, `secret of ${name}`],
    ]),
  );
  /** A Consul that prints what it is asked for, secrets included, and has all that is ours already, or nothing of it. */
  const answering = (has: boolean) => `#!/bin/sh
echo "$*" >>"$FOLDER/log"
case "$*" in
  *"read -self") ;;
  "acl policy read"* | "acl token read"*) ${has} || exit 1 ;;
esac
case "$*" in
  "acl policy "*"-rules -") cat >/dev/null ;;
  "acl token "*) printf 'AccessorID: own\nSecretID: THE SECRET\nDescription: foreign\n' ;;
esac
`;

  test.each([
    ["made", false, "create"],
    ["brought up to date", true, "update"],
  ])("are %s, each under its name, and no secret is printed", (_what, has, verb) => {
    const { status, stdout, stderr, log } = run(accessScript(consul), answering(has), files);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).not.toMatch(/secret/i);
    const asked = (what: string) =>
      log.split("\n").filter((line) => line.startsWith(`acl ${what} ${verb} `));
    expect(asked("policy")).toEqual(
      ACCESS.map(({ name }) => expect.stringContaining(`-name ${name} `)),
    );
    expect(asked("token")).toEqual(
      ACCESS.map(({ name }) =>
        expect.stringMatching(
          new RegExp(`^acl token ${verb} .*accessor of ${name} .*-policy-name ${name} `),
        ),
      ),
    );
  });
});

describe("another gossip key", () => {
  /**
   * Three servers with one key. Of what is changed the last one learns when it was asked for once; each change is noted, with what
   * the servers have just then. As Consul's own, it does not remove a key that is in use.
   */
  const keyring = (there: number) => `#!/bin/sh
[ "$1" = keyring ] || exit 0
cd "$FOLDER"
show() { printf 'WAN:\n\ndc (LAN):\n'; while read -r key count; do echo "  $key [$count/${there}]"; done <"$1"; }
spread() { while read -r key count; do echo "$key ${there}"; done <"$1" >new; mv new "$1"; }
state() { echo "$1: installed $(echo $(cat installed)), used $(echo $(cat used))" >>log; }
case "$2" in
  -list) show installed; spread installed ;;
  -list-primary) show used; spread used ;;
  -install) state "install $3"; echo "$3 2" >>installed ;;
  -use) state "use $3"; echo "$3 2" >used ;;
  -remove) state "remove $3"; ! read -r key count <used || [ "$key" != "$3" ] ;;
esac
`;
  const files = { key: "NEW", installed: "OLD 3\n", used: "OLD 3\n" };

  test("is used when all servers have it, and the previous one is removed when all use it", () => {
    const { status, stdout, stderr, log } = run(gossipScript(consul), keyring(3), files);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(log.trimEnd().split("\n")).toEqual([
      "install NEW: installed OLD 3, used OLD 3",
      "use NEW: installed OLD 3 NEW 3, used OLD 3",
      "remove OLD: installed OLD 3 NEW 3, used NEW 3",
    ]);
    expect(stdout).not.toMatch(/OLD|NEW/);
  });

  test("waits, and changes nothing, while a server is away that would not be let in again", () => {
    const script = gossipScript(consul).replaceAll("+ 300))", "+ 0))");
    const away = { ...files, installed: "OLD 2\n", used: "OLD 2\n" };
    const { status, stderr, log } = run(script, keyring(2), away);
    expect({ status, log }).toEqual({ status: 1, log: "" });
    expect(stderr).toMatch(/^All servers are there: not so/);
  });
});

/** The KV store in files, a slash in a key written as a colon; records the changes. */
const store = `#!/bin/sh
cd "$FOLDER"
[ "$1" = kv ] || exit 0
at() { echo "kv:$1" | tr / :; }
case "$2 $3" in
  "get -keys") for file in kv:*; do [ ! -e "$file" ] || echo "$file" | tail -c +4 | tr : /; done ;;
  get*) cat "$(at "$3")" ;;
  put*) echo "put $3" >>log; cat "\${4#@}" >"$(at "$3")" ;;
  delete*) echo "delete $3" >>log; rm "$(at "$3")" ;;
esac
`;
const key = (pair: number, half: string) => `traefik/tls/certificates/${pair}/${half}`;
const stored = (pair: number, half: string) => `kv:${key(pair, half).replaceAll("/", ":")}`;
const pairs = (...numbers: number[]) =>
  Object.fromEntries(
    numbers.flatMap((number) => [
      [`${number}.chain`, `chain ${number}\n`],
      [`${number}.key`, `key ${number}\n`],
    ]),
  );

describe("certificates in the KV store", () => {
  test("are each there twice, and what is there already is not written again", () => {
    const files = { ...pairs(0, 1), [stored(5, "certFile")]: "chain 0\n" };
    const { status, log, stdout } = run(kvScript(2), store, files);
    expect(status).toBe(0);
    expect(log.trimEnd().split("\n")).toEqual(
      [0, 5, 1, 6]
        .flatMap((pair) => [`put ${key(pair, "certFile")}`, `put ${key(pair, "keyFile")}`])
        .filter((line) => line !== `put ${key(5, "certFile")}`),
    );
    expect(stdout).toContain(`${key(5, "certFile")}: unchanged`);
  });

  test("are all removed where there are to be none, and those of a pair that is no longer", () => {
    const files = {
      [stored(0, "certFile")]: "chain 0\n",
      [stored(0, "keyFile")]: "key 0\n",
      [stored(7, "keyFile")]: "?",
    };
    expect(run(kvScript(0), store, files).log.trimEnd().split("\n")).toEqual([
      `delete ${key(0, "certFile")}`,
      `delete ${key(0, "keyFile")}`,
      `delete ${key(7, "keyFile")}`,
    ]);
    const { log } = run(kvScript(1), store, { ...files, ...pairs(0) });
    expect(log.trimEnd().split("\n")).toEqual([
      `put ${key(5, "certFile")}`,
      `put ${key(5, "keyFile")}`,
      `delete ${key(7, "keyFile")}`,
    ]);
  });

  test("are no more than have room beside their copies", () => {
    expect(() => kvScript(6)).toThrow("6 certificates are more than 5");
  });
});

describe("a restore writes the configured certificates again", () => {
  /** That part of the script. */
  const part = (certificates: number): string => {
    const text = restoreScript(consul, certificates);
    return text.slice(text.indexOf("mounted() {"), text.indexOf("# identity SERVER"));
  };

  test("over those of the backup", () => {
    const files = { ...pairs(0, 1), [stored(0, "keyFile")]: "of the backup\n" };
    const { status, stdout, log } = run(part(2), store, files);
    expect(status).toBe(0);
    expect(log).toContain(`put ${key(0, "keyFile")}\n`);
    expect(log).toContain(`put ${key(6, "keyFile")}\n`);
    expect(stdout).toContain("restored: the configured certificates");
  });

  test("and goes on where they have never been written", () => {
    const { status, stdout, log } = run(part(2), store, { ...pairs(0), "1.chain": "chain 1\n" });
    expect({ status, log }).toEqual({ status: 0, log: "" });
    expect(stdout).toContain("make up STACK=apps");
  });
});
