import { setTimeout as delay } from "node:timers/promises";

import { ETCD_BACKUP } from "../../../cluster/etcd-backup/controlPlane";
import type { Apps } from "../../../environment/contracts";
import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { runningVcenter } from "../../../lab/vcenter/vcenter";
import { checkout } from "../../../lib/paths";
import { probe } from "../../../lib/probe";
import { eventually } from "../../e2e/cluster/pods";
import {
  environment,
  expectSuccess,
  kubectl,
  make,
  onMachine,
  outputs,
} from "../../e2e/support/harness";
import { readEnvironmentFile } from "../../environment";
import { fastTimer } from "./fastTimer";

/** Seconds for which the vCenter is silent: the cloud provider's leases, sessions and periodic looks all end in it. */
const VCENTER_SECONDS = 180;

interface Pods {
  items: {
    metadata: { namespace: string; name: string; ownerReferences?: { kind: string }[] };
    status: { containerStatuses?: { name: string; restartCount: number; containerID?: string }[] };
  }[];
}

/** The timer of etcd's backups runs every ten seconds, as if each of them were six hours. */
const TIMER = fastTimer(ETCD_BACKUP, 10);

/**
 * The vCenter, or where backups go, is away: nothing that runs stops, backups say so, and go on by themselves afterwards. The lab has no
 * file server (its kernel has no NFS): a full file system in the place of an application's backups stands for one, and a load balancer
 * whose SSH server is silent for etcd's.
 */
export function outages(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { name: controlPlane } = site.nodes.find(({ role }) => role === "control-plane")!;
  const store = loadBalancerMachines(site.loadBalancer)[0]!.name;
  let apps: Apps;
  let address: string;

  beforeAll(async () => {
    apps = await outputs<Apps>("apps", "apps");
    address = (await outputs<{ api: { address: string } }>("infra", "infra")).api.address;
    expectSuccess(await make("status"));
  });

  /** Containers of all pods but those of tasks, with how often each was restarted. */
  async function containers(): Promise<string[]> {
    const all = ["get", "pods", "--all-namespaces", "--output=json"];
    const { items } = JSON.parse(await kubectl(all)) as Pods;
    return items
      .filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind !== "Job")
      .flatMap(({ metadata, status }) =>
        (status.containerStatuses ?? []).map(
          (one) =>
            `${metadata.namespace}/${metadata.name} ${one.name} ${one.restartCount} ${one.containerID}`,
        ),
      )
      .sort();
  }

  /** Asks all pages all the while; what was no healthy answer. Nothing else may change a container meanwhile. */
  async function whileAway(work: () => Promise<void>): Promise<void> {
    const before = await containers();
    const wrong: string[] = [];
    let asked = 0;
    let isAway = true;
    const asking = (async () => {
      while (isAway) {
        await Promise.all(
          apps.urls.map(async ({ name, url, answers }) => {
            const { status, text } = await probe(url, address, []);
            asked += 1;
            if (status === undefined || !answers.includes(status)) {
              wrong.push(`${name}: ${text}`);
            }
          }),
        );
        await delay(1000);
      }
    })();
    try {
      await work();
    } finally {
      isAway = false;
      await asking;
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(10);
    expect(await containers()).toEqual(before);
  }

  test("the vCenter is silent: pages, status and backups go on, and no pod is restarted", async () => {
    const { pid } = runningVcenter()!;
    const began = Date.now();
    process.kill(pid, "SIGSTOP");
    try {
      await whileAway(async () => {
        const status = await make("status");
        expectSuccess(status);
        expect(status.seconds).toBeLessThan(60);
        expectSuccess(await make("backup", { variables: { APP: "consul" } }));
        expectSuccess(await make("backup", { variables: { APP: "etcd" } }));
        await delay(Math.max(0, VCENTER_SECONDS * 1000 - (Date.now() - began)));
        expectSuccess(await make("status"));
      });
    } finally {
      process.kill(pid, "SIGCONT");
    }
    expectSuccess(await make("up"));
  });

  test("the load balancer's SSH is silent: etcd's backup says so, and goes on by itself", async () => {
    const newest = async (): Promise<string> => {
      const { output } = await make("backups", { variables: { APP: "etcd" } });
      return output.match(/^\S+\.cms/gm)?.at(-1) ?? "";
    };
    const before = await newest();
    const server = (signal: string) =>
      onMachine(store, "pkill", `--signal=${signal}`, "--exact", "sshd");
    await server("STOP");
    try {
      await whileAway(async () => {
        await onMachine(controlPlane, "bash", "-c", `systemctl start ${ETCD_BACKUP} || true`);
        const log = await onMachine(
          controlPlane,
          ...["journalctl", `--unit=${ETCD_BACKUP}`, "--lines=20", "--output=cat", "--no-pager"],
        );
        expect(log).toContain(`the backup is not on ${store}`);
        const status = await make("status");
        expect(status.exitCode).not.toBe(0);
        expect(status.output).toContain(`the backups of etcd on ${store} were not looked at`);
        expect(status.seconds).toBeLessThan(90);
      });
    } finally {
      await server("CONT");
    }
    await onMachine(controlPlane, "bash", "-ec", TIMER.fast);
    try {
      const made = async () => ((await newest()) > before ? "made" : "not yet");
      expect(await eventually(["made"], made, { seconds: 180, interval: 2000 })).toBe("made");
    } finally {
      await onMachine(controlPlane, "bash", "-ec", TIMER.usual);
    }
    expectSuccess(await make("status"));
  });

  test("the place of an application's backups takes nothing: make backup says why, status names it, the next one is made", async () => {
    const { namespace } = apps.backups.find(({ app }) => app === "consul")!;
    const claim = ["--namespace", namespace, "get", "pvc", "pvc-backup-consul"];
    const volume = await kubectl([...claim, "--output=jsonpath={.spec.volumeName}"]);
    const { spec } = JSON.parse(await kubectl(["get", "pv", volume, "--output=json"])) as {
      spec: {
        local: { path: string };
        nodeAffinity: {
          required: { nodeSelectorTerms: { matchExpressions: { values: string[] }[] }[] };
        };
      };
    };
    const node = spec.nodeAffinity.required.nodeSelectorTerms[0]!.matchExpressions[0]!.values[0]!;
    const { path } = spec.local;
    // A page for the folder that a task makes, and none for what it writes.
    await onMachine(node, "mount", "-t", "tmpfs", "-o", "size=4k", "full", path);
    try {
      await whileAway(async () => {
        const failed = await make("backup", { variables: { APP: "consul" } });
        expect(failed.exitCode).not.toBe(0);
        expect(failed.output).toMatch(/no space left|too little room|free/i);
        const status = await make("status");
        expectSuccess(status);
        expect(status.output).toContain("the last try to save consul failed");
      });
    } finally {
      await onMachine(node, "umount", path);
    }
    // As the clock does it.
    const job = "backup-consul-after-outage";
    const jobs = ["--namespace", namespace];
    await kubectl([...jobs, "delete", "job", job, "--ignore-not-found"]);
    await kubectl([...jobs, "create", "job", job, "--from=cronjob/backup-consul"]);
    await kubectl([...jobs, "wait", "--for=condition=complete", "--timeout=100s", `job/${job}`]);
    const status = await make("status");
    expectSuccess(status);
    expect(status.output).not.toContain("the last try to save consul failed");
    await kubectl([...jobs, "delete", "job", job]);
  });
}
