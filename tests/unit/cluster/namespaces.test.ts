import { rawSite, site } from "../environment/site";
import { committed, named, ofType, run } from "./run";

test("namespaces carry their level of pod security, classes what the environment says", async () => {
  const { registered } = await committed();
  const namespaces = ofType(registered, "kubernetes:core/v1:Namespace").filter(({ name }) =>
    name.startsWith("namespace-"),
  );
  expect(namespaces.map(({ inputs }) => inputs["metadata"].name)).toEqual([
    "devsyslan",
    "dev-lan-coolcorp",
    "dev-dmz-coolcorp",
    "dev-lan-routes",
  ]);
  expect(namespaces[0]!.inputs["metadata"].labels).toEqual({
    environment: "dev",
    category: "sys",
    zone: "lan",
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
  });
  const defaults = ofType(registered, "kubernetes:storage.k8s.io/v1:StorageClass").map(
    ({ inputs }) => [
      inputs["metadata"].name,
      inputs["metadata"].annotations["storageclass.kubernetes.io/is-default-class"],
    ],
  );
  expect(defaults).toEqual([
    ["vsphere-dts-ssd", "true"],
    ["vsphere-dts-nfs", "false"],
    ["vsphere-dts-ssd-retain", "false"],
  ]);
});

test("nothing enters or leaves a namespace but questions to CoreDNS", async () => {
  const { registered } = await committed();
  const policies = ofType(registered, "kubernetes:networking.k8s.io/v1:NetworkPolicy").map(
    ({ inputs }) => inputs,
  );
  const homes = site("dev").namespaces.map(({ name }) => name);
  expect(policies.filter(({ metadata }) => homes.includes(metadata.namespace))).toHaveLength(
    2 * homes.length,
  );
  for (const namespace of homes) {
    expect(policies.filter(({ metadata }) => metadata.namespace === namespace)).toEqual([
      expect.objectContaining({
        metadata: expect.objectContaining({ name: "default-deny", namespace }) as unknown,
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      }),
      expect.objectContaining({
        metadata: expect.objectContaining({ name: "allow-dns", namespace }) as unknown,
        spec: {
          podSelector: {},
          policyTypes: ["Egress"],
          egress: [
            {
              to: [
                {
                  namespaceSelector: {
                    matchLabels: { "kubernetes.io/metadata.name": "kube-system" },
                  },
                  podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
                },
              ],
              ports: [
                { protocol: "UDP", port: 53 },
                { protocol: "TCP", port: 53 },
              ],
            },
          ],
        },
      }),
    ]);
  }
});

test("a namespace has the quota and the limits the environment says", async () => {
  const { registered } = await committed();
  const of = (type: string) =>
    named(registered, `namespace-devsyslan-${type}`).inputs as Record<string, unknown>;
  expect(of("quota")).toMatchObject({
    metadata: { name: "namespace", namespace: "devsyslan" },
    spec: {
      hard: {
        "requests.cpu": "2",
        "requests.memory": "2Gi",
        "requests.ephemeral-storage": "2Gi",
        "limits.cpu": "8",
        "limits.memory": "4Gi",
        "limits.ephemeral-storage": "10Gi",
        pods: "30",
        persistentvolumeclaims: "10",
      },
    },
  });
  expect(of("limits")).toMatchObject({
    metadata: { name: "namespace", namespace: "devsyslan" },
    spec: {
      limits: [
        {
          type: "Container",
          default: { cpu: "500m", memory: "128Mi", "ephemeral-storage": "512Mi" },
          defaultRequest: { cpu: "20m", memory: "64Mi", "ephemeral-storage": "16Mi" },
          max: { cpu: "2", memory: "1Gi", "ephemeral-storage": "2Gi" },
        },
      ],
    },
  });
});

test("without quota and limits there are no such objects, and the namespace is closed all the same", async () => {
  const raw = rawSite("dev");
  delete raw["namespaces"][2].quota;
  delete raw["namespaces"][2].limits;
  const { registered } = await run({ raw });
  const names = registered.map(({ name }) => name);
  const own = names.filter((name) => name.startsWith("namespace-dev-dmz-coolcorp"));
  expect(own).toEqual([
    "namespace-dev-dmz-coolcorp",
    "namespace-dev-dmz-coolcorp-default-deny",
    "namespace-dev-dmz-coolcorp-allow-dns",
  ]);
});

test("a namespace that allows more says why", async () => {
  const raw = rawSite("dev");
  Object.assign(raw["namespaces"][2], {
    podSecurity: "privileged",
    podSecurityReason: "its agent reads the node's files",
  });
  const { registered } = await run({ raw });
  expect(named(registered, "namespace-dev-dmz-coolcorp").inputs["metadata"]).toMatchObject({
    labels: { "pod-security.kubernetes.io/enforce": "privileged" },
    annotations: { "sitewright/pod-security-reason": "its agent reads the node's files" },
  });
});
