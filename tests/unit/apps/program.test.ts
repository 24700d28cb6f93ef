import * as pulumi from "@pulumi/pulumi";

import program from "../../../apps/index";
import { appsContract, type Cluster } from "../../../environment/contracts";
import { workloads } from "../../../environment/workloads";
import { rawSite, site } from "../environment/site";
import { mockSite, valueOf, type Registered } from "../mocks";

const cluster: Cluster = {
  clusterName: "devk8sclu",
  apiServer: "https://172.30.10.45:6443",
  kubernetesVersion: "1.36.3",
  cni: "flannel",
  caCertificate: "CA\n",
  namespaces: ["devsyslan", "dev-lan-coolcorp"],
  storageClasses: [],
};

/** Runs the program as the engine does. */
async function run() {
  const registered = await mockSite({
    project: "apps",
    stack: "dev",
    config: {
      ...Object.fromEntries(
        Object.entries(rawSite("dev")).map(([key, value]) => [`site:${key}`, value]),
      ),
      "vsphere:password": "secret",
    },
    outputs: {
      "pulumi:pulumi:StackReference": () => ({
        outputs: { cluster, kubeconfig: "kubeconfig" },
        secretOutputNames: ["kubeconfig"],
      }),
      "tls:index/privateKey:PrivateKey": ({ name }) => ({ privateKeyPem: `key ${name}\n` }),
      "tls:index/certRequest:CertRequest": ({ name }) => ({ certRequestPem: `request ${name}\n` }),
      "tls:index/selfSignedCert:SelfSignedCert": () => ({ certPem: "CA certificate\n" }),
      "tls:index/locallySignedCert:LocallySignedCert": () => ({ certPem: "certificate\n" }),
    },
  });
  const { apps } = await program();
  const value = await valueOf(apps);
  await pulumi.runtime.disconnect();
  return { registered, value };
}

const ofType = (registered: Registered[], type: string) =>
  registered.filter((one) => one.type === type).map(({ inputs }) => inputs);

test("the outputs keep the contract", async () => {
  const { value } = await run();
  expect(appsContract.parse(value)).toEqual({
    urls: [{ name: "whoami", url: "https://whoami.inf.dev.k8s.coolcorp.test/" }],
    ingressCaCertificate: "CA certificate\n",
  });
});

test("every pod runs on LAN workers, as level restricted asks, without an unbounded container", async () => {
  const { registered } = await run();
  const deployments = ofType(registered, "kubernetes:apps/v1:Deployment");
  expect(deployments.map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual(
    expect.arrayContaining([
      ["devsyslan", "traefik"],
      ["dev-lan-coolcorp", "whoami"],
    ]),
  );
  expect(deployments).toHaveLength(2);
  for (const { spec } of deployments) {
    const pod = spec.template.spec;
    expect(spec.replicas).toBe(2);
    expect(pod.nodeSelector).toEqual({
      arch: "x86",
      net: "lan",
      "node-role.kubernetes.io/worker": "",
    });
    expect(pod).not.toHaveProperty("tolerations");
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(pod.topologySpreadConstraints).toHaveLength(1);
    for (const container of pod.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(container.resources.limits.memory).toBeDefined();
      expect(container.readinessProbe).toBeDefined();
    }
  }
});

test("the load balancer finds Traefik at the environment's node ports", async () => {
  const { registered } = await run();
  const service = ofType(registered, "kubernetes:core/v1:Service").find(
    ({ metadata }) => metadata.name === "traefik",
  );
  expect(service?.["spec"]).toEqual({
    type: "NodePort",
    selector: { app: "traefik" },
    ports: [
      { name: "web", port: 80, targetPort: "web", nodePort: 30080 },
      { name: "websecure", port: 443, targetPort: "websecure", nodePort: 30443 },
    ],
  });
});

test("Traefik reads Secrets in the namespaces it serves and nowhere else", async () => {
  const { registered } = await run();
  const [clusterRole] = ofType(registered, "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole");
  expect(JSON.stringify(clusterRole)).not.toContain("secrets");
  const roles = ofType(registered, "kubernetes:rbac.authorization.k8s.io/v1:Role");
  expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(["dev-lan-coolcorp"]);
});

test("the certificate is a wildcard by the site's own CA, renewed 30 days before its end", async () => {
  const { registered } = await run();
  const [request] = ofType(registered, "tls:index/certRequest:CertRequest");
  expect(request).toMatchObject({ dnsNames: ["*.inf.dev.k8s.coolcorp.test"] });
  const [certificate] = ofType(registered, "tls:index/locallySignedCert:LocallySignedCert");
  expect(certificate).toMatchObject({
    caCertPem: "CA certificate\n",
    validityPeriodHours: 8760,
    earlyRenewalHours: 720,
    allowedUses: ["digital_signature", "server_auth"],
  });
  expect(certificate).not.toHaveProperty("isCaCertificate");
});

test("Traefik is reached at its two ports, and reaches the API servers and what it serves", async () => {
  const { registered } = await run();
  const policy = ofType(registered, "kubernetes:networking.k8s.io/v1:NetworkPolicy").find(
    ({ metadata }) => metadata.name === "traefik",
  );
  expect(policy?.["spec"]).toEqual({
    podSelector: { matchLabels: { app: "traefik" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ ports: [{ port: 8000 }, { port: 8443 }] }],
    egress: [
      { to: [{ ipBlock: { cidr: "172.30.10.56/32" } }], ports: [{ port: 6443 }] },
      {
        to: [
          {
            namespaceSelector: {
              matchLabels: { "kubernetes.io/metadata.name": "dev-lan-coolcorp" },
            },
          },
        ],
      },
    ],
  });
});

test("pods ask for what the checks of quotas add up, and updates make no more pods than they count", async () => {
  const { registered } = await run();
  const deployments = ofType(registered, "kubernetes:apps/v1:Deployment");
  const room = workloads(site("dev").apps).map(
    ({ app, namespace, replicas, surge, containers }) => ({
      name: app === "ingress" ? "traefik" : app,
      namespace,
      replicas,
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxUnavailable: 0, maxSurge: surge },
      },
      resources: containers,
    }),
  );
  const asked = deployments.map(({ metadata: { name, namespace }, spec }) => ({
    name,
    namespace,
    replicas: spec.replicas,
    strategy: spec.strategy,
    resources: (spec.template.spec.containers as { resources: unknown }[]).map(
      ({ resources }) => resources,
    ),
  }));
  expect(asked).toHaveLength(room.length);
  expect(asked).toEqual(expect.arrayContaining(room));
});

test("whoami is reached by Traefik only, calls nobody, and has no token of the API", async () => {
  const { registered } = await run();
  const policy = ofType(registered, "kubernetes:networking.k8s.io/v1:NetworkPolicy").find(
    ({ metadata }) => metadata.name === "whoami",
  );
  expect(policy?.["spec"]).toEqual({
    podSelector: { matchLabels: { app: "whoami" } },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "devsyslan" } },
            podSelector: { matchLabels: { app: "traefik" } },
          },
        ],
        ports: [{ port: 8080 }],
      },
    ],
    egress: [],
  });
  const pods = ofType(registered, "kubernetes:apps/v1:Deployment").find(
    ({ metadata }) => metadata.name === "whoami",
  );
  expect(pods?.["spec"].template.spec.automountServiceAccountToken).toBe(false);
});
