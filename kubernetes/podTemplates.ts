/** Where each kind of Kubernetes object that makes pods keeps their template; a `…Patch` changes another owner's workload. */
export const POD_TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Keys of a pod's specification with containers, those that prepare it first. */
export const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;
