import { applications } from "../../apps/registry";
import {
  type Apps,
  type Cluster,
  etcdBackupContract,
  type Infra,
} from "../../environment/contracts";
import { Kubectl } from "../../kubernetes/kubectl";
import { OperatorError } from "../../lib/operatorError";
import { probe, systemAuthorities } from "../../lib/probe";
import { Engine } from "../engine/engine";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { clocksSection } from "../machines/clock";
import { stackProjects } from "../engine/stacks";
import { listStores } from "../etcd-backups/stores";
import { applicationsSection } from "../status/applications";
import { type BackupState, readBackupStates } from "../status/backupStates";
import {
  clusterCertificatesSection,
  type MachineAnswer,
  readMachineCertificates,
} from "../status/clusterCertificates";
import { etcdBackupsSection } from "../status/etcdBackups";
import { failedBackupsSection } from "../status/failedBackups";
import { clusterSection, machinesSection } from "../status/machines";
import { membersSection } from "../status/members";
import { type Readiness, readinessOf, readNodes, type StatusNode } from "../status/nodeReadiness";
import { observeMembers } from "../status/observedMembers";
import { listing, type Section } from "../../lib/statusSection";
import { vcenterPasswordsSection } from "../status/vcenterPasswords";
import { readWorkloads, type Workloads, workloadsSection } from "../status/workloads";

/**
 * Prints the running site: nodes with role, zone, address and readiness, applications with their answer, ready pods,
 * version, certificate and newest backup, the certificates in Consul and those of the cluster itself, the ends of the vCenter's passwords,
 * and what is missing. Ends with exit code 1 when something is.
 */
export async function status(environment: string): Promise<void> {
  const engine = new Engine(environment);
  const missing: string[] = [];
  const [infra, cluster, apps] = await Promise.all(
    stackProjects.slice(0, 3).map(async (project) => {
      const outputs = await engine.outputs(project);
      if (outputs?.[project.name] === undefined) {
        missing.push(
          `stack ${project.name} is not up: make up STACK=${project.name} ENV=${environment}`,
        );
      }
      return outputs ?? {};
    }),
  );
  // An older infra stack does not say which machines it holds.
  const exported = infra.infra as (Omit<Infra, "held"> & Partial<Infra>) | undefined;
  const site = exported && { ...exported, held: exported.held ?? [] };
  const kubernetes = cluster.cluster as Cluster | undefined;
  const deployed = apps.apps as Apps | undefined;

  // Begun first: it takes as long as all the rest.
  const machineCertificates = certificatesOf(site, infra.sshPrivateKey, kubernetes);
  const etcdBackups = etcdBackupsOf(site, infra.sshPrivateKey, cluster.etcdBackup, environment);
  let readiness: Map<string, Readiness> | undefined;
  let members: Promise<Section[]> = Promise.resolve([]);
  let backups: Map<string, BackupState> = new Map();
  let workloads: Workloads | undefined;
  let shown: Section[] = [];
  if (kubernetes !== undefined) {
    const kubeconfig = await writeKubeconfig(environment);
    try {
      const nodes = await readNodes(kubeconfig);
      readiness = readinessOf(nodes);
      const api = new Kubectl(kubeconfig);
      members = membersOf(api, site, nodes, environment);
      workloads = await readWorkloads(api);
      backups = await readBackupStates(api, deployed?.backups ?? []);
      shown = await shownByApplications(api, environment, deployed);
      shown.push(await failedBackupsSection(api, deployed?.backups ?? []));
    } catch (error) {
      const why = error instanceof OperatorError ? error.fault.why : (error as Error).message;
      missing.push(`the API does not answer at ${kubernetes.apiServer}: ${why}`);
    }
  }

  const sections: Section[] = [];
  if (site !== undefined) {
    sections.push(machinesSection(site, readiness));
  }
  sections.push(...(await members));
  if (kubernetes !== undefined) {
    sections.push(clusterSection(kubernetes));
  }
  if (deployed !== undefined && site !== undefined) {
    const answers = await probeAll(deployed, site.api.address);
    sections.push(applicationsSection(deployed, { answers, backups, workloads, now: new Date() }));
  }
  if (deployed !== undefined) {
    sections.push(workloadsSection(deployed.urls, workloads, environment));
  }
  sections.push(...shown);
  if (kubernetes !== undefined) {
    const judging = { environment, now: new Date() };
    const answers = await machineCertificates;
    sections.push(clusterCertificatesSection(answers, cluster.kubeconfig, judging));
    sections.push(clocksSection(answers.flatMap(({ clocks = [] }) => clocks)));
    sections.push(...(await etcdBackups));
  }
  const passwords = [infra.vcenterPasswords, cluster.vcenterPasswords];
  sections.push(vcenterPasswordsSection(passwords, new Date()));
  const tables = sections.map(({ text }) => text).filter((text) => text !== "");
  console.log(tables.join("\n\n"));
  missing.push(...sections.flatMap((section) => section.missing));
  const warnings = sections.flatMap((section) => section.warnings);
  for (const [heading, lines] of Object.entries({ Warnings: warnings, Missing: missing })) {
    if (lines.length > 0) {
      console.log(listing(heading, lines));
    }
  }
  if (missing.length > 0) {
    process.exitCode = 1;
  }
}

