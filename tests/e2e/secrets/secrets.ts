import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

import { readEnvironmentFile } from "../../environment";
import { STORE } from "../../../cluster/etcd-backup/store";
import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { checkout, stateDirectory, toolchain } from "../../../lib/paths";
import { withTemporaryFolder } from "../../../lib/temporaryFolder";
import { readEventLog } from "../../../operations/engine/eventLog";
import type { StackPreview } from "../../../operations/preview-report/model";
import { previewedStack } from "../../../operations/preview-report/previewedStack";
import { writeReport } from "../../../operations/preview-report/writeReport";
import {
  docker,
  environment,
  expectSuccess,
  kubectl,
  logs,
  make,
  onMachine,
} from "../support/harness";
import { collectNeedles, engine, madeUpSecret, PROJECTS } from "./collect";
import { type Needle, patternsOf } from "./needles";
import { isAllowed } from "./places";
import type { ProcessWatch } from "./processes";
import { contentOf, type Hit, Search } from "./search";

/** At least one secret of each of these kinds must be known, or the search would find nothing because it looks for nothing. */
const KINDS: Record<string, RegExp> = {
  "the vCenter's passwords": /^configuration: vsphere:password$/,
  "the administrator's SSH key": /^infra: .*sshPrivateKey/,
  "the machines' host keys": /^infra: \S+-host-key/,
  "bootstrap tokens": /^cluster: .*mint/,
  "the administrator's kubeconfig": /^cluster: .*kubeconfig/,
  "the gossip key": /^apps: .*gossip/,
  "the database's password": /^apps: .*database.*password/,
  "keys of the applications' CA": /^apps: .*ca-key/,
  "what opens the backups of applications": /^apps: \S*-backup\S*-key\b/,
  "Secrets of the cluster": /^Secret /,
  "the cluster's CA": /:\/etc\/kubernetes\/pki\/ca\.key$/,
  "the key of etcd's backups": /^cluster: \S*etcd-backup-key/,
  "the key of service accounts": /:\/etc\/kubernetes\/pki\/sa\.key$/,
};

/**
 * Looks for every secret of the site in every place that keeps something. What it cannot see: the lab's passphrase is a public
 * word, so that of an environment with one of its own is looked for in the integration tests; and a process that lived less than
 * a fifth of a second.
 */
