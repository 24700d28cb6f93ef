import type { types } from "@pulumi/kubernetes";

import { ANTREA_PORTS } from "../../../environment/flows";
import { type AgentContainer, agentPod, type ApiEndpoint, hostPath } from "../agentPod";
import { FILES, podLabels, SERVICE_PORT } from "./names";
import { CONFIG_VOLUME, configFile, IDENTITY, LOG, LOG_ARGUMENTS, probe } from "./podParts";

/** Arguments of the agents. */
export interface AntreaAgentArgs {
  /** The image, by tag or digest. */
  image: string;
  /** Text whose change restarts the agents. */
  configuration: string;
  api: ApiEndpoint;
}

const RUN = { name: "run", mountPath: "/var/run/antrea" };

/**
 * Antrea's agent on every node: what installs the CNI plugin, the agent, and Open vSwitch's daemons beside it; Open vSwitch's
 * datapath is the kernel's. Requests, probes and rights are upstream's, but without the right to load modules. The agent must be
 * privileged, because it sets kernel parameters; the other containers are not. There are no limits: a pod network that is killed for
 * its memory takes the node with it.
 * @see https://github.com/antrea-io/antrea/blob/v2.7.0/build/charts/antrea/values.yaml
 */
export function antreaAgent(args: AntreaAgentArgs): types.input.apps.v1.DaemonSetSpec {
  const { image } = args;
  return agentPod({
    serviceAccountName: "antrea-agent",
    labels: podLabels("antrea-agent"),
    configuration: args.configuration,
    api: args.api,
    mainContainer: "antrea-agent",
    initContainers: [installCni(image)],
    containers: [agent(image), openVSwitch(image)],
    volumes: [
      CONFIG_VOLUME,
      hostPath("cni-conf", "/etc/cni/net.d", "DirectoryOrCreate"),
      hostPath("cni-bin", "/opt/cni/bin", "DirectoryOrCreate"),
      hostPath("proc", "/proc", "Directory"),
      hostPath("netns", "/var/run/netns", "DirectoryOrCreate"),
      hostPath("run", RUN.mountPath, "DirectoryOrCreate"),
      hostPath("log", LOG.mountPath, "DirectoryOrCreate"),
      hostPath("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
    ],
  });
}

/** Puts the plugins and their configuration onto the node. The kernel's modules are loaded by the node's preparation (kernel.ts). */
function installCni(image: string): AgentContainer {
  return {
    name: "install-cni",
    image,
    command: ["install_cni"],
    // Otherwise it loads them itself, and needs the right to load any module for that.
    env: [{ name: "SKIP_LOADING_KERNEL_MODULES", value: "1" }],
    resources: { requests: { cpu: "100m" } },
    securityContext: { allowPrivilegeEscalation: false },
    volumeMounts: [
      configFile(FILES.conflist),
      { name: "cni-conf", mountPath: "/host/etc/cni/net.d" },
      { name: "cni-bin", mountPath: "/host/opt/cni/bin" },
      RUN,
    ],
  };
}

/** Ready once it has the policies of its node from the controller; only then does it connect pods. */
function agent(image: string): AgentContainer {
  return {
    name: "antrea-agent",
    image,
    command: ["antrea-agent"],
    args: [`--config=/etc/antrea/${FILES.agent}`, ...LOG_ARGUMENTS],
    env: [
      ...IDENTITY,
      // The agent looks up the controller's address itself and needs only the port. The kubelet would set this variable too,
      // but only for a Service that is older than the pod.
      { name: "ANTREA_SERVICE_PORT", value: `${SERVICE_PORT}` },
    ],
    ports: [{ name: "api", containerPort: ANTREA_PORTS.agent, protocol: "TCP" }],
    resources: { requests: { cpu: "200m" } },
    livenessProbe: { ...probe("/livez"), initialDelaySeconds: 10 },
    // A restart of the controller takes up to 50 s. No agent may count as failed meanwhile.
    readinessProbe: { ...probe("/readyz"), initialDelaySeconds: 5, failureThreshold: 8 },
    securityContext: { privileged: true },
    volumeMounts: [
      configFile(FILES.agent),
      RUN,
      { ...RUN, mountPath: "/var/run/openvswitch", subPath: "openvswitch" },
      // host-local keeps here which addresses are taken.
      { ...RUN, mountPath: "/var/lib/cni", subPath: "cni" },
      LOG,
      { name: "proc", mountPath: "/host/proc", readOnly: true },
      {
        name: "netns",
        mountPath: "/host/var/run/netns",
        readOnly: true,
        // A pod's network namespace is mounted there after this container has started.
        mountPropagation: "HostToContainer",
      },
      { name: "xtables-lock", mountPath: "/run/xtables.lock" },
    ],
  };
}

function openVSwitch(image: string): AgentContainer {
  return {
    name: "antrea-ovs",
    image,
    command: ["start_ovs"],
    args: LOG_ARGUMENTS.filter((argument) => argument.startsWith("--log_file_max_")),
    resources: { requests: { cpu: "200m" } },
    livenessProbe: {
      exec: { command: ["/bin/sh", "-c", "timeout 10 container_liveness_probe ovs"] },
      initialDelaySeconds: 5,
      timeoutSeconds: 10,
      periodSeconds: 10,
      failureThreshold: 5,
    },
    securityContext: {
      capabilities: { add: ["SYS_NICE", "NET_ADMIN", "SYS_ADMIN", "IPC_LOCK"] },
    },
    volumeMounts: [
      { ...RUN, mountPath: "/var/run/openvswitch", subPath: "openvswitch" },
      { ...LOG, mountPath: "/var/log/openvswitch", subPath: "openvswitch" },
    ],
  };
}
