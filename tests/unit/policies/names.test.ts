import { explicitNames } from "../../../policies/rules/names";
import { UNKNOWN } from "../../../policies/resource";
import { made } from "./made";
import { testPolicy } from "./testPolicy";

const metadata = { name: "data", namespace: "home" };

testPolicy(explicitNames, {
  fires: [
    [
      "an object without a name",
      [made("kubernetes:core/v1:Service", { metadata: { namespace: "a" } })],
      /no name/,
    ],
    [
      "a name that DNS refuses",
      [made("kubernetes:core/v1:Service", { metadata: { name: "A_b", namespace: "a" } })],
      /A_b/,
    ],
    [
      "no namespace",
      [made("kubernetes:core/v1:Service", { metadata: { name: "a" } })],
      /namespace default/,
    ],
    [
      "the namespace default",
      [made("kubernetes:core/v1:Service", { metadata: { name: "a", namespace: "default" } })],
      /default/,
    ],
    [
      "a machine",
      [made("vsphere:index/virtualMachine:VirtualMachine", { name: "node 1" })],
      /host name/,
    ],
  ],
  silent: [
    ["an object", [made("kubernetes:core/v1:Service", { metadata })]],
    [
      "what belongs to no namespace",
      [made("kubernetes:core/v1:Namespace", { metadata: { name: "home" } })],
    ],
    [
      "a role with a colon",
      [
        made("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", {
          metadata: { name: "a:b" },
        }),
      ],
    ],
    [
      "names that are not known yet",
      [made("kubernetes:core/v1:Service", { metadata: { name: UNKNOWN, namespace: UNKNOWN } })],
    ],
    ["a machine", [made("vsphere:index/virtualMachine:VirtualMachine", { name: "node-1" })]],
  ],
});
