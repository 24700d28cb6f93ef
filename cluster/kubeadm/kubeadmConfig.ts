import { stringify } from "yaml";

import { entryAddress, loadBalancerMachines } from "../../environment/loadBalancers";
import { kubeadmApiVersion } from "../../environment/releases/supported";
import type { Environment, NodeSpec } from "../../environment/schema";
import {
  apiServerFlags,
  apiServerVolumes,
  controllerManagerFlags,
  etcdFlags,
  schedulerFlags,
} from "../hardening/controlPlane";
import { hardenedKubelet } from "../hardening/kubelet";
import { PATCHES_FOLDER } from "../hardening/paths";
import { kubeletHeartbeat, nodeControllerFlags } from "../node/heartbeat";
import { cgroupDriver, registrationLabels, workerTaints } from "../node/kubelet";

/** Lifetime of a bootstrap token: enough for one join on a slow machine, and no longer. */
export const TOKEN_TTL = "15m0s";

/** containerd's socket as kubeadm names it by default. */
export const CRI_SOCKET = "unix:///var/run/containerd/containerd.sock";

/** File to which the join step writes the second document of its configuration. */
export const DISCOVERY_FILE = "/run/sitewright-discovery.conf";

/** What a joining node needs, new for every join. All but the certificate is secret. */
export interface JoinSecrets {
  /** Bootstrap token, `abcdef.0123456789abcdef`. */
  token: string;
  /** Certificate of the cluster's CA, PEM. The node refuses a server with another CA. */
  caCertificate: string;
  /** Key under which the control plane's certificates lie in the cluster; control planes only. */
  certificateKey?: string;
}

/**
 * Configuration for `kubeadm init` on the first control plane, as a stream of YAML documents.
 *
 * The API server's certificate names the load balancer. kubeadm adds every control plane's own name and address to its own
 * certificate, so they are not in this text, and another control plane does not change it.
 */
export function initConfig(environment: Environment, node: NodeSpec): string {
  const { kubernetes } = environment;
  return documents(
    {
      ...kubeadmKind(kubernetes.version, "InitConfiguration"),
      // kubeadm creates a first token in any case. It is not used, so it is short-lived.
      bootstrapTokens: [{ ttl: TOKEN_TTL }],
      localAPIEndpoint: { advertiseAddress: node.address, bindPort: kubernetes.apiPort },
      nodeRegistration: nodeRegistration(environment, node),
      patches: { directory: PATCHES_FOLDER },
    },
    clusterConfiguration(environment),
    {
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      cgroupDriver: cgroupDriver(kubernetes),
      ...hardenedKubelet,
      ...kubeletHeartbeat,
      ...kubernetes.kubelet,
    },
    {
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      ...kubernetes.kubeProxy,
    },
  );
}

/**
 * Configuration for `kubeadm join` on a worker or a further control plane. The second document is the kubeconfig with which kubeadm
 * finds the cluster: without it, kubeadm asks without an account, and the API server does not answer that. Holds secrets.
 */
export function joinConfig(
  environment: Environment,
  node: NodeSpec,
  { token, caCertificate, certificateKey }: JoinSecrets,
): string {
  const { kubernetes } = environment;
  return documents(
    {
      ...kubeadmKind(kubernetes.version, "JoinConfiguration"),
      discovery: { file: { kubeConfigPath: DISCOVERY_FILE }, tlsBootstrapToken: token },
      nodeRegistration: nodeRegistration(environment, node),
      ...(node.role === "control-plane"
        ? {
            controlPlane: {
              localAPIEndpoint: { advertiseAddress: node.address, bindPort: kubernetes.apiPort },
              certificateKey,
            },
            patches: { directory: PATCHES_FOLDER },
          }
        : {}),
    },
    discoveryKubeconfig(environment, token, caCertificate),
  );
}

/** A kubeconfig with the cluster's CA and the bootstrap token as its account. */
function discoveryKubeconfig(
  environment: Environment,
  token: string,
  caCertificate: string,
): object {
  const cluster = environment.kubernetes.clusterName;
  const user = "bootstrap";
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: cluster,
        cluster: {
          server: `https://${apiEndpoint(environment)}`,
          "certificate-authority-data": Buffer.from(caCertificate).toString("base64"),
        },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: cluster, context: { cluster, user } }],
    "current-context": cluster,
  };
}

/** Configuration for kubeadm's single phases: without a version in it kubeadm asks the internet for one. */
export function phaseConfig({ kubernetes }: Environment): string {
  return documents({
    ...kubeadmKind(kubernetes.version, "ClusterConfiguration"),
    kubernetesVersion: `v${kubernetes.version}`,
  });
}

