import { readFileSync } from "node:fs";
import { join } from "node:path";

import { committedObjects } from "../committedObjects";

const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" } };
const text = "a long text\n";

/** A component with an object, a component within it, and something that is no object. */
const graph = `
- resource: app (App)
  type: sitewright:apps:App
  inputs: {}
- resource: app-key (PrivateKey)
  type: tls:index/privateKey:PrivateKey
  parent: app (App)
  inputs: {}
- resource: app-service (Service)
  type: kubernetes:core/v1:Service
  parent: app (App)
  inputs: ${JSON.stringify(service)}
- resource: app-files (Files)
  type: sitewright:apps:Files
  parent: app (App)
  inputs: {}
- resource: other-files (ConfigMap)
  type: kubernetes:core/v1:ConfigMap
  parent: other (App)
  inputs: { kind: ConfigMap, metadata: { name: other }, data: { file: &text ${JSON.stringify(text)} } }
- resource: app-files-map (ConfigMap)
  type: kubernetes:core/v1:ConfigMap
  parent: app-files (Files)
  inputs: { kind: ConfigMap, metadata: { name: map }, data: { file: *text } }
`;

test("a component's objects are found at any depth, whole, and no other's", () => {
  expect(committedObjects(graph, "app (App)")).toEqual([
    service,
    { kind: "ConfigMap", metadata: { name: "map" }, data: { file: text } },
  ]);
});

test("a component that is not there, or has no objects, is an error", () => {
  expect(() => committedObjects(graph, "web (App)")).toThrow("no objects of web (App)");
  expect(() => committedObjects(graph, "app-key (PrivateKey)")).toThrow("no objects");
});

/** What the end-to-end tests put to an API server. */
test.each([
  ["cluster", "pod-network-antrea (Antrea)", ["DaemonSet", "Deployment", "APIService"]],
  ["apps", "dashboard (Dashboard)", ["Deployment", "ClusterRoleBinding", "IngressRoute"]],
])("the graph of %s in prd has %s, without a masked secret", (project, component, kinds) => {
  const path = join(__dirname, "..", "goldens", "prd", `${project}.yaml`);
  const objects = committedObjects(readFileSync(path, "utf8"), component);
  expect(objects.map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
  expect(JSON.stringify(objects)).not.toContain("(secret)");
});
