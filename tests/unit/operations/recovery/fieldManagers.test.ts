import { FIELD_MANAGER } from "../../../../kubernetes/fieldManager";
import type { KubernetesObject, ManagedFields } from "../../../../kubernetes/kubectl";
import type { ExportedStack } from "../../../../operations/engine/exportedStack";
import {
  objectsToLookAt,
  takenOver,
  takeOverFields,
} from "../../../../operations/recovery/fieldManagers";

const MADE_UP = "pulumi-kubernetes-0a1b2c3d";
const OTHER_RUN = "pulumi-kubernetes-deadbeef";

beforeEach(() => jest.spyOn(console, "log").mockImplementation());
afterEach(() => jest.restoreAllMocks());

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "page", namespace: "web" },
};
const urn = (name: string) =>
  `urn:pulumi:dev::sitewright-apps::kubernetes:apps/v1:Deployment::${name}`;
const type = "kubernetes:apps/v1:Deployment";

const stack = (deploymentState: ExportedStack["deployment"]): ExportedStack => ({
  version: 3,
  deployment: deploymentState,
});
const inState = (manager: string) => ({
  urn: urn("page"),
  type,
  inputs: deployment,
  outputs: { __fieldManager: manager },
});
const beingCreated = {
  type: "creating",
  resource: { urn: urn("page"), type, inputs: deployment },
};

const apply = (manager: string, fieldsV1: Record<string, unknown>): ManagedFields => ({
  manager,
  operation: "Apply",
  apiVersion: "apps/v1",
  fieldsV1,
});

test.each([
  ["a state without objects", {}],
  ["objects that are ours", { resources: [inState(FIELD_MANAGER)] }],
  [
    "an update that was being changed",
    { pending_operations: [{ ...beingCreated, type: "updating" }] },
  ],
])("%s: there is nothing to look at", (_, state) => {
  expect(objectsToLookAt(state)).toEqual([]);
});

test.each([
  ["of older programs", { resources: [inState(MADE_UP)] }],
  [
    "whose update has failed",
    { resources: [{ ...inState(FIELD_MANAGER), initErrors: ["conflict"] }] },
  ],
  ["that was being created", { pending_operations: [beingCreated] }],
])("an object %s is looked at, by the kind's version and group", (_, state) => {
  expect(objectsToLookAt(state)).toEqual([
    { kind: "Deployment.v1.apps", namespace: "web", name: "page" },
  ]);
});

test("made-up owners become one, and what the others own stays theirs", () => {
  const scaler: ManagedFields = {
    manager: "kubectl",
    operation: "Update",
    fieldsV1: { "f:spec": { "f:replicas": {} } },
  };
  const list = [
    apply(MADE_UP, { "f:spec": { "f:template": { "f:a": {} } } }),
    scaler,
    apply(OTHER_RUN, { "f:spec": { "f:template": { "f:b": {} }, "f:selector": {} } }),
  ];
  expect(takenOver(list)).toEqual([
    apply(FIELD_MANAGER, {
      "f:spec": { "f:template": { "f:a": {}, "f:b": {} }, "f:selector": {} },
    }),
    scaler,
  ]);
});

test("what was applied and what was put are two owners of one name for the API server, and stay two", () => {
  const put = { ...apply(MADE_UP, { "f:spec": {} }), operation: "Update" };
  expect(takenOver([apply(MADE_UP, { "f:metadata": {} }), put])).toHaveLength(2);
});

/** A cluster of these objects; notes which lists of owners are replaced. */
function cluster(objects: KubernetesObject[]) {
  const replaced: string[] = [];
  return {
    replaced,
    listKind: () => Promise.resolve(objects),
    find: <T>() => Promise.resolve(objects[0] as T),
    patch: (_: string, { name }: { name: string }, patch: object) => {
      replaced.push(`${name}: ${(patch as { value: ManagedFields[] }[])[0].value[0].manager}`);
      return Promise.resolve();
    },
  };
}
const owned = (manager: string): KubernetesObject => ({
  ...deployment,
  metadata: { ...deployment.metadata, managedFields: [apply(manager, {})] },
});

test("an object with a made-up owner is taken over", async () => {
  const api = cluster([owned(MADE_UP)]);
  await takeOverFields(() => Promise.resolve(api), stack({ resources: [inState(MADE_UP)] }));
  expect(api.replaced).toEqual([`page: ${FIELD_MANAGER}`]);
});

test.each([
  ["an operator's", owned("argocd-controller")],
  ["another program's of the same kind", { ...owned(MADE_UP), metadata: { name: "theirs" } }],
])("%s object stays as it is", async (_, object) => {
  const api = cluster([object]);
  await takeOverFields(() => Promise.resolve(api), stack({ pending_operations: [beingCreated] }));
  expect(api.replaced).toEqual([]);
});
