import type { types } from "@pulumi/kubernetes";

import { ANTREA_PORTS } from "../../../environment/flows";
import { sha256 } from "../../../lib/digests/sha256";
import { type ApiEndpoint, apiVariables, CONFIGURATION_ANNOTATION, hostPath } from "../agentPod";
import { CONFIG_MAP, FILES, podLabels } from "./names";
import {
  CONFIG_VOLUME,
  configFile,
  fromField,
  IDENTITY,
  LOG,
  LOG_ARGUMENTS,
  probe,
} from "./podParts";

/** Arguments of the controller. */
export interface AntreaControllerArgs {
  /** The image, by tag or digest. */
  image: string;
  /** Text whose change restarts the controller. */
  configuration: string;
  api: ApiEndpoint;
}

/**
 * Antrea's controller: it computes from all policies what each node must enforce. While it is down, the nodes keep enforcing what they
 * have, and no change takes effect.
 *
 * It runs on a control plane, because nodes of other zones reach nothing else, and in the node's own network. It must start
 * before there is a pod network and, with an external cloud provider, before the nodes are initialized, so it tolerates every
 * NoSchedule taint. It supports only one pod at a time. From a node that is gone it moves at once.
 */
export function antreaController(args: AntreaControllerArgs): types.input.apps.v1.DeploymentSpec {
  const labels = podLabels("antrea-controller");
  return {
    replicas: 1,
    strategy: { type: "Recreate" },
    selector: { matchLabels: labels },
    template: {
      metadata: {
        labels,
        annotations: { [CONFIGURATION_ANNOTATION]: sha256(args.configuration) },
      },
      spec: {
        serviceAccountName: "antrea-controller",
        hostNetwork: true,
        priorityClassName: "system-cluster-critical",
        nodeSelector: { "kubernetes.io/os": "linux", "node-role.kubernetes.io/control-plane": "" },
        tolerations: [
          { key: "CriticalAddonsOnly", operator: "Exists" },
          { operator: "Exists", effect: "NoSchedule" },
          {
            key: "node.kubernetes.io/unreachable",
            operator: "Exists",
            effect: "NoExecute",
            tolerationSeconds: 0,
          },
        ],
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "antrea-controller",
            image: args.image,
            command: ["antrea-controller"],
            args: [`--config=/etc/antrea/${FILES.controller}`, ...LOG_ARGUMENTS],
            env: [
              ...apiVariables(args.api),
              ...IDENTITY,
              fromField("SERVICEACCOUNT_NAME", "spec.serviceAccountName"),
              { name: "ANTREA_CONFIG_MAP_NAME", value: CONFIG_MAP },
            ],
            ports: [{ name: "api", containerPort: ANTREA_PORTS.controller, protocol: "TCP" }],
            resources: { requests: { cpu: "200m", memory: "100Mi" } },
            livenessProbe: probe("/livez"),
            readinessProbe: { ...probe("/readyz"), initialDelaySeconds: 5 },
            // Root, as the image has it, writes what root owns, and needs no more than that.
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            volumeMounts: [configFile(FILES.controller), LOG],
          },
        ],
        volumes: [CONFIG_VOLUME, hostPath(LOG.name, LOG.mountPath, "DirectoryOrCreate")],
      },
    },
  };
}
