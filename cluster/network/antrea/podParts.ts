import type { types } from "@pulumi/kubernetes";

import { CONFIG_MAP } from "./names";

/** Arguments by which both log to the pod's log and, bounded, to a folder of the node that `antctl supportbundle` collects. */
export const LOG_ARGUMENTS = [
  "--logtostderr=false",
  "--log_dir=/var/log/antrea",
  "--alsologtostderr",
  // MB of a file, and files of a kind.
  "--log_file_max_size=100",
  "--log_file_max_num=4",
];

/** The folder of the node they log to. */
export const LOG = { name: "log", mountPath: "/var/log/antrea" };

/** The configuration, of which a container mounts one file. */
export const CONFIG_VOLUME = { name: "config", configMap: { name: CONFIG_MAP } };

/** Mounts a file of the configuration where Antrea looks for it. */
export const configFile = (name: string): types.input.core.v1.VolumeMount => ({
  name: CONFIG_VOLUME.name,
  mountPath: `/etc/antrea/${name}`,
  subPath: name,
  readOnly: true,
});

/** A variable with a field of the pod. */
export const fromField = (name: string, fieldPath: string): types.input.core.v1.EnvVar => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});

/** Which pod they are, where. */
export const IDENTITY = [
  fromField("POD_NAME", "metadata.name"),
  fromField("POD_NAMESPACE", "metadata.namespace"),
  fromField("NODE_NAME", "spec.nodeName"),
];

/** Asks the API that each of them serves on the node, on a port of the container named `api`. */
export const probe = (path: "/livez" | "/readyz"): types.input.core.v1.Probe => ({
  httpGet: { host: "localhost", path, port: "api", scheme: "HTTPS" },
  timeoutSeconds: 5,
  periodSeconds: 10,
  failureThreshold: 5,
});
