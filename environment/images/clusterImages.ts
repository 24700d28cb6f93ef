/** Images of the pods that the stack cluster makes, each by the release that the environment or its table of releases names. */

export const flannelImage = (version: string) => `docker.io/flannel/flannel:v${version}`;

export const kubeRouterImage = (version: string) =>
  `docker.io/cloudnativelabs/kube-router:v${version}`;

export const localPathImage = (version: string) =>
  `docker.io/rancher/local-path-provisioner:v${version}`;

/** Of the pod that makes or removes the folder of a local volume. */
export const LOCAL_PATH_HELPER_IMAGE = "docker.io/library/busybox:1.36";

/** vSphere's CSI driver, for the controller and the nodes. */
export const csiDriverImage = (version: string) => `registry.k8s.io/csi-vsphere/driver:v${version}`;

export const csiSyncerImage = (version: string) => `registry.k8s.io/csi-vsphere/syncer:v${version}`;

/** A sidecar of CSI drivers, or the snapshot controller. */
export const csiSidecarImage = (name: string, version: string) =>
  `registry.k8s.io/sig-storage/${name}:v${version}`;

/**
 * vSphere's cloud controller manager. The project publishes to registry.k8s.io since 1.28; its former registry was deleted, with
 * all older releases in it. A site that stays with one of these has it in its mirror (containerd.registryMirror), under this name.
 * @see https://github.com/kubernetes/cloud-provider-vsphere/blob/v1.36.0/README.md#container-images
 */
export const cloudProviderImage = (version: string) =>
  `registry.k8s.io/cloud-pv-vsphere/cloud-provider-vsphere:v${version}`;