/** What every API server's certificate names, beside what kubeadm adds for its own machine. */
export function apiServerNames({ kubernetes, loadBalancer }: Environment): string[] {
  return [
    kubernetes.apiName,
    ...loadBalancerMachines(loadBalancer).map(({ name }) => name),
    entryAddress(loadBalancer),
  ];
}

/** Configuration with which kubeadm makes certificates and kubeconfigs on a control plane that runs. It holds no secret. */
export function certificateConfig(environment: Environment, node: NodeSpec): string {
  const { kubernetes } = environment;
  return documents(
    {
      ...kubeadmKind(kubernetes.version, "InitConfiguration"),
      localAPIEndpoint: { advertiseAddress: node.address, bindPort: kubernetes.apiPort },
      nodeRegistration: { name: node.name, criSocket: CRI_SOCKET },
    },
    {
      ...kubeadmKind(kubernetes.version, "ClusterConfiguration"),
      kubernetesVersion: `v${kubernetes.version}`,
      clusterName: kubernetes.clusterName,
      controlPlaneEndpoint: apiEndpoint(environment),
      networking: { serviceSubnet: kubernetes.serviceSubnet },
      apiServer: { certSANs: apiServerNames(environment) },
    },
  );
}

/** Name and port at which every node and every kubeconfig inside the cluster finds the API. A name outlives an address. */
export function apiEndpoint({ kubernetes }: Environment): string {
  return `${kubernetes.apiName}:${kubernetes.apiPort}`;
}

function clusterConfiguration(environment: Environment): object {
  const { kubernetes } = environment;
  const external = kubernetes.cloudProvider !== undefined;
  const apiVersion = kubeadmApiVersion(kubernetes.version);
  return {
    ...kubeadmKind(kubernetes.version, "ClusterConfiguration"),
    kubernetesVersion: `v${kubernetes.version}`,
    clusterName: kubernetes.clusterName,
    controlPlaneEndpoint: apiEndpoint(environment),
    networking: { podSubnet: kubernetes.podSubnet, serviceSubnet: kubernetes.serviceSubnet },
    ...(kubernetes.imageRepository === undefined
      ? {}
      : { imageRepository: kubernetes.imageRepository }),
    apiServer: {
      certSANs: apiServerNames(environment),
      extraArgs: extraArgs(apiVersion, apiServerFlags(kubernetes)),
      extraVolumes: apiServerVolumes,
    },
    controllerManager: {
      extraArgs: extraArgs(apiVersion, {
        // From 1.31 on there is no cloud provider but an external one, and the flag means nothing.
        ...(external && apiVersion === "v1beta3" ? { "cloud-provider": "external" } : {}),
        ...controllerManagerFlags,
        ...nodeControllerFlags,
      }),
    },
    scheduler: { extraArgs: extraArgs(apiVersion, schedulerFlags) },
    etcd: { local: { extraArgs: extraArgs(apiVersion, etcdFlags) } },
  };
}

function nodeRegistration(environment: Environment, node: NodeSpec): object {
  const { kubernetes } = environment;
  const apiVersion = kubeadmApiVersion(kubernetes.version);
  const labels = Object.entries(registrationLabels(environment, node));
  const kubeletArgs = {
    "node-ip": node.address,
    ...(labels.length === 0
      ? {}
      : { "node-labels": labels.map(([key, value]) => `${key}=${value}`).join(",") }),
    ...(kubernetes.cloudProvider === undefined ? {} : { "cloud-provider": "external" }),
  };
  return {
    name: node.name,
    criSocket: CRI_SOCKET,
    kubeletExtraArgs: extraArgs(apiVersion, kubeletArgs),
    // Absent means kubeadm's own taint of a control plane; a worker has its zone's from its first moment on.
    ...(node.role === "worker" ? { taints: workerTaints(environment, node) } : {}),
    ...(kubernetes.ignorePreflightErrors.length === 0
      ? {}
      : { ignorePreflightErrors: kubernetes.ignorePreflightErrors }),
    // One image after the other is kubeadm's default; v1beta3 knows no other way.
    ...(apiVersion === "v1beta4" ? { imagePullSerial: false } : {}),
  };
}

/** Extra arguments are a map in v1beta3 and a list in v1beta4. */
function extraArgs(
  apiVersion: ReturnType<typeof kubeadmApiVersion>,
  args: Record<string, string>,
): Record<string, string> | { name: string; value: string }[] {
  return apiVersion === "v1beta3"
    ? args
    : Object.entries(args).map(([name, value]) => ({ name, value }));
}

function kubeadmKind(version: string, kind: string): { apiVersion: string; kind: string } {
  return { apiVersion: `kubeadm.k8s.io/${kubeadmApiVersion(version)}`, kind };
}

/** YAML documents one after the other. No anchors: they would be correct, but are hard to read. */
function documents(...contents: object[]): string {
  return contents
    .map((content) => stringify(content, { aliasDuplicateObjects: false }))
    .join("---\n");
}
