import type { types } from "@pulumi/kubernetes";

/** Security context of every pod of these programs: no root, nothing writable, no privileges (level "restricted"). */
export const hardenedPod: types.input.core.v1.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  seccompProfile: { type: "RuntimeDefault" },
};

/** As hardenedPod, for its containers. */
export const hardenedContainer: types.input.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
