import * as pulumi from "@pulumi/pulumi";

import { Refusal } from "../environment/refusal";
import type { Environment } from "../environment/schema";
import { Flannel } from "./flannel";
import { KubeRouter } from "./kubeRouter";

/** What every kind of pod network is made from. */
export interface PodNetworkArgs {
  environment: Pick<Environment, "cni" | "kubernetes">;
}

/**
 * Installs the pod network the environment chooses. Whichever it is, pods of all zones reach each other, NetworkPolicy is
 * enforced, and what is returned is complete when every node that is there has its part of it.
 */
export function podNetwork(
  name: string,
  { environment }: PodNetworkArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const { cni, kubernetes } = environment;
  switch (cni.type) {
    case "flannel": {
      const { podSubnet, serviceSubnet, apiName, apiPort } = kubernetes;
      const api = { apiName, apiPort };
      return [
        new Flannel(
          `${name}-flannel`,
          { version: cni.flannelVersion, podSubnet, vxlanPort: cni.vxlanPort, api },
          opts,
        ),
        new KubeRouter(
          `${name}-kube-router`,
          { version: cni.kubeRouterVersion, serviceSubnet, api },
          opts,
        ),
      ];
    }
    case "antrea":
      throw antreaIsNotThere(cni.version);
    default: {
      const never: never = cni;
      return never;
    }
  }
}

/**
 * Says so where the environment asks for a pod network this version cannot install. To be called before anything is made.
 *
 * @throws Refusal for Antrea.
 */
export function assertInstallable({ cni }: Pick<Environment, "cni">): void {
  if (cni.type === "antrea") {
    throw antreaIsNotThere(cni.version);
  }
}

function antreaIsNotThere(version: string): Refusal {
  return new Refusal(
    `site:cni.type is antrea (${version}), and this version of the programs does not carry Antrea's manifest yet: ` +
      "the cluster cannot be made, and nothing was touched.\n" +
      "What works today is type flannel, with flannelVersion and kubeRouterVersion (see Pulumi.dev.yaml).",
  );
}