export function secrets(processes: ProcessWatch): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const machines = [...loadBalancerMachines(site.loadBalancer), ...site.nodes].map(
    ({ name }) => name,
  );
  const planted = madeUpSecret();
  // What is planted elsewhere stands in the command line of what plants it.
  const plantedInProcess = madeUpSecret();
  const plantedFile = join(logs, "planted.log");
  let known: Needle[];
  let search: Search;

  beforeAll(async () => {
    known = await collectNeedles(site);
    search = new Search(patternsOf([...known, planted]));
  });

  const expectOnly = (hits: readonly Hit[], expected: readonly string[] = []): void => {
    const unexpected = hits.filter((hit) => !isAllowed(hit));
    expect(unexpected.map(({ place, secrets: [name] }) => `${name} in ${place}`).sort()).toEqual(
      expected.map((place) => `${planted.secret} in ${place}`).sort(),
    );
  };

  test("all kinds of secrets are looked for", () => {
    const missing = Object.entries(KINDS)
      .filter(([, pattern]) => !known.some(({ secret }) => pattern.test(secret)))
      .map(([kind]) => kind);
    expect(missing).toEqual([]);
  });

  test("none on the operator's machine: state, history, logs, the checkout, histories of shells", async () => {
    writeFileSync(plantedFile, planted.text);
    try {
      expectOnly(await search.files([stateDirectory()]), [plantedFile]);
      expectOnly(await search.files([join(toolchain, "pulumi-home")], ["plugins"]));
      expectOnly(await search.files([checkout], ["node_modules", ".git", ".toolchain", "sdks"]));
      const histories = [".bash_history", ".zsh_history", ".python_history"];
      expectOnly(
        await search.texts(histories.map((name) => [name, contentOf(join(homedir(), name))])),
      );
    } finally {
      rmSync(plantedFile);
    }
  });

  test("none in what the engine prints, and in the report of a pull request that would replace them", async () => {
    const printed = await Promise.all(PROJECTS.map(printedBy));
    expectOnly(await search.texts(printed.flatMap(({ texts }) => texts)));
    // Not told the secrets to mask, as it is by make preview-report: it must do without.
    const { comment, report } = writeReport([
      { environment, source: "site", previews: printed.map(({ preview }) => preview) },
    ]);
    expect(report).toMatch(/\*\*replaced\*\* \| `[^`]+` \| `RandomPassword`/);
    expectOnly(
      await search.texts([
        ["report", report],
        ["comment", comment],
      ]),
    );
  });

  test("none in the cluster outside of Secrets", async () => {
    const name = "sitewright-planted";
    await kubectl(["create", "configmap", name, `--from-literal=a=${planted.text}`]);
    try {
      const resources = await kubectl(["api-resources", "--verbs=list", "--output=name"]);
      const kinds = resources.split("\n").filter((kind) => kind !== "secrets");
      const all = ["get", kinds.join(","), "--all-namespaces", "--output=json"];
      const { items } = JSON.parse(await kubectl([...all, "--show-managed-fields"])) as {
        items: { kind: string; metadata: { namespace?: string; name: string } }[];
      };
      const hits = await search.texts(
        items.map((item) => [
          `${item.kind} ${item.metadata.namespace ?? ""}/${item.metadata.name}`,
          JSON.stringify(item),
        ]),
      );
      expectOnly(hits, [`ConfigMap default/${name}`]);
    } finally {
      await kubectl(["delete", "configmap", name]);
    }
  });

  test("none on the machines, in files that others may use, journals and histories of shells", async () => {
    const [first] = machines;
    const file = "/var/tmp/planted";
    await onMachine(
      first,
      "sh",
      "-c",
      `echo '${planted.text}' >${file}; echo '${planted.text}' | systemd-cat`,
    );
    try {
      const found = await Promise.all(
        machines.map(async (name) => {
          const created = await docker("inspect", "--format={{.Created}}", `sitewright-${name}`);
          return search.machine(name, created.trim());
        }),
      );
      expectOnly(found.flat(), [`${first}:${file}, which everybody may read`, `${first}:journal`]);
    } finally {
      await onMachine(first, "rm", file);
    }
  });

  test("none in the backups of etcd on the load balancers, whose content cannot be opened there", async () => {
    const canary = madeUpSecret();
    const secret = "sitewright-canary";
    const stores = loadBalancerMachines(site.loadBalancer);
    const file = `${STORE}/planted`;
    await kubectl(["create", "secret", "generic", secret, `--from-literal=value=${canary.text}`]);
    try {
      expectSuccess(await make("backup", { variables: { APP: "etcd" } }));
      await onMachine(stores[0]!.name, "sh", "-c", `echo '${planted.text}' >${file}`);
      const those = new Search(patternsOf([...known, planted, canary]));
      const found = await Promise.all(
        stores.map(({ name }) => those.machineFolder(name, dirname(STORE))),
      );
      expectOnly(found.flat(), [`${stores[0]!.name}:${file}`]);
      // What is compressed would hide a secret from the search: each backup says itself that it is encrypted.
      const types = await onMachine(
        stores[0]!.name,
        "bash",
        "-ec",
        `find ${STORE} -name '*.cms' | while read -r each; do openssl asn1parse -inform DER -length 64 -in "$each" 2>/dev/null | sed -n 2p | grep -o 'OBJECT.*'; done`,
      );
      expect(types).not.toBe("");
      expect(
        types.split("\n").filter((type) => !/:id-smime-ct-authEnvelopedData$/.test(type)),
      ).toEqual([]);
    } finally {
      await onMachine(stores[0]!.name, "rm", "-f", file);
      await kubectl(["delete", "secret", secret]);
    }
  });

  test("none in what docker keeps of the lab's containers", async () => {
    const list = await docker(
      "ps",
      "--all",
      "--filter=label=sitewright.lab",
      "--format={{.Names}}",
    );
    const kept: [string, string][] = [];
    for (const name of list.split("\n").filter((line) => line !== "")) {
      kept.push(
        [`docker inspect ${name}`, await docker("inspect", name)],
        [`docker logs ${name}`, await docker("logs", "--timestamps", name)],
      );
    }
    expectOnly(await search.texts(kept));
  });

  test("none in a command line, and in environments only those that a program reads there", async () => {
    const child = spawn("sleep", ["5"], { argv0: plantedInProcess.text, stdio: "ignore" });
    processes.look();
    processes.look();
    child.kill();
    const those = new Search(patternsOf([...known, plantedInProcess]));
    expectOnly(await those.texts(processes.seen), ["command line of sleep"]);
  });
}

/** What the engine prints of a project, by command, and its preview. Its event log alone has secrets: docs/secrets.md. */
async function printedBy(
  project: (typeof PROJECTS)[number],
): Promise<{ texts: [string, string][]; preview: StackPreview }> {
  const commands = [
    ["stack", "export"],
    ["stack", "output", "--json"],
    ["stack", "history", "--json"],
    ["config", "--json"],
  ];
  const texts: [string, string][] = [];
  const run = async (...command: string[]) => {
    texts.push([`${project}: pulumi ${command.join(" ")}`, await engine(project, ...command)]);
  };
  for (const command of commands) {
    await run(...command);
  }
  return withTemporaryFolder(async (folder) => {
    const eventLog = join(folder, "events.jsonl");
    const started = Date.now();
    // Replaced, so that the preview shows the difference of everything that contains a secret.
    const replaced = ["RandomBytes", "RandomPassword", "PrivateKey"];
    await run(
      ...["preview", "--diff", "--event-log", eventLog],
      ...replaced.map((type) => `--replace=**${type}::**`),
    );
    const ended = { ok: true, seconds: (Date.now() - started) / 1000 };
    return { texts, preview: previewedStack(project, readEventLog(eventLog), ended) };
  });
}
