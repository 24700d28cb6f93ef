import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1";
import { DaemonSet, Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

import { type ApiEndpoint, NAMESPACE } from "../agentPod";
import { antreaAgent } from "./agent";
import { antreaConfiguration, type AntreaConfigurationArgs } from "./configuration";
import { antreaController } from "./controller";
import { definitions } from "./definitions";
import { ANTREA_LABELS, CONFIG_MAP, FILES, podLabels } from "./names";
import { agentAccount, controllerAccount } from "./rbac";
import { registrations } from "./registrations";

/** An image without its tag, and what its content must be. */
export interface AntreaImage {
  image: string;
  /** Such as `sha256:…`. Default: whatever the registry has under the release's tag. */
  digest?: string | undefined;
}

/** A pod network on Open vSwitch that enforces NetworkPolicy and policies of its own. */
export interface AntreaArgs extends AntreaConfigurationArgs {
  agent: AntreaImage;
  controller: AntreaImage;
  api: ApiEndpoint;
  /** Number of nodes. Their agents are updated one after the other. */
  nodes: number;
}

/** Minutes for all agents to fetch their image at the same time, and minutes for each agent that is replaced. */
const MINUTES = { all: 10, each: 2 };

/**
 * Antrea, rendered from the facts of its release and not from its manifest. The controller is up before the first agent starts
 * or is replaced: agents may be older than their controller and never newer. Complete when the agent of every node that is
 * there is ready.
 * @see https://github.com/antrea-io/antrea/blob/v2.7.0/docs/versioning.md
 */
export class Antrea extends pulumi.ComponentResource {
  constructor(name: string, args: AntreaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("sitewright:cluster:Antrea", name, {}, opts);
    const own = { parent: this, deletedWith: opts?.deletedWith };
    const { api } = args;
    const files = antreaConfiguration(args);
    const metadata = { namespace: NAMESPACE, labels: ANTREA_LABELS };

    const config = new ConfigMap(
      `${name}-config`,
      { metadata: { ...metadata, name: CONFIG_MAP }, data: files },
      own,
    );
    const kinds = definitions(ANTREA_LABELS).map(
      (definition) =>
        new CustomResourceDefinition(
          `${name}-${definition.metadata.name.split(".")[0]}`,
          {
            ...definition,
            metadata: {
              ...definition.metadata,
              annotations: { "pulumi.com/waitFor": "condition=Established" },
            },
          },
          own,
        ),
    );
    const controller = new Deployment(
      `${name}-controller`,
      {
        metadata: {
          ...metadata,
          name: "antrea-controller",
          labels: podLabels("antrea-controller"),
        },
        spec: antreaController({
          image: reference(args.controller, args.version),
          configuration: files[FILES.controller] ?? "",
          api,
        }),
      },
      {
        ...own,
        dependsOn: [
          ...controllerAccount(`${name}-controller`, own),
          ...registrations(name, own),
          ...kinds,
          config,
        ],
      },
    );
    const minutes = MINUTES.all + MINUTES.each * args.nodes;
    new DaemonSet(
      `${name}-agent`,
      {
        metadata: { ...metadata, name: "antrea-agent", labels: podLabels("antrea-agent") },
        spec: antreaAgent({
          image: reference(args.agent, args.version),
          configuration: `${files[FILES.agent]}${files[FILES.conflist]}`,
          api,
        }),
      },
      {
        ...own,
        dependsOn: [...agentAccount(`${name}-agent`, own), controller],
        customTimeouts: { create: `${minutes}m`, update: `${minutes}m` },
      },
    );
    this.registerOutputs({});
  }
}

/** The image that the kubelet fetches. With a digest the tag is only for the reader. */
function reference({ image, digest }: AntreaImage, version: string): string {
  return `${image}:v${version}${digest === undefined ? "" : `@${digest}`}`;
}
