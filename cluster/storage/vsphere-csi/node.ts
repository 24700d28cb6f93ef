import type { types } from "@pulumi/kubernetes";

import { csiDriverImage, csiSidecarImage } from "../../../environment/images/clusterImages";
import { hostPath } from "../../network/agentPod";
import { featureStates } from "./controller";

type Container = types.input.core.v1.Container;

/** Settings of the driver on the nodes. */
export interface CsiNodeArgs {
  /** Release, without a leading v. */
  version: string;
  /** Releases of the sidecars. */
  sidecars: { registrar: string; livenessProbe: string };
  serviceAccountName: string;
  labels: Record<string, string>;
  /** ConfigMap with the driver's feature states. */
  features: string;
  namespace: string;
}

const KUBELET_FOLDER = "/var/lib/kubelet";
const PLUGIN_FOLDER = `${KUBELET_FOLDER}/plugins/csi.vsphere.vmware.com`;
/** The folder of the socket in the pods. */
const SOCKET_FOLDER = "/csi";
const SOCKET = `${SOCKET_FOLDER}/csi.sock`;
/** The kubelet's view of the same socket. */
const KUBELET_SOCKET = `${PLUGIN_FOLDER}/csi.sock`;
const HEALTH_PORT = 9808;
/** Disks of a machine with four paravirtual SCSI controllers of 15 each, without its own. */
const MAXIMUM_VOLUMES = 59;

/**
 * The driver on every node, control planes and tainted ones included: it formats and mounts the disks that the controller has
 * attached to the machine. It is root with all rights on the node, because it mounts volumes for other pods. The two
 * containers beside it have no such rights.
 */
export function csiNode(args: CsiNodeArgs): types.input.apps.v1.DaemonSetSpec {
  const { labels } = args;
  return {
    selector: { matchLabels: labels },
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: args.serviceAccountName,
        enableServiceLinks: false,
        hostNetwork: true,
        dnsPolicy: "ClusterFirstWithHostNet",
        priorityClassName: "system-node-critical",
        nodeSelector: { "kubernetes.io/os": "linux" },
        tolerations: [
          { operator: "Exists", effect: "NoExecute" },
          { operator: "Exists", effect: "NoSchedule" },
        ],
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        containers: [registrar(args), driver(args), livenessProbe(args)],
        volumes: [
          hostPath("registration", `${KUBELET_FOLDER}/plugins_registry`, "DirectoryOrCreate"),
          hostPath("socket", PLUGIN_FOLDER, "DirectoryOrCreate"),
          hostPath("pods", KUBELET_FOLDER, "Directory"),
          hostPath("devices", "/dev", "Directory"),
          hostPath("blocks", "/sys/block", "Directory"),
          hostPath("system-devices", "/sys/devices", "Directory"),
        ],
      },
    },
  };
}

function driver(args: CsiNodeArgs): Container {
  return {
    name: "vsphere-csi-node",
    image: csiDriverImage(args.version),
    args: featureStates(args),
    env: [
      { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      { name: "CSI_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      { name: "CSI_ENDPOINT", value: `unix://${SOCKET}` },
      { name: "X_CSI_MODE", value: "node" },
      { name: "X_CSI_SPEC_REQ_VALIDATION", value: "false" },
      { name: "X_CSI_SPEC_DISABLE_LEN_CHECK", value: "true" },
      { name: "MAX_VOLUMES_PER_NODE", value: `${MAXIMUM_VOLUMES}` },
      { name: "LOGGER_LEVEL", value: "PRODUCTION" },
      { name: "NODEGETINFO_WATCH_TIMEOUT_MINUTES", value: "1" },
    ],
    ports: [{ name: "healthz", containerPort: HEALTH_PORT, protocol: "TCP" }],
    livenessProbe: {
      httpGet: { path: "/healthz", port: "healthz" },
      initialDelaySeconds: 10,
      timeoutSeconds: 5,
      periodSeconds: 5,
      failureThreshold: 3,
    },
    resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    securityContext: { privileged: true },
    volumeMounts: [
      { name: "socket", mountPath: SOCKET_FOLDER },
      // What is mounted here shows on the node, and in the pod that asked for it.
      { name: "pods", mountPath: KUBELET_FOLDER, mountPropagation: "Bidirectional" },
      { name: "devices", mountPath: "/dev" },
      { name: "blocks", mountPath: "/sys/block" },
      { name: "system-devices", mountPath: "/sys/devices" },
    ],
  };
}

/** Tells the kubelet where the driver is. */
function registrar({ sidecars }: CsiNodeArgs): Container {
  const where = `--kubelet-registration-path=${KUBELET_SOCKET}`;
  return {
    ...helper("csi-node-driver-registrar", sidecars.registrar),
    args: [`--csi-address=${SOCKET}`, where],
    livenessProbe: {
      exec: {
        command: ["/csi-node-driver-registrar", where, "--mode=kubelet-registration-probe"],
      },
      initialDelaySeconds: 3,
    },
    volumeMounts: [
      { name: "socket", mountPath: SOCKET_FOLDER },
      { name: "registration", mountPath: "/registration" },
    ],
  };
}

/** Answers for the driver at its port of health. */
function livenessProbe({ sidecars }: CsiNodeArgs): Container {
  return {
    ...helper("livenessprobe", sidecars.livenessProbe),
    args: [`--csi-address=${SOCKET}`],
    volumeMounts: [{ name: "socket", mountPath: SOCKET_FOLDER }],
  };
}

function helper(name: string, version: string) {
  return {
    name,
    image: csiSidecarImage(name, version),
    resources: { requests: { cpu: "5m", memory: "16Mi" }, limits: { memory: "64Mi" } },
    // root, because root owns the folders of the kubelet, but without root's capabilities.
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}
