import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import program from "../../../apps";
import { appsContract, backupKeysContract, type Cluster } from "../../../environment/contracts";
import type { Workload } from "../../../environment/applications/workloads";
import { passwords, rawSite, site } from "../environment/site";
import { mockSite, type Registered, valueOf } from "../mocks";
import { providers } from "./objects";

jest.mock("../../../apps/ingress/crdManifest", () => ({
  crdManifest: () => readFileSync(join(__dirname, "fixtures", "traefik-crds.yaml"), "utf8"),
}));

const cluster: Cluster = {
  clusterName: "devk8sclu",
  apiServer: "https://172.30.10.45:6443",
  kubernetesVersion: "1.36.3",
  cni: "flannel",
  caCertificate: "CA\n",
  namespaces: site("dev").namespaces.map(({ name }) => name),
  storageClasses: site("dev").storageClasses.map(({ name }) => name),
  images: [],
};

/** Runs the program as the engine does, with these applications and no others. */
async function run(there = cluster, apps: object = rawSite("dev")["apps"]) {
  const registered = await mockSite({
    project: "apps",
    stack: "dev",
    config: {
      ...Object.fromEntries(
        Object.entries({ ...rawSite("dev"), apps }).map(([key, value]) => [`site:${key}`, value]),
      ),
      ...passwords,
    },
    outputs: {
      "pulumi:pulumi:StackReference": () => ({
        outputs: { cluster: there, kubeconfig: "kubeconfig" },
        secretOutputNames: ["kubeconfig"],
      }),
      ...providers,
    },
  });
  const outputs = await program();
  const value = await valueOf(outputs.apps);
  const credentials = await valueOf(outputs.credentials);
  const backupKeys = await valueOf(outputs.backupKeys);
  const areSecret = await pulumi.isSecret(outputs.backupKeys);
  await pulumi.runtime.disconnect();
  return { registered, value, credentials, backupKeys, areSecret };
}

const ofType = (registered: Registered[], type: string) =>
  registered.filter((one) => one.type === type).map(({ inputs }) => inputs);

/** The program with every application, run once. */
let whole: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
  whole = await run();
});

test("the outputs keep the contract", () => {
  const { value } = whole;
  const { urls, ingressCaCertificate, internalCertificates } = appsContract.parse(value);
  expect(ingressCaCertificate).toBe("CA certificate\n");
  expect(internalCertificates.map(({ name }) => name)).toEqual([
    "Consul's CA",
    "Consul's servers",
    "Consul's tasks",
    "Traefik as a client of Consul",
  ]);
  expect(Object.fromEntries(urls.map(({ name, url }) => [name, url]))).toMatchObject({
    whoami: "https://whoami.inf.dev.k8s.coolcorp.test/",
    outpost: "https://outpost.inf.dev.k8s.coolcorp.test/",
    confluence: "https://confluence.inf.dev.k8s.coolcorp.test/",
    "confluence, public": "https://confluence.coolcorp.test/",
    "confluence's database": "https://confluencedb.inf.dev.k8s.coolcorp.test/",
    dashboard: "https://dashboard.inf.dev.k8s.coolcorp.test/",
    traefik: "https://traefik.inf.dev.k8s.coolcorp.test/",
    consul: "https://consul-traefik-lan.inf.dev.k8s.coolcorp.test/",
  });
});

test("what opens the backups is a secret output, and has every application that is saved", () => {
  const { value, backupKeys, areSecret } = whole;
  expect(areSecret).toBe(true);
  expect(backupKeysContract.parse(backupKeys)).toContainEqual({
    app: "confluence",
    privateKey: "key confluence-backup-tasks-key\n",
    signer: "public confluence-backup-tasks-signing-key\n",
  });
  expect(backupKeys.map(({ app }) => app)).toEqual(
    appsContract.parse(value).backups.map(({ app }) => app),
  );
});

test("every URL names the Deployment or StatefulSet whose pods answer there", () => {
  const { value, registered } = whole;
  const named = appsContract.parse(value).urls.map(({ name, workload }) => [name, workload]);
  expect(Object.fromEntries(named)).toMatchObject({
    consul: { kind: "StatefulSet", namespace: "devsyslan", name: "consul" },
    "confluence's database": { kind: "StatefulSet", name: "sts-confluencedb" },
  });
  const made = registered
    .filter(({ type }) => /:(Deployment|StatefulSet)$/.test(type))
    .map(({ inputs: { kind, metadata } }) => ({
      kind,
      namespace: metadata.namespace,
      name: metadata.name,
    }));
  for (const [, workload] of named) {
    expect(made).toContainEqual(workload);
  }
  // And none is left out.
  expect(new Set(named.map(([, workload]) => JSON.stringify(workload))).size).toBe(made.length);
});

