import semver from "semver";

import type { Fault } from "../faults";
import { kubernetesPackages, kubernetesSource, nodeVersion } from "../releases/kubernetesPackages";
import { kubeadmSkew, kubeletSkew, SKEW_POLICY } from "../releases/versionSkew";
import type { Environment } from "../schema";

/**
 * From 1.26 on, which is every supported version, the kubelet speaks only v1 of the runtime's interface, and containerd
 * has that from 1.6 on.
 * @see https://kubernetes.io/docs/concepts/containers/cri/
 */
const OLDEST_CONTAINERD = "1.6.0";

/** Pins of a kubelet, kubeadm or containerd that is not compatible with the control plane. */
export function versionFaults(environment: Pick<Environment, "packages" | "kubernetes">): Fault[] {
  const { packages, kubernetes } = environment;
  const names = kubernetesPackages(packages);
  const { containerd } = packages.pins;
  return [
    ...sourceFaults(packages),
    ...programFaults(environment, "kubelet", kubeletSkew),
    ...programFaults(environment, "kubeadm", kubeadmSkew),
    ...(kubernetesSource(packages) === "photon" &&
    nodeVersion(environment, "kubelet") !== nodeVersion(environment, "kubeadm")
      ? [
          {
            path: "packages.pins",
            value: packages.pins,
            reason: `${names.kubeadm} asks for exactly its own version of ${names.kubelet}`,
            allowed: `one version for both; without pins both are ${kubernetes.version}`,
          },
        ]
      : []),
    ...(containerd !== undefined &&
    semver.lt(semver.coerce(containerd) ?? "0.0.0", OLDEST_CONTAINERD)
      ? [
          {
            path: "packages.pins.containerd",
            value: containerd,
            reason: "is too old: the kubelet asks for version 1 of the runtime's interface (CRI)",
            allowed: `${OLDEST_CONTAINERD} or later`,
          },
        ]
      : []),
  ];
}

/** Debian has no packages of PhotonOS, and two repositories of one name would share their files. */
function sourceFaults({ manager, source, repositories }: Environment["packages"]): Fault[] {
  const names = repositories.map(({ name }) => name);
  return [
    ...(manager === "apt" && source === "photon"
      ? [
          {
            path: "packages.source",
            value: source,
            reason: "names packages of PhotonOS, and packages.manager is apt",
            allowed: "community",
          },
        ]
      : []),
    ...repositories.flatMap(({ name }, index) =>
      names.indexOf(name) === index
        ? []
        : [
            {
              path: `packages.repositories[${index}].name`,
              value: name,
              reason: `is the name of packages.repositories[${names.indexOf(name)}] too`,
              allowed: "a name of its own",
            },
          ],
    ),
  ];
}

function programFaults(
  environment: Pick<Environment, "packages" | "kubernetes">,
  program: "kubelet" | "kubeadm",
  skewOf: typeof kubeletSkew,
): Fault[] {
  const { packages, kubernetes } = environment;
  const name = kubernetesPackages(packages)[program];
  const path = `packages.pins.${name}`;
  const value = packages.pins[name];
  const version = nodeVersion(environment, program);
  if (version === undefined) {
    return [{ path, value, reason: "has no version in it", allowed: kubernetes.version }];
  }
  const skew = skewOf(version, kubernetes.version);
  return skew === undefined
    ? []
    : [
        {
          path,
          value,
          reason: `puts ${program} ${version} beside kubernetes.version ${kubernetes.version}: ${skew.rule} (${SKEW_POLICY})`,
          allowed: skew.allowed,
        },
      ];
}
