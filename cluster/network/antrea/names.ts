/** Labels of whatever is Antrea's. */
export const ANTREA_LABELS = { app: "antrea" };

/** Name of the Service before the controller; agents and controller look for it under this name. */
export const SERVICE = "antrea";

/** Port of that Service. */
export const SERVICE_PORT = 443;

/** Name of the ConfigMap with all configuration. */
export const CONFIG_MAP = "antrea-config";

/** The files in that ConfigMap. */
export const FILES = {
  agent: "antrea-agent.conf",
  controller: "antrea-controller.conf",
  conflist: "antrea-cni.conflist",
} as const;

/** Labels of the pods of a component, which its DaemonSet or Deployment and the Service select by. */
export const podLabels = (component: "antrea-agent" | "antrea-controller") => ({
  ...ANTREA_LABELS,
  component,
});