test("every pod runs in its namespace's zone, as level restricted asks, without an unbounded container", () => {
  const { registered } = whole;
  const deployments = ofType(registered, "kubernetes:apps/v1:Deployment");
  expect(deployments.map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual(
    expect.arrayContaining([
      ["devsyslan", "traefik"],
      ["dev-lan-coolcorp", "whoami"],
      ["dev-dmz-coolcorp", "outpost"],
    ]),
  );
  for (const { metadata, spec } of deployments) {
    const pod = spec.template.spec;
    const isOutlying = metadata.namespace === "dev-dmz-coolcorp";
    expect(pod.nodeSelector).toEqual({
      arch: "x86",
      net: isOutlying ? "web" : "lan",
      "node-role.kubernetes.io/worker": "",
    });
    expect(pod.tolerations).toEqual(
      isOutlying
        ? [{ key: "zone", operator: "Equal", value: "dmz", effect: "NoSchedule" }]
        : undefined,
    );
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
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

test("the load balancer finds Traefik at the environment's node ports", () => {
  const { registered } = whole;
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

test("pods ask for what the checks of quotas add up, and updates make no more pods than they count", () => {
  const { registered } = whole;
  const deployments = ofType(registered, "kubernetes:apps/v1:Deployment");
  const names = deployments.map(({ metadata }) => metadata.name);
  const room = site("dev")
    .applications.flatMap((one): readonly Workload[] => one.workloads)
    .map(({ app, namespace, replicas, surge, containers }) => ({
      name: app === "ingress" ? "traefik" : app,
      namespace,
      replicas,
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: { maxUnavailable: 0, maxSurge: surge },
      },
      resources: containers,
    }));
  const asked = deployments.map(({ metadata: { name, namespace }, spec }) => ({
    name,
    namespace,
    replicas: spec.replicas,
    strategy: spec.strategy,
    resources: (spec.template.spec.containers as { resources: unknown }[]).map(
      ({ resources }) => resources,
    ),
  }));
  expect(room.filter(({ name }) => names.includes(name))).toHaveLength(asked.length);
  expect(room).toEqual(expect.arrayContaining(asked));
});

test("no account reads the Secrets of a namespace in which the program has any", () => {
  const { registered } = whole;
  const homes = ofType(registered, "kubernetes:core/v1:Secret").map(
    ({ metadata }) => metadata.namespace as string,
  );
  const roles = ofType(registered, "kubernetes:rbac.authorization.k8s.io/v1:Role");
  const lists = ({ resources, verbs }: { resources: string[]; verbs: string[] }) =>
    resources.includes("secrets") && verbs.includes("list");
  const read = roles
    .filter(({ rules }) => (rules as Parameters<typeof lists>[0][]).some(lists))
    .map(({ metadata }) => metadata.namespace as string);
  expect(read).toEqual(["dev-lan-routes"]);
  expect(homes).toContain("dev-lan-coolcorp");
  expect(homes).not.toContain("dev-lan-routes");
});

test("the program refuses while the cluster lacks what the applications need", async () => {
  const namespaces = cluster.namespaces.filter((name) => name !== "dev-dmz-coolcorp");
  await expect(run({ ...cluster, namespaces, storageClasses: [] })).rejects.toThrow(
    /namespace dev-dmz-coolcorp\n.*storage class /s,
  );
});

describe("a site with fewer applications", () => {
  const without = (...names: string[]): object =>
    Object.fromEntries(
      Object.entries(rawSite("dev")["apps"] as object).filter(([name]) => !names.includes(name)),
    );
  const named = (registered: Registered[], name: string) =>
    registered.find((one) => one.name === name)?.inputs;

  test.each(["whoami", "outpost", "confluence", "dashboard", "consul"])(
    "has all the others without %s, and nothing of it",
    async (missing) => {
      const { registered, value } = await run(cluster, without(missing));
      const { urls } = appsContract.parse(value);
      const isIts = ({ name }: { name: string }) => name.startsWith(missing);
      const others = appsContract.parse(whole.value).urls.filter((url) => !isIts(url));
      expect(urls.map(({ name }) => name)).toEqual(others.map(({ name }) => name));
      expect(registered.filter(({ name }) => name === missing || isIts({ name }))).toEqual([]);
    },
  );

  test("may have none at all: then the stack is empty", async () => {
    const { registered, value, credentials } = await run(cluster, {});
    expect(registered.filter(({ type }) => type.startsWith("kubernetes:"))).toEqual([]);
    expect(appsContract.parse(value)).toEqual({ urls: [], internalCertificates: [], backups: [] });
    expect(credentials).toEqual([]);
  });

  test("serves the certificates of its hosts from Traefik's own files where there is no Consul", async () => {
    const { registered } = await run(cluster, without("consul"));
    expect(named(registered, "traefik-files-hosts")?.["stringData"]).toEqual({
      "0.crt": expect.stringMatching(/^-----BEGIN CERTIFICATE-----[^]*\nCA certificate\n$/),
      "0.key": "key confluence-certificate-key\n",
    });
    expect(named(registered, "traefik-files-consul")).toBeUndefined();
    const { template } = named(registered, "traefik-pods")?.["spec"];
    expect(template.metadata.annotations).toHaveProperty("sitewright/hosts");
    const config = named(registered, "traefik-files-config")?.["stringData"];
    expect(parse(config["traefik.yml"]).providers).not.toHaveProperty("consul");
    const { tls, http } = parse(config["dynamic.yml"]);
    const folder = "/etc/traefik/hosts";
    expect(tls.certificates).toEqual([{ certFile: `${folder}/0.crt`, keyFile: `${folder}/0.key` }]);
    expect(template.spec.containers[0].volumeMounts).toContainEqual(
      expect.objectContaining({ name: "hosts", mountPath: folder }),
    );
    expect(Object.keys(http.routers)).not.toContain("consul");
    const { egress } = named(registered, "traefik-policy-flows")?.["spec"];
    expect(JSON.stringify(egress)).not.toContain("8501");
  });

  test("has a Consul that nothing leads to where there is no ingress", async () => {
    const { consul } = rawSite("dev")["apps"];
    delete consul.uiHost;
    const { registered, value } = await run(cluster, { consul });
    expect(appsContract.parse(value)).not.toHaveProperty("ingressCaCertificate");
    expect(appsContract.parse(value).kvCertificates?.certificates).toEqual([]);
    expect(ofType(registered, "kubernetes:traefik.io/v1alpha1:IngressRoute")).toEqual([]);
  });
});
