import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { dnsLabel, dnsName, ipv4Address, port, text, version } from "./fields";
import { essence, Refusal } from "./refusal";

/**
 * What each stack promises to the next: small named values, checked when they are read. Renaming a key here is a break
 * that needs both stacks at once.
 */

/** A machine that infra has made. */
const madeMachine = {
  name: dnsLabel,
  zone: dnsLabel,
  address: ipv4Address,
  /** Public host key in OpenSSH form, to be pinned. */
  hostKey: text,
  /** UUID of the virtual machine; another one means another machine. */
  vmId: z.guid("a UUID"),
};

/** Output `infra` of the stack infra. */
export const infraContract = z.strictObject({
  /** Where the API is reached: at the load balancer, or at the virtual address of a pair. The ingress is there too. */
  api: z.strictObject({ name: dnsName, address: ipv4Address, port }),
  /** The machine with HAProxy, or both of a pair. */
  loadBalancers: z.array(z.strictObject(madeMachine)).min(1),
  /** User who may log in with the output `sshPrivateKey` and use sudo. */
  sshUser: text,
  /** In the order of the environment. */
  nodes: z.array(
    z.strictObject({
      ...madeMachine,
      role: z.enum(["control-plane", "worker"]),
    }),
  ),
});
export type Infra = z.output<typeof infraContract>;

/** Output `cluster` of the stack cluster. */
export const clusterContract = z.strictObject({
  clusterName: dnsLabel,
  /** https URL of the API at the load balancer. */
  apiServer: z.url(),
  kubernetesVersion: version,
  cni: z.enum(["antrea", "flannel"]),
  /** Certificate of the cluster's CA, PEM. */
  caCertificate: text,
  namespaces: z.array(dnsLabel),
  storageClasses: z.array(dnsName),
});
export type Cluster = z.output<typeof clusterContract>;

/** SHA-256 of a certificate in DER form, as fingerprint.ts writes it. */
const fingerprint = z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits in lower case");

/** An object of Kubernetes whose controller keeps a number of pods. */
const workload = z.strictObject({
  kind: z.enum(["StatefulSet", "Deployment"]),
  namespace: dnsLabel,
  name: dnsLabel,
});
export type Workload = z.output<typeof workload>;

/** Output `apps` of the stack apps. */
export const appsContract = z.strictObject({
  urls: z.array(
    z.strictObject({
      name: text,
      url: z.url(),
      /** Release of what answers there. */
      version: text,
      /** HTTP status codes by which it is well: [200], or [401] for what asks for a password. */
      answers: z.array(z.int()).min(1),
      /** The certificate its host has to serve, where it has one of its own. Default: any by the ingress' CA. */
      certificateSha256: fingerprint.optional(),
      /**
       * What has to have its pods ready: an answer alone may be that of Traefik's own authentication, or of a page beside a
       * database. Stacks of older programs do not say.
       */
      workload: workload.optional(),
    }),
  ),
  /** Certificate of the CA that signed the ingress' certificate, PEM. */
  ingressCaCertificate: text,
  /** Certificates that no URL shows: whose, and until when they are good. */
  internalCertificates: z.array(
    z.strictObject({ name: text, notAfter: z.iso.datetime({ offset: true }) }),
  ),
  /** What is saved by the clock, by the CronJobs backup-<app> and restore-<app> of that namespace. */
  backups: z.array(
    z.strictObject({
      app: dnsLabel,
      namespace: dnsLabel,
      /** Hours after which the newest backup is too old. */
      maximumAgeHours: z.number().positive(),
    }),
  ),
  /** What was written for Traefik into Consul's KV store. */
  kvCertificates: z.strictObject({
    /** Of Consul's servers. */
    namespace: dnsLabel,
    /** The Job that wrote it. */
    job: dnsLabel,
    /** In the order of their numbers. */
    certificates: z.array(z.strictObject({ host: dnsName, sha256: fingerprint })),
  }),
  /** The page that shows the cluster, and the account whose token opens it. */
  dashboard: z.strictObject({
    namespace: dnsLabel,
    serviceAccount: dnsName,
    url: z.url(),
    /** Seconds a token is valid. */
    tokenSeconds: z.int().min(600),
  }),
});
export type Apps = z.output<typeof appsContract>;

