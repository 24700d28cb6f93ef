import { COMPONENTS, type Component, type EndOfLife } from "./components";

/** An environment that has another release than the table of components, on purpose. */
export interface Difference {
  name: Component["name"];
  stack: string;
  version: string;
  reason: string;
  /** Of that other release. */
  endOfLife: EndOfLife;
}

const photon =
  "its packages come from PhotonOS' own repositories, and these end with Kubernetes 1.27";

/** Every release in which an environment of this repository parts from the table. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: "Kubernetes",
    stack: "prd",
    version: "1.27.16",
    reason: photon,
    endOfLife: { day: "2024-06-28", source: "endoflife.date/kubernetes" },
  },
  {
    name: "cloud provider vSphere",
    stack: "prd",
    version: "1.27.0",
    reason: photon,
    endOfLife: { day: "unknown", source: "one release for each minor version of Kubernetes" },
  },
  {
    name: "pause",
    stack: "prd",
    version: "registry.k8s.io/pause:3.9",
    reason: photon,
    endOfLife: { day: "unknown", source: "as long as a kubeadm in use names it" },
  },
  {
    name: "vSphere CSI driver",
    stack: "prd",
    version: "3.2.0",
    reason: photon,
    endOfLife: { day: "unknown", source: "no day is named; 3.2 goes with Kubernetes 1.27 to 1.29" },
  },
];

/** The table of components with what one environment is to have in place of some rows. */
export function componentsOf(stack: string): Component[] {
  return COMPONENTS.map((component) => {
    const other = DIFFERENCES.find((one) => one.name === component.name && one.stack === stack);
    return other === undefined
      ? component
      : {
          ...component,
          version: other.version,
          endOfLife: other.endOfLife,
          seen: `Pulumi.${stack}.yaml: ${other.reason}`,
        };
  });
}
