import type { types } from "@pulumi/kubernetes";

type PodSpec = types.input.core.v1.PodSpec;

const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
/** Seconds until pods move away from a control plane that no longer answers. */
const GONE_SECONDS = 30;

/** Where pods run that must outlive any worker. */
export function onControlPlanes() {
  return {
    nodeSelector: { [CONTROL_PLANE]: "" },
    tolerations: [
      { key: CONTROL_PLANE, operator: "Exists", effect: "NoSchedule" },
      ...["not-ready", "unreachable"].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: GONE_SECONDS,
      })),
    ],
  } satisfies Partial<PodSpec>;
}

/** The same, and never two pods with these labels on one node. */
export function apartOnControlPlanes(labels: Record<string, string>) {
  const { nodeSelector, tolerations } = onControlPlanes();
  return {
    nodeSelector,
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
        ],
      },
    },
    tolerations,
  } satisfies Partial<PodSpec>;
}