/** Secret output `credentials` of the stack apps: what was generated for people. `make credentials` prints it. */
export const credentialsContract = z.array(
  z.strictObject({
    /** What it opens, such as "Traefik's dashboard". */
    name: text,
    /** Who it is for; a token has no user. */
    user: text.optional(),
    /** Password or token. */
    secret: text,
  }),
);
export type Credentials = z.output<typeof credentialsContract>;

/** The three stacks in the order they are brought up; the root project reads all of them. */
export type Project = "infra" | "cluster" | "apps";

/**
 * Reads what infra promises. The private key is an output because it is a secret.
 *
 * @throws Refusal when infra is not up, or its outputs are not what this version of the programs expects.
 */
export async function readInfra(): Promise<Infra & { sshPrivateKey: pulumi.Output<string> }> {
  const upstream = await Upstream.find("infra");
  const infra = await upstream.read("infra", infraContract);
  return { ...infra, sshPrivateKey: await upstream.secret("sshPrivateKey") };
}

/**
 * Reads what cluster promises.
 *
 * @throws Refusal when cluster is not up, or its outputs are not what this version of the programs expects.
 */
export async function readCluster(): Promise<Cluster & { kubeconfig: pulumi.Output<string> }> {
  const upstream = await Upstream.find("cluster");
  const cluster = await upstream.read("cluster", clusterContract);
  return { ...cluster, kubeconfig: await upstream.secret("kubeconfig") };
}

/**
 * Reads what apps promises.
 *
 * @throws Refusal when apps is not up, or its outputs are not what this version of the programs expects.
 */
export async function readApps(): Promise<Apps> {
  const upstream = await Upstream.find("apps");
  return upstream.read("apps", appsContract);
}

/** A stack this one builds on. On file and s3 backends its organization is always the word `organization`. */
class Upstream {
  private readonly reference: pulumi.StackReference;

  private constructor(
    private readonly project: Project,
    private readonly stack: string,
    qualifiedName: string,
  ) {
    this.reference = new pulumi.StackReference(qualifiedName);
  }

  /**
   * The stack of this name in another project.
   *
   * @throws Refusal when there is none.
   */
  static async find(project: Project): Promise<Upstream> {
    const stack = pulumi.getStack();
    const qualifiedName = `organization/${project}/${stack}`;
    try {
      // A StackReference to a stack that is not there ends the update with the engine's own words; a function can fail
      // without that. It is the one StackReference itself was built on.
      await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: qualifiedName });
    } catch (error) {
      throw new Refusal(
        `The stack ${stack} of project ${project} cannot be read: ${essence(error)}\n${remedy(project, stack)}`,
      );
    }
    return new Upstream(project, stack, qualifiedName);
  }

  /** Reads an output and checks it against its contract. */
  async read<T>(output: string, contract: z.ZodType<T>): Promise<T> {
    const { value } = await this.reference.getOutputDetails(output);
    if (value === undefined) {
      throw this.missing(output);
    }
    const result = contract.safeParse(value);
    if (!result.success) {
      throw new Refusal(
        `The output "${output}" of ${this.name} is not what this version of the programs expects:\n` +
          `${z.prettifyError(result.error)}\n${remedy(this.project, this.stack)}`,
      );
    }
    return result.data;
  }

  /** Makes sure a secret output is there and returns it, still secret. */
  async secret(output: string): Promise<pulumi.Output<string>> {
    const { secretValue } = await this.reference.getOutputDetails(output);
    if (typeof secretValue !== "string") {
      throw this.missing(output);
    }
    return pulumi.secret(secretValue);
  }

  private get name(): string {
    return `stack ${this.stack} of project ${this.project}`;
  }

  private missing(output: string): Refusal {
    return new Refusal(
      `The ${this.name} has no output "${output}": it is not up, or its last update did not finish.\n${remedy(this.project, this.stack)}`,
    );
  }
}

function remedy(project: Project, stack: string): string {
  return `Bring it up first: make up STACK=${project} ENV=${stack}   (or: cd ${project} && pulumi up --stack ${stack})`;
}