/** The certificates on the nodes; there are none before there is a cluster. */
function certificatesOf(
  site: Infra | undefined,
  privateKey: unknown,
  cluster: Cluster | undefined,
): Promise<MachineAnswer[]> {
  return site === undefined || cluster === undefined || typeof privateKey !== "string"
    ? Promise.resolve([])
    : readMachineCertificates(site.nodes, { user: site.sshUser, privateKey });
}

/** What is wrong with the members of the cluster. */
async function membersOf(
  api: Pick<Kubectl, "exec" | "list">,
  site: Infra | undefined,
  nodes: readonly StatusNode[],
  environment: string,
): Promise<Section[]> {
  if (site === undefined) {
    return [];
  }
  try {
    return [membersSection(site, await observeMembers(api, nodes), environment)];
  } catch (error) {
    // It is awaited later: a failure must not end the command before.
    if (!(error instanceof OperatorError)) {
      throw error;
    }
    const why = error.fault.why ?? error.fault.what;
    return [{ text: "", missing: [`the cluster's members cannot be told: ${why}`], warnings: [] }];
  }
}

/** The backups of etcd; none where older programs have made the cluster. */
async function etcdBackupsOf(
  site: Infra | undefined,
  privateKey: unknown,
  output: unknown,
  environment: string,
): Promise<Section[]> {
  const saved = etcdBackupContract.safeParse(output).data;
  if (site === undefined || saved === undefined || typeof privateKey !== "string") {
    return [];
  }
  const stored = await listStores(site.loadBalancers, { user: site.sshUser, privateKey });
  const controlPlanes = site.nodes
    .filter(({ role }) => role === "control-plane")
    .map(({ name }) => name);
  const { everyHours } = saved;
  return [
    etcdBackupsSection(stored, { controlPlanes, everyHours, environment, now: new Date() }),
    clocksSection(stored.clocks),
  ];
}

/** Asks all URLs at once. A host with a certificate of its own may have it from anybody this machine trusts. */
async function probeAll({ urls, ingressCaCertificate }: Apps, address: string) {
  const own = ingressCaCertificate === undefined ? [] : [ingressCaCertificate];
  const answers = urls.map(async ({ name, url, certificateSha256 }) => {
    const others = certificateSha256 === undefined ? [] : systemAuthorities();
    return [name, await probe(url, address, [...own, ...others])] as const;
  });
  return new Map(await Promise.all(answers));
}

/** What applications themselves show of what runs, in the registry's order. */
async function shownByApplications(
  api: Kubectl,
  environment: string,
  outputs: Apps | undefined,
): Promise<Section[]> {
  if (outputs === undefined) {
    return [];
  }
  const asked = { api, environment, now: new Date() };
  const sections = Object.values(applications).map(async ({ status: load }) =>
    load === undefined ? [] : (await load()).status(outputs, asked),
  );
  return (await Promise.all(sections)).flat();
}
