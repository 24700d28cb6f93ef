import { stringify } from "smol-toml";

import type { Environment } from "../../environment/schema";
import { cgroupDriver } from "./kubelet";

/** Folder in which containerd looks up where the images of each registry come from. */
export const REGISTRY_CONFIG_PATH = "/etc/containerd/certs.d";

/** Key of the CRI plugin in a configuration of version 2, which containerd 1.6 writes and 2.x still reads. */
const CRI = "io.containerd.grpc.v1.cri";

/**
 * containerd's config.toml. It has only what differs from containerd's defaults.
 *
 * The cgroup driver must be the kubelet's: with two drivers a machine has two views of its memory.
 * @see https://kubernetes.io/docs/setup/production-environment/container-runtimes/#containerd
 */
export function containerdConfig({
  containerd,
  kubernetes,
}: Pick<Environment, "containerd" | "kubernetes">): string {
  return stringify({
    version: 2,
    plugins: {
      [CRI]: {
        sandbox_image: containerd.sandboxImage,
        restrict_oom_score_adj: containerd.restrictOomScoreAdj,
        containerd: {
          runtimes: {
            runc: {
              runtime_type: "io.containerd.runc.v2",
              options: { SystemdCgroup: cgroupDriver(kubernetes) === "systemd" },
            },
          },
        },
        registry: { config_path: REGISTRY_CONFIG_PATH },
      },
    },
  });
}

/**
 * hosts.toml of the folder `_default`: the mirror is asked for every image of every registry first, then the image's own
 * registry. Undefined when the environment has no mirror.
 */
export function registryMirrorHosts({
  registryMirror,
}: Environment["containerd"]): string | undefined {
  return registryMirror === undefined
    ? undefined
    : stringify({ host: { [registryMirror]: { capabilities: ["pull", "resolve"] } } });
}
