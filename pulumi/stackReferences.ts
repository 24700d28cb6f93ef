import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import {
  type Apps,
  appsContract,
  type Cluster,
  clusterContract,
  type Infra,
  infraContract,
  type Project,
} from "../environment/contracts";
import { formerQualifiedName, qualifiedName, renaming } from "./qualifiedName";
import { essence, Refusal } from "./refusal";
import { readStackResources } from "./stackResources";

/**
 * Reads the contract of infra. The private key is an output because it is a secret.
 *
 * @throws Refusal when infra is not up, or its outputs are not what this version of the programs expects.
 */
export async function readInfra(): Promise<Infra & { sshPrivateKey: pulumi.Output<string> }> {
  const upstream = await Upstream.find("infra");
  const infra = await upstream.read("infra", infraContract);
  return { ...infra, sshPrivateKey: await upstream.secret("sshPrivateKey") };
}

/**
 * Reads the contract of cluster.
 *
 * @throws Refusal when cluster is not up, or its outputs are not what this version of the programs expects.
 */
export async function readCluster(): Promise<Cluster & { kubeconfig: pulumi.Output<string> }> {
  const upstream = await Upstream.find("cluster");
  const cluster = await upstream.read("cluster", clusterContract);
  return { ...cluster, kubeconfig: await upstream.secret("kubeconfig") };
}

/**
 * Reads the contract of apps.
 *
 * @throws Refusal when apps is not up, or its outputs are not what this version of the programs expects.
 */
export async function readApps(): Promise<Apps> {
  const upstream = await Upstream.find("apps");
  return upstream.read("apps", appsContract);
}

/** A stack that this one depends on, of the same organization. */
class Upstream {
  private readonly reference: pulumi.StackReference;

  private constructor(
    private readonly project: Project,
    private readonly stack: string,
  ) {
    // The resource keeps the name that it has in the states of running sites.
    this.reference = new pulumi.StackReference(formerQualifiedName(project, stack), {
      name: qualifiedName(project, stack),
    });
  }

  /**
   * The stack of this name in another project.
   *
   * @throws Refusal when there is none.
   */
  static async find(project: Project): Promise<Upstream> {
    const stack = pulumi.getStack();
    const name = qualifiedName(project, stack);
    try {
      // A StackReference to a missing stack ends the update with the engine's own message. A failed function does not; this is
      // the function behind StackReference.
      await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
    } catch (error) {
      const { kind } = await readStackResources(project, stack);
      throw new Refusal(
        `The stack ${stack} of project ${project} cannot be read: ${essence(error)}\n${
          kind === "read" ? renaming(project, stack) : remedy(project, stack)
        }`,
      );
    }
    return new Upstream(project, stack);
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
