import { dataKept } from "../../../policies/rules/data";
import { disruptionBudget } from "../../../policies/rules/disruption";
import type { Resource } from "../../../policies/resource";
import { DEPLOYMENT, deployment, made, podSpec } from "./made";
import { testPolicy } from "./testPolicy";

const SET = "kubernetes:apps/v1:StatefulSet";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const metadata = { name: "data", namespace: "home" };
const VOLUME = "kubernetes:core/v1:PersistentVolume";
const claim = (
  storageClassName: unknown,
  rest: Partial<Resource> & { environment?: string } = {},
) => made(CLAIM, { metadata, spec: { storageClassName } }, rest);
const servers = (whenDeleted: string, storageClassName: string) =>
  made(SET, {
    metadata,
    spec: {
      persistentVolumeClaimRetentionPolicy: { whenDeleted },
      volumeClaimTemplates: [{ spec: { storageClassName } }],
    },
  });
const budget = (namespace: string, app: string) =>
  made("kubernetes:policy/v1:PodDisruptionBudget", {
    metadata: { name: "thing", namespace },
    spec: { selector: { matchLabels: { app } } },
  });
const two = made(DEPLOYMENT, deployment(podSpec(), { replicas: 2 }));

testPolicy(disruptionBudget, {
  fires: [
    ["none", [two], /Deployment thing has several pods/],
    ["one of other pods", [two, budget("home", "other")], /thing/],
    ["one of another namespace", [two, budget("elsewhere", "thing")], /thing/],
  ],
  silent: [
    ["one of its own", [two, budget("home", "thing")]],
    ["a single pod", [made(DEPLOYMENT, deployment())]],
  ],
});

testPolicy(dataKept, {
  fires: [
    ["a claim", [claim("vsphere-dts-ssd")], /PersistentVolumeClaim data its data would go/],
    [
      "claims that end with their servers",
      [servers("Delete", "vsphere-dts-ssd")],
      /StatefulSet data/,
    ],
    [
      "a volume that is deleted",
      [made(VOLUME, { metadata, spec: { persistentVolumeReclaimPolicy: "Delete" } })],
      /PersistentVolume data/,
    ],
  ],
  silent: [
    ["a protected claim", [claim("vsphere-dts-ssd", { protect: true })]],
    ["a class that retains", [claim("vsphere-dts-ssd-retain")]],
    ["claims that stay", [servers("Retain", "vsphere-dts-ssd")]],
    [
      "a volume of its own that is retained",
      [
        claim(""),
        made(VOLUME, { spec: { persistentVolumeReclaimPolicy: "Retain", claimRef: metadata } }),
      ],
    ],
    ["another environment", [claim("vsphere-dts-ssd", { environment: "dev" })]],
  ],
});
