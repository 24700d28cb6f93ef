import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../environment/schema";
import { Antrea } from "./antrea/antrea";
import { Flannel } from "./flannel/flannel";
import { KubeRouter } from "./flannel/kubeRouter";

/** Arguments of every kind of pod network. */
export interface PodNetworkArgs {
  environment: Pick<Environment, "cni" | "kubernetes" | "nodes">;
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
  const { cni, kubernetes, nodes } = environment;
  const { podSubnet, serviceSubnet, apiName, apiPort } = kubernetes;
  const api = { apiName, apiPort };
  switch (cni.type) {
    case "flannel":
      return [
        new Flannel(
          `${name}-flannel`,
          {
            version: cni.flannelVersion,
            conflistImage: `${cni.conflist.image}:${cni.conflist.version}`,
            podSubnet,
            vxlanPort: cni.vxlanPort,
            api,
          },
          opts,
        ),
        new KubeRouter(
          `${name}-kube-router`,
          { version: cni.kubeRouterVersion, serviceSubnet, api },
          opts,
        ),
      ];
    case "antrea": {
      const { version, agent, controller } = cni;
      return [
        new Antrea(
          `${name}-antrea`,
          { version, agent, controller, serviceSubnet, api, nodes: nodes.length },
          opts,
        ),
      ];
    }
    default: {
      const never: never = cni;
      return never;
    }
  }
}
