import type { types } from "@pulumi/kubernetes";
import semver from "semver";

import {
  csiDriverImage,
  csiSidecarImage,
  csiSyncerImage,
} from "../../../environment/images/clusterImages";
import type { Sidecars } from "../../../environment/releases/vsphereCsi";
import { hardenedContainer, hardenedPod } from "../../../kubernetes/restricted";
import { apartOnControlPlanes } from "../../controlPlanePods";
import { CSI_CONFIG_FILE, CSI_CONFIG_FOLDER } from "./config";

type Container = types.input.core.v1.Container;

/** Settings of the controller. */
export interface CsiControllerArgs {
  /** Release of driver and syncer, without a leading v. */
  version: string;
  sidecars: Sidecars;
  /** Pods: one for each control plane, three at most. */
  replicas: number;
  serviceAccountName: string;
  labels: Record<string, string>;
  /** Secret with the configuration and the vCenter's authorities. */
  secretName: string;
  /** ConfigMap with the driver's feature states. */
  features: string;
  namespace: string;
  /** Whether volumes are placed where their pod's node reaches them. */
  topology: boolean;
  /** Whether the driver makes snapshots. */
  snapshots: boolean;
}

const SOCKET_FOLDER = "/csi";
const SOCKET = `${SOCKET_FOLDER}/csi.sock`;
const HEALTH_PORT = 9808;

/** Seconds that upstream gives to who leads among several sidecars of a kind; the syncer is quicker. */
const LEADER = { lease: 120, renew: 60, retry: 30 };
const SYNCER_LEADER = { lease: 30, renew: 20, retry: 10 };

/**
 * The driver's controller with its sidecars, on the control planes. Two pods never share a node. If there are as many pods as
 * control planes, an update stops an old pod before it starts a new one.
 */
export function csiController(args: CsiControllerArgs): types.input.apps.v1.DeploymentSpec {
  const { labels, sidecars } = args;
  return {
    replicas: args.replicas,
    selector: { matchLabels: labels },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: args.serviceAccountName,
        enableServiceLinks: false,
        priorityClassName: "system-cluster-critical",
        // Uses the node's resolvers: they know the vCenter even when CoreDNS is down.
        dnsPolicy: "Default",
        ...apartOnControlPlanes(labels),
        securityContext: { ...hardenedPod, fsGroup: hardenedPod.runAsGroup },
        containers: [
          // A drained node lets go of all its disks at once, and each takes the vCenter a while.
          sidecar("csi-attacher", sidecars.attacher, [...callsDriver(), "--worker-threads=100"]),
          sidecar("csi-resizer", sidecars.resizer, [
            ...callsDriver(),
            "--handle-volume-inuse-error=false",
            // On by default from resizer 2.0 on, and not for this driver.
            ...(semver.gte(sidecars.resizer, "2.0.0")
              ? ["--feature-gates=RecoverVolumeExpansionFailure=false"]
              : []),
          ]),
          driver(args),
          sidecar("livenessprobe", sidecars.livenessProbe, [`--csi-address=${SOCKET}`]),
          syncer(args),
          sidecar("csi-provisioner", sidecars.provisioner, [
            ...callsDriver(),
            "--default-fstype=ext4",
            ...(args.topology ? ["--feature-gates=Topology=true", "--strict-topology"] : []),
          ]),
          ...(args.snapshots
            ? [
                sidecar("csi-snapshotter", sidecars.snapshotter, [
                  ...callsDriver(),
                  // Names of claim and snapshot, which older drivers do not expect.
                  ...(semver.gte(args.version, "3.6.0") ? ["--extra-create-metadata"] : []),
                ]),
              ]
            : []),
        ],
        volumes: [
          { name: "config", secret: { secretName: args.secretName, defaultMode: 0o440 } },
          { name: "socket", emptyDir: {} },
        ],
      },
    },
  };
}

/** Arguments that the sidecars have in common: the driver may take minutes for a disk, and the API is asked a lot at a start. */
function callsDriver(): string[] {
  return [
    `--csi-address=${SOCKET}`,
    "--timeout=300s",
    "--kube-api-qps=100",
    "--kube-api-burst=100",
    ...leaderElection(LEADER),
  ];
}

function leaderElection({ lease, renew, retry }: typeof LEADER): string[] {
  return [
    "--leader-election",
    `--leader-election-lease-duration=${lease}s`,
    `--leader-election-renew-deadline=${renew}s`,
    `--leader-election-retry-period=${retry}s`,
  ];
}

function sidecar(name: string, version: string, args: string[]): Container {
  return {
    name,
    image: csiSidecarImage(name, version),
    args,
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "256Mi" } },
    securityContext: hardenedContainer,
    volumeMounts: [{ name: "socket", mountPath: SOCKET_FOLDER }],
  };
}

function driver(args: CsiControllerArgs): Container {
  return {
    name: "vsphere-csi-controller",
    image: csiDriverImage(args.version),
    args: featureStates(args),
    env: [
      { name: "CSI_ENDPOINT", value: `unix://${SOCKET}` },
      { name: "X_CSI_MODE", value: "controller" },
      { name: "X_CSI_SPEC_DISABLE_LEN_CHECK", value: "true" },
      { name: "X_CSI_SERIAL_VOL_ACCESS_TIMEOUT", value: "3m" },
      ...CONTROLLER_ENV,
    ],
    ports: [{ name: "healthz", containerPort: HEALTH_PORT, protocol: "TCP" }],
    livenessProbe: {
      httpGet: { path: "/healthz", port: "healthz" },
      initialDelaySeconds: 30,
      timeoutSeconds: 10,
      periodSeconds: 180,
      failureThreshold: 3,
    },
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    securityContext: hardenedContainer,
    volumeMounts: [
      { name: "config", mountPath: CSI_CONFIG_FOLDER, readOnly: true },
      { name: "socket", mountPath: SOCKET_FOLDER },
    ],
  };
}

/** Tells the vCenter which claims and pods its disks belong to. */
function syncer(args: CsiControllerArgs): Container {
  return {
    name: "vsphere-syncer",
    image: csiSyncerImage(args.version),
    args: [...leaderElection(SYNCER_LEADER), ...featureStates(args)],
    env: [{ name: "FULL_SYNC_INTERVAL_MINUTES", value: "30" }, ...CONTROLLER_ENV],
    resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "512Mi" } },
    securityContext: hardenedContainer,
    volumeMounts: [{ name: "config", mountPath: CSI_CONFIG_FOLDER, readOnly: true }],
  };
}

const CONTROLLER_ENV = [
  { name: "VSPHERE_CSI_CONFIG", value: `${CSI_CONFIG_FOLDER}/${CSI_CONFIG_FILE}` },
  { name: "LOGGER_LEVEL", value: "PRODUCTION" },
  { name: "INCLUSTER_CLIENT_QPS", value: "100" },
  { name: "INCLUSTER_CLIENT_BURST", value: "100" },
  { name: "CSI_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
];

/** Arguments that name the ConfigMap with what is switched on. */
export function featureStates({
  features,
  namespace,
}: Pick<CsiControllerArgs, "features" | "namespace">): string[] {
  return [`--fss-name=${features}`, `--fss-namespace=${namespace}`];
}
