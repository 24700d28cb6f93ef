import { nodeVersion } from "../../environment/releases/kubernetesPackages";
import type { Environment } from "../../environment/schema";
import { poll, quote, script } from "../../lib/bash";
import { openPorts, SAVED_RULES } from "../../ssh/firewall";
import { SAVE_LAST_APPLIED_FUNCTION } from "../../ssh/lastApplied";
import { ensurePackages } from "../../ssh/packages";
import { repositoriesPreflight, useRepositories } from "../../ssh/repositories";
import { onlyKeys } from "../../ssh/sshd";
import { timePackages, timePreflight, useTimeServers } from "../../ssh/timeServers";
import { WRITE_FUNCTION } from "../../ssh/writeFunction";
import { containerdConfig, REGISTRY_CONFIG_PATH, registryMirrorHosts } from "./containerd";
import { firewallPorts } from "./firewallPorts";
import { kernelPreflight, kernelSettings } from "./kernel";
import { failsOnSwap } from "./kubelet";
import type { Machine } from "./machine";
import { ownMachineId } from "./machineId";
import { communityPackages, nodePackages } from "./packages";
import { hideFromVcenter, leaveToPodNetwork, podGateway } from "./podInterfaces";

/** Seconds for packages from a slow mirror, and for everything else in the preparation. */
export const PREPARE_DEADLINE_SECONDS = 900;

/**
 * Bash that makes a machine ready for kubeadm: identity, SSH by key only, packages in their versions, kernel settings, swap,
 * networkd, containerd, firewall. It finds what would keep the machine from becoming a node before it changes anything. It may
 * run any number of times, and restarts containerd only when containerd's configuration has changed.
 */
export function prepareScript(
  environment: Environment,
  { node, vmId }: Pick<Machine, "node" | "vmId">,
): string {
  const { packages, kubernetes, containerd } = environment;
  const mirrorHosts = registryMirrorHosts(containerd);
  const mirrorFile = `${REGISTRY_CONFIG_PATH}/_default/hosts.toml`;
  return script(
    refuseUpgrade(environment),
    kernelPreflight(environment),
    timePreflight(environment),
    repositoriesPreflight(packages, communityPackages(environment)),
    WRITE_FUNCTION,
    ownMachineId(vmId),
    onlyKeys(),
    useRepositories(packages),
    ensurePackages(packages, [...nodePackages(environment), ...timePackages(environment)]),
    useTimeServers(environment),
    kernelSettings(environment),
    failsOnSwap(kubernetes) ? swapOff() : "",
    leaveToPodNetwork(environment),
    hideFromVcenter(environment),
    `restart=no
if write /etc/containerd/config.toml ${quote(containerdConfig(environment).trimEnd())}; then restart=yes; fi
${
  mirrorHosts === undefined
    ? `rm -f ${mirrorFile}`
    : `write ${mirrorFile} ${quote(mirrorHosts.trimEnd())} || true # read at every pull`
}
systemctl enable --quiet --now containerd
[[ $restart == no ]] || systemctl restart containerd`,
    poll({
      what: "containerd listens on /run/containerd/containerd.sock",
      command: "test -S /run/containerd/containerd.sock",
      deadlineSeconds: 60,
    }),
    openPorts(firewallPorts(environment, node), [podGateway(environment)]),
    afterFirewall(),
    `# kubeadm starts it; enabled, it comes back after a reboot.
systemctl enable --quiet kubelet
# Packages install them for everybody to read; an update of the package does so again.
chmod 0600 $(systemctl show --property FragmentPath,DropInPaths --value kubelet)`,
    SAVE_LAST_APPLIED_FUNCTION,
    'keep prepare "${written[@]}"',
  );
}

/**
 * A machine that is part of a cluster keeps its version: new binaries under a running kubelet are no upgrade, and a
 * kubelet must never be newer than its API server. deploy.ts refuses a change of the version earlier, as far as
 * the state knows what runs; this check is for a machine whose update did not finish.
 * @see https://kubernetes.io/releases/version-skew-policy/
 */
function refuseUpgrade(environment: Environment): string {
  const version = nodeVersion(environment, "kubelet") ?? environment.kubernetes.version;
  return `if [[ -f /etc/kubernetes/kubelet.conf ]]; then
  running=$(kubelet --version)
  if [[ $running != ${quote(`Kubernetes v${version}`)} ]]; then
    echo "$(hostname) is part of a cluster and runs $running; the environment asks for ${version}." >&2
    echo "A running cluster is not upgraded by this step. Set kubernetes.version, or the pin of the kubelet's package, back to what runs." >&2
    exit 1
  fi
fi`;
}

/**
 * Photon's firewall empties every chain when it starts, also those of the pod network, and nothing orders it: at boot the
 * kubelet waits for it, so that what its pods write stays.
 */
function afterFirewall(): string {
  return `if [[ -f ${SAVED_RULES} ]] && write /etc/systemd/system/kubelet.service.d/20-firewall.conf ${quote("[Unit]\nAfter=iptables.service")}; then
  systemctl daemon-reload
fi`;
}

/** Turns swap off, now and at boot: the kubelet accounts memory as if there were no swap. */
function swapOff(): string {
  return `swapoff --all
sed --in-place --regexp-extended '/^[^#].*[[:space:]]swap[[:space:]]/ s/^/#/' /etc/fstab`;
}
