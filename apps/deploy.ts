import * as pulumi from "@pulumi/pulumi";

import { entryOf } from "../environment/applications/exposed";
import { pendingDigests } from "../environment/images/imagesOf";
import type { Apps, BackupKey, Credentials } from "../environment/contracts";
import { imageDigests } from "../kubernetes/imageDigests";
import { ownFields } from "../kubernetes/ownFields";
import { clusterProvider } from "../pulumi/clusterProvider";
import { readEnvironment } from "../pulumi/config";
import { readCluster } from "../pulumi/stackReferences";
import { refuseFormerName } from "../pulumi/stackResources";
import type { ApplicationDefinition, Deployed } from "./application";
import { CertificateAuthority } from "./certificates/authority";
import { hostCertificates, readOwnCertificates } from "./certificates/hostCertificates";
import type { ConsulForTraefik } from "./ingress/consulForTraefik";
import type { Traefik } from "./ingress/traefik";
import { LostNodes } from "./lostNodes";
import { type MadeWith, madeWith, refuseLostData } from "./madeWith";
import { checkPrerequisites } from "./prerequisites";
import { APPLICATIONS, applications } from "./registry";

/**
 * What the stack exports: the contract `apps`, what was generated for people, what opens the backups, and what the next update of this
 * stack reads.
 */
export interface Outputs {
  apps: pulumi.Output<Apps>;
  credentials: pulumi.Output<Credentials>;
  backupKeys: pulumi.Output<BackupKey[]>;
  made: pulumi.Output<MadeWith>;
}

/**
 * Deploys the applications of the current stack's environment in the cluster of the stack cluster.
 *
 * @throws Refusal, before anything is touched, when the environment has faults, or the cluster is not up or lacks what is needed,
 * or an edit would end or ignore the data of an application.
 */
export async function deploy(): Promise<Outputs> {
  const environment = readEnvironment(APPLICATIONS);
  const ownCertificates = readOwnCertificates(environment);
  const pending = pendingDigests(environment, "apps");
  if (pending !== undefined) {
    void pulumi.log.warn(pending);
  }
  await refuseFormerName("apps");
  await refuseLostData(environment);
  const cluster = await readCluster();
  checkPrerequisites(environment, cluster);
  const { clusterName, kubeconfig } = cluster;
  const provider = clusterProvider("cluster", { clusterName, kubeconfig });

  const entry = entryOf(environment);
  const ca = entry && new CertificateAuthority("ingress-ca", { domain: entry.domain });
  const certificates = hostCertificates(environment, ownCertificates, ca);

  let consul: ConsulForTraefik | undefined;
  let ingress: Traefik | undefined;
  const all: Deployed[] = [];
  for (const [name, settings] of presentOf(environment.apps)) {
    const { deploy: deployApplication } = await definitionOf(name).components();
    const deployed = deployApplication(settings, {
      environment,
      opts: {
        providers: [provider],
        transformations: [ownFields, imageDigests(environment.imageLock)],
      },
      ca,
      certificates,
      consul,
      ingress: () => {
        if (ingress === undefined) {
          throw new Error(`${name} needs the ingress, which the environment lacks.`);
        }
        return ingress;
      },
    });
    consul ??= deployed.provides?.consul;
    ingress ??= deployed.provides?.ingress;
    all.push(deployed);
  }
  ingress?.routes.complete();

  new LostNodes("lost-nodes", {
    kubeconfig,
    before: [
      provider,
      ...(ca === undefined ? [] : [ca]),
      ...all.flatMap(({ resources }) => resources),
    ],
  });

  type Listed = "urls" | "internalCertificates" | "credentials";
  const listed = (key: Listed) => all.flatMap((deployed): unknown[] => deployed[key] ?? []);
  const saved = all.flatMap(({ backups = [] }) => backups);
  return {
    apps: pulumi.output({
      urls: listed("urls"),
      ...(ca && { ingressCaCertificate: ca.certificate }),
      internalCertificates: listed("internalCertificates"),
      backups: saved.map(({ summary }) => summary),
      ...Object.assign({}, ...all.map(({ outputs }) => outputs)),
    }) as pulumi.Output<Apps>,
    credentials: pulumi.secret(listed("credentials")) as pulumi.Output<Credentials>,
    backupKeys: pulumi.secret(pulumi.all(saved.map(({ key }) => key))),
    made: pulumi.output(madeWith(environment)),
  };
}

/** The applications of an environment with their settings, in the registry's order. */
function presentOf(apps: object): [name: string, settings: unknown][] {
  return Object.keys(applications).flatMap((name): [string, unknown][] => {
    const settings = (apps as Record<string, unknown>)[name];
    return settings === undefined ? [] : [[name, settings]];
  });
}

function definitionOf(name: string): ApplicationDefinition<unknown> {
  return (applications as Record<string, ApplicationDefinition<unknown>>)[name];
}
