import { stringify } from "yaml";

import { script } from "../../../lib/bash";

/** What the provisioner's files depend on. */
export interface LocalPathFilesArgs {
  /** Folder on the nodes. */
  path: string;
  /** Image of the pod. */
  helperImage: string;
}

/**
 * The files of the provisioner: where folders are made, how, and by what pod. The names are those the provisioner looks for.
 * @see https://github.com/rancher/local-path-provisioner/blob/v0.0.30/provisioner.go
 */
export function localPathFiles({ path, helperImage }: LocalPathFilesArgs) {
  return {
    "config.json": JSON.stringify({
      nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [path] }],
    }),
    "helperPod.yaml": stringify(helperPod(helperImage)),
    // Owned by root, as the file system of a new disk is. The pod's fsGroup decides who else may write.
    setup: script("set -eu", 'mkdir -m 0750 -p "$VOL_DIR"'),
    teardown: script("set -eu", onlyVolumes, 'rm -rf "$VOL_DIR"'),
  };
}

/** Folders are named after the volume, and volumes that were made on demand after their claim: pvc-<uid>_<namespace>_<claim>. */
const onlyVolumes = `case "\${VOL_DIR##*/}" in
  pvc-?*) ;;
  *) echo "not removed, because this provisioner makes no folder of such a name: $VOL_DIR" >&2; exit 1 ;;
esac`;

const HELPER = "helper-pod";

/**
 * The pod that makes or removes one folder. The provisioner adds the node, a toleration of every taint, the folder above the
 * volumes as a hostPath, the scripts and the command. It runs as root, because the node's folder is root's. Of root's
 * capabilities it keeps the two with which it removes what other users have left in a volume.
 */
const helperPod = (image: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: HELPER },
  spec: {
    priorityClassName: "system-node-critical",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        // The provisioner asks for the log of the container of this name.
        name: HELPER,
        image,
        resources: {
          requests: { cpu: "10m", memory: "16Mi" },
          limits: { cpu: "500m", memory: "64Mi" },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"], add: ["DAC_OVERRIDE", "FOWNER"] },
        },
      },
    ],
  },
});
