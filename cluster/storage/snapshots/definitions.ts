import type { types } from "@pulumi/kubernetes";

import {
  date,
  flag,
  mapOf,
  object,
  oneOf,
  ruled,
  type Schema,
  text,
  texts,
} from "../../../kubernetes/openApiSchemas";

/** API group of snapshots. */
export const SNAPSHOT_GROUP = "snapshot.storage.k8s.io";

/** Group and version of snapshots. */
export const SNAPSHOT_API = `${SNAPSHOT_GROUP}/v1`;

/** A kind: metadata and spec of its definition. */
export interface SnapshotDefinition {
  metadata: { name: string; annotations: Record<string, string> };
  spec: types.input.apiextensions.v1.CustomResourceDefinitionSpec;
}

type Column = types.input.apiextensions.v1.CustomResourceColumnDefinition;

interface Kind {
  kind: string;
  plural: string;
  shortNames: string[];
  scope: "Cluster" | "Namespaced";
  /** URL of the kind's approval: the API demands it for a group below k8s.io. */
  approved: string;
  /** Beside metadata. */
  properties: Record<string, Schema>;
  required: string[];
  /** Columns of `kubectl get`: path by name, with the path's type where that is not text. */
  columns: Record<string, string | [path: string, type: Column["type"]]>;
}

const int64: Schema = { type: "integer", format: "int64" };
const size: Schema = { ...int64, minimum: 0 };
const policy = oneOf("Delete", "Retain");
const failure = object({ time: date, message: text });

/** A field that keeps its first value. */
const fixed = (name: string): Record<string, Schema> => ({
  [name]: ruled(text, { [`${name} cannot be changed`]: "self == oldSelf" }),
});

/** An object with exactly one of two fields, both of which keep their first value. */
const either = (one: string, other: string): Schema =>
  ruled(object({ ...fixed(one), ...fixed(other) }), {
    ...Object.fromEntries(
      [one, other].map((name) => [
        `${name} cannot be taken away`,
        `!has(oldSelf.${name}) || has(self.${name})`,
      ]),
    ),
    [`exactly one of ${one} and ${other} is needed`]: `has(self.${one}) != has(self.${other})`,
  });

/** A quantity such as 5Gi, as the API's own type for it. */
const quantity: Schema = {
  type: "string",
  pattern:
    "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
  "x-kubernetes-int-or-string": true,
};

const PULLS = "https://github.com/kubernetes-csi/external-snapshotter/pull";

/**
 * The objects through which people, the snapshot controller and the sidecar of the driver communicate. Fields, types and rules are
 * those of releases 8.2 and 8.4, in which they are equal; 7.0 has the same fields, and a webhook in place of the rules. Descriptions
 * are not carried.
 * @see https://github.com/kubernetes-csi/external-snapshotter/tree/v8.2.0/client/config/crd
 */
const KINDS: Kind[] = [
  {
    kind: "VolumeSnapshot",
    plural: "volumesnapshots",
    shortNames: ["vs"],
    scope: "Namespaced",
    approved: `${PULLS}/814`,
    required: ["spec"],
    properties: {
      spec: object(
        {
          source: either("persistentVolumeClaimName", "volumeSnapshotContentName"),
          volumeSnapshotClassName: ruled(text, {
            "a class has a name": "size(self) > 0",
          }),
        },
        ["source"],
      ),
      status: object({
        ...texts("boundVolumeSnapshotContentName", "volumeGroupSnapshotName"),
        creationTime: date,
        readyToUse: flag,
        restoreSize: quantity,
        error: failure,
      }),
    },
    columns: {
      ReadyToUse: [".status.readyToUse", "boolean"],
      SourcePVC: ".spec.source.persistentVolumeClaimName",
      RestoreSize: ".status.restoreSize",
      SnapshotClass: ".spec.volumeSnapshotClassName",
      SnapshotContent: ".status.boundVolumeSnapshotContentName",
      CreationTime: [".status.creationTime", "date"],
    },
  },
  {
    kind: "VolumeSnapshotClass",
    plural: "volumesnapshotclasses",
    shortNames: ["vsclass", "vsclasses"],
    scope: "Cluster",
    approved: `${PULLS}/814`,
    required: ["driver", "deletionPolicy"],
    properties: { driver: text, deletionPolicy: policy, parameters: mapOf(text) },
    columns: { Driver: ".driver", DeletionPolicy: ".deletionPolicy" },
  },
  {
    kind: "VolumeSnapshotContent",
    plural: "volumesnapshotcontents",
    shortNames: ["vsc", "vscs"],
    scope: "Cluster",
    approved: `${PULLS}/955`,
    required: ["spec"],
    properties: {
      spec: ruled(
        object(
          {
            deletionPolicy: policy,
            driver: text,
            source: either("volumeHandle", "snapshotHandle"),
            ...fixed("sourceVolumeMode"),
            volumeSnapshotClassName: text,
            volumeSnapshotRef: ruled(
              object(
                texts(
                  ...["apiVersion", "fieldPath", "kind", "name"],
                  ...["namespace", "resourceVersion", "uid"],
                ),
                [],
                { "x-kubernetes-map-type": "atomic" },
              ),
              {
                "name and namespace of the snapshot are needed":
                  "has(self.name) && has(self.__namespace__)",
              },
            ),
          },
          ["deletionPolicy", "driver", "source", "volumeSnapshotRef"],
        ),
        {
          "sourceVolumeMode cannot be taken away":
            "!has(oldSelf.sourceVolumeMode) || has(self.sourceVolumeMode)",
        },
      ),
      status: object({
        ...texts("snapshotHandle", "volumeGroupSnapshotHandle"),
        creationTime: int64,
        readyToUse: flag,
        restoreSize: size,
        error: failure,
      }),
    },
    columns: {
      ReadyToUse: [".status.readyToUse", "boolean"],
      RestoreSize: [".status.restoreSize", "integer"],
      DeletionPolicy: ".spec.deletionPolicy",
      Driver: ".spec.driver",
      VolumeSnapshot: ".spec.volumeSnapshotRef.name",
      VolumeSnapshotNamespace: ".spec.volumeSnapshotRef.namespace",
    },
  },
];

/** Definitions of the three kinds. */
export function snapshotDefinitions(): SnapshotDefinition[] {
  return KINDS.map(
    ({ kind, plural, shortNames, scope, approved, properties, required, columns }) => ({
      metadata: {
        name: `${plural}.${SNAPSHOT_GROUP}`,
        annotations: { "api-approved.kubernetes.io": approved },
      },
      spec: {
        group: SNAPSHOT_GROUP,
        scope,
        names: { plural, singular: kind.toLowerCase(), kind, shortNames },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            additionalPrinterColumns: [...Object.entries(columns).map(column), AGE],
            schema: { openAPIV3Schema: object(properties, required) },
            // Only who may write the status writes it.
            ...("status" in properties ? { subresources: { status: {} } } : {}),
          },
        ],
      },
    }),
  );
}

const AGE: Column = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

function column([name, of]: [string, Kind["columns"][string]]): Column {
  const [jsonPath, type] = typeof of === "string" ? [of, "string"] : of;
  return { name, type, jsonPath };
}
