import { stringify } from "yaml";

import { workloadLabels } from "../../../policies/rules/names";
import { diskBounded, resourcesSet } from "../../../policies/rules/podResources";
import { nonRoot, privileges, readOnlyRoot } from "../../../policies/rules/podSecurity";
import type { Resource } from "../../../policies/resource";
import { DEPLOYMENT, deployment, made, podSpec } from "./made";
import { testPolicy } from "./testPolicy";

const metadata = { name: "data", namespace: "home" };
const pod = (container: object, spec: object = {}): Resource[] => [
  made(DEPLOYMENT, deployment(podSpec({ ...container }, { ...spec }))),
];
const manifest = (securityContext: object) =>
  made("kubernetes:core/v1:ConfigMap", {
    metadata,
    data: {
      "pod.yaml": stringify({ kind: "Pod", spec: podSpec({}, { securityContext }) }),
      "notes.txt": "kind: of\nno: [manifest",
    },
  });

testPolicy(nonRoot, {
  fires: [
    ["nothing said", pod({}, { securityContext: {} }), /main may run as root/],
    ["root by number", pod({}, { securityContext: { runAsNonRoot: true, runAsUser: 0 } }), /main/],
    ["a container against its pod", pod({ securityContext: { runAsNonRoot: false } }), /main/],
    ["a pod in a file", [manifest({})], /main/],
    [
      "a CronJob",
      [
        made("kubernetes:batch/v1:CronJob", {
          spec: {
            jobTemplate: { spec: { template: { spec: podSpec({}, { securityContext: {} }) } } },
          },
        }),
      ],
      /main/,
    ],
  ],
  silent: [
    ["what the pod says", pod({})],
    [
      "what the container says",
      pod({ securityContext: { runAsNonRoot: true } }, { securityContext: {} }),
    ],
    ["a pod in a file", [manifest({ runAsNonRoot: true })]],
    [
      "a patch of a foreign workload",
      [made("kubernetes:apps/v1:DeploymentPatch", deployment({ containers: [{ name: "c" }] }))],
    ],
  ],
});

testPolicy(readOnlyRoot, {
  fires: [
    ["nothing said", pod({ securityContext: {} }), /main may change its own programs/],
    [
      "a pod's word, which Kubernetes does not know",
      pod({}, { securityContext: { readOnlyRootFilesystem: true } }),
      /main/,
    ],
    ["no", pod({ securityContext: { readOnlyRootFilesystem: false } }), /main/],
    [
      "a container that prepares its pod",
      pod(
        { securityContext: { readOnlyRootFilesystem: true } },
        { initContainers: [{ name: "first" }] },
      ),
      /first/,
    ],
  ],
  silent: [["what the container says", pod({ securityContext: { readOnlyRootFilesystem: true } })]],
});

testPolicy(privileges, {
  fires: [
    ["all", pod({ securityContext: { privileged: true } }), /main may have all privileges/],
    [
      "a capability",
      pod({
        securityContext: { allowPrivilegeEscalation: false, capabilities: { add: ["SYS_TIME"] } },
      }),
      /SYS_TIME/,
    ],
    ["escalation", pod({ securityContext: {} }), /more privileges than it starts with/],
    ["the node's network", pod({}, { hostNetwork: true }), /network/],
    ["the node's processes", pod({}, { hostPID: true }), /processes/],
    ["the node's shared memory", pod({}, { hostIPC: true }), /shared memory/],
    [
      "the node's files",
      pod({}, { volumes: [{ name: "v", hostPath: { path: "/etc" } }] }),
      /\/etc/,
    ],
  ],
  silent: [
    [
      "none",
      pod({
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      }),
    ],
    ["volumes of its own", pod({}, { volumes: [{ name: "v", emptyDir: {} }] })],
  ],
});

testPolicy(diskBounded, {
  fires: [
    [
      "nothing said of disk",
      pod({}),
      /main has no requests.ephemeral-storage, limits.ephemeral-storage/,
    ],
    [
      "no limit",
      pod({ resources: { requests: { "ephemeral-storage": "1Mi" } } }),
      /main has no limits.ephemeral-storage: /,
    ],
  ],
  silent: [
    [
      "both",
      pod({
        resources: {
          requests: { "ephemeral-storage": "1Mi" },
          limits: { "ephemeral-storage": "2Mi" },
        },
      }),
    ],
  ],
});

testPolicy(resourcesSet, {
  fires: [
    ["none", pod({ resources: {} }), /requests\.cpu, requests\.memory, limits\.memory/],
    [
      "no limit",
      pod({ resources: { requests: { cpu: "1", memory: "1Mi" } } }),
      /no limits\.memory/,
    ],
  ],
  silent: [["all", pod({})]],
});

testPolicy(workloadLabels, {
  fires: [
    [
      "a workload without",
      [made(DEPLOYMENT, { ...deployment(), metadata: { name: "thing", namespace: "home" } })],
      /missing on Deployment/,
    ],
    [
      "pods with another",
      [
        made(
          DEPLOYMENT,
          deployment(podSpec(), { template: { metadata: { labels: { app: "b" } }, spec: {} } }),
        ),
      ],
      /is thing on Deployment and b on its pods/,
    ],
  ],
  silent: [
    ["the same on both", [made(DEPLOYMENT, deployment())]],
    ["a manifest for another program", [manifest({})]],
  ],
});
