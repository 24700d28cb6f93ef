import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";

import { Consul } from "../../../apps/consul/consul";
import { type ConsulSettings, RESOURCES } from "../../../apps/consul/settings";
import { JOB_RESOURCES } from "../../../environment/applications/workloads";
import { site } from "../environment/site";
import { expectGolden } from "../golden";
import { mockSite, type Registered, valueOf } from "../mocks";

/** Runs the component as deploy.ts does, with two certificates for Traefik. */
async function run(change: Partial<ConsulSettings> = {}) {
  const environment = site("dev");
  const settings = { ...environment.apps.consul, ...change };
  const registered = await mockSite({
    project: "apps",
    stack: "dev",
    outputs: {
      "tls:index/privateKey:PrivateKey": ({ name }) => ({ privateKeyPem: `key of ${name}\n` }),
      "tls:index/certRequest:CertRequest": ({ name }) => ({ certRequestPem: `${name}\n` }),
      "tls:index/selfSignedCert:SelfSignedCert": ({ name }) => ({ certPem: `${name}\n` }),
      "tls:index/locallySignedCert:LocallySignedCert": ({ name }) => ({ certPem: `${name}\n` }),
      "random:index/randomUuid:RandomUuid": ({ name }) => ({ result: `uuid of ${name}` }),
      "random:index/randomBytes:RandomBytes": ({ name, inputs }) => ({
        hex: Buffer.from(name.slice(0, 32)).toString("hex").padEnd(64, "0").slice(0, 64),
        base64: `bytes of ${name}, ${JSON.stringify(inputs["keepers"])}`,
      }),
    },
  });
  const certificate = (host: string) => ({
    chain: pulumi.output(`certificate of ${host}\n`),
    privateKey: pulumi.secret(`key of ${host}\n`),
  });
  const consul = new Consul("consul", {
    environment,
    settings,
    clients: [{ namespace: "devsyslan", podLabels: { app: "traefik" } }],
    certificates: [certificate("confluence"), certificate("other")],
  });
  const outputs = {
    endpoint: consul.endpoint,
    ca: await valueOf(consul.ca),
    chain: await valueOf(consul.clientCertificate.chain),
    tokenIsSecret: await pulumi.isSecret(consul.traefikToken),
    uiTokenIsSecret: await pulumi.isSecret(consul.uiToken),
  };
  await pulumi.runtime.disconnect();
  return { registered, outputs };
}

/** The same without a change, once for all tests that only look. */
let made: ReturnType<typeof run> | undefined;
const committed = () => (made ??= run());

const named = (registered: Registered[], name: string) => {
  const found = registered.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`${name} is not registered`);
  }
  return found.inputs;
};

/** Our own objects: those of the backup are tested with it. */
const isOurs = ({ type, name }: Registered) =>
  !type.startsWith("sitewright:") && !name.startsWith("consul-backup");

test("what the graph of the site masks is as committed: Secrets, and which key signs what", async () => {
  const { registered } = await committed();
  const masked = registered
    .filter((one) => isOurs(one) && one.secretInputs.length > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, inputs, secretInputs }) => [
      name,
      Object.fromEntries(secretInputs.map((key) => [key, inputs[key]])),
    ]);
  expectGolden("consul-secrets.yaml", stringify(Object.fromEntries(masked)));
});

test("clients' and servers' certificates are signed by Consul's own CA", async () => {
  const { registered } = await committed();
  const signed = registered.filter(({ type }) => type.endsWith(":LocallySignedCert"));
  expect(signed).toHaveLength(3);
  for (const { name, inputs } of signed) {
    expect(inputs).toMatchObject({
      caCertPem: "consul-secrets-tls-ca\n",
      certRequestPem: `${name}-request\n`,
    });
  }
});

test("each certificate that Traefik serves comes to the task that writes them, with its key", async () => {
  const { registered } = await committed();
  const { volumes } = named(registered, "consul-kv-certificates-task-job")["spec"].template.spec;
  const { items } = volumes.find(({ name }: { name: string }) => name === "input").secret;
  const files = ["0.chain", "0.key", "1.chain", "1.key"];
  expect(items).toEqual(files.map((file) => ({ key: file, path: file })));
});

test("what Traefik is given", async () => {
  const { outputs } = await committed();
  expect(outputs).toEqual({
    endpoint: "svc-consul-for-traefik.devsyslan.svc:8500",
    ca: "consul-secrets-tls-ca\n",
    chain: "consul-secrets-tls-traefik-client\nconsul-secrets-tls-ca\n",
    tokenIsSecret: true,
    uiTokenIsSecret: true,
  });
});

test("tokens and keys are in Secrets and nowhere else", async () => {
  const { registered } = await committed();
  for (const { type, name, inputs } of registered.filter(isOurs)) {
    if (type !== "kubernetes:core/v1:Secret" && !type.startsWith("tls:")) {
      expect({ name, text: JSON.stringify(inputs) }).not.toMatchObject({
        text: expect.stringMatching(/bytes of|key of|636f6e73/),
      });
    }
  }
  const secrets = registered.filter(({ type }) => type === "kubernetes:core/v1:Secret");
  // The engine encrypts what is marked, and each of these has something that is.
  for (const { secretInputs } of secrets) {
    expect(secretInputs).toContain("stringData");
  }
});

test("the certificate of servers is that of server.<datacenter>.<domain>, and no client has it", async () => {
  const { registered } = await committed();
  expect(named(registered, "consul-secrets-tls-ca")["subject"]).toEqual({
    commonName: "cluster.local",
  });
  expect(named(registered, "consul-secrets-tls-server-1-request")).toMatchObject({
    subject: { commonName: "server.lan.cluster.local" },
    dnsNames: expect.arrayContaining([
      "server.lan.cluster.local",
      "localhost",
      "svc-consul-for-traefik.devsyslan.svc",
    ]),
    ipAddresses: ["127.0.0.1"],
  });
  for (const client of ["task", "traefik"]) {
    const request = named(registered, `consul-secrets-tls-${client}-client-request`);
    expect(request).not.toHaveProperty("dnsNames");
    expect(named(registered, `consul-secrets-tls-${client}-client`)["allowedUses"]).toEqual([
      "digital_signature",
      "client_auth",
    ]);
  }
});

describe("what restarts the servers", () => {
  const restart = (registered: Registered[]) =>
    named(registered, "consul-servers-pods")["spec"].template.metadata.annotations;
  const jobs = (registered: Registered[]) =>
    Object.fromEntries(
      registered
        .filter(({ type }) => type === "kubernetes:batch/v1:Job")
        .map(({ name, inputs }) => [name, inputs["metadata"].name as string]),
    );

  test("another certificate does, and sets up nothing else again", async () => {
    const before = (await committed()).registered;
    const after = (await run({ certificateGeneration: 2 })).registered;
    expect(restart(after)).not.toEqual(restart(before));
    expect(jobs(after)).toEqual(jobs(before));
  });

  test("another gossip key does not: a task brings it in", async () => {
    const before = (await committed()).registered;
    const after = (await run({ gossipKeyGeneration: 2 })).registered;
    expect(restart(after)).toEqual(restart(before));
    const { "consul-gossip-job": job, ...others } = jobs(after);
    const { "consul-gossip-job": old, ...same } = jobs(before);
    expect(job).not.toBe(old);
    expect(others).toEqual(same);
  });
});

test("servers ask for what the checks of quotas add up, tasks too", async () => {
  const { registered } = await committed();
  const { spec } = named(registered, "consul-servers-pods");
  expect(spec.template.spec.containers[0].resources).toEqual(RESOURCES);
  for (const { inputs } of registered.filter(({ type }) => type === "kubernetes:batch/v1:Job")) {
    expect(inputs["spec"].template.spec.containers[0].resources).toEqual(JOB_RESOURCES);
  }
});

test("volumes end with the servers, and a change of their size does not end the servers", async () => {
  const { registered } = await committed();
  expect(named(registered, "consul-servers-pods")["spec"]).toMatchObject({
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
  });
});

test("a restore finds the configured certificates, and a backup does not wait for them", async () => {
  const { registered } = await committed();
  const { spec } = named(registered, "consul-backup-restore");
  const { volumes, containers } = spec["jobTemplate"].spec.template.spec;
  const secret = named(registered, "consul-kv-certificates-secret")["metadata"].name as string;
  expect(volumes).toContainEqual({
    name: "certificates",
    secret: { secretName: secret, defaultMode: 0o440, optional: true },
  });
  expect(containers[0].volumeMounts).toContainEqual({
    name: "certificates",
    mountPath: "/consul/certificates",
    readOnly: true,
  });
});

test("never two servers on a node, never two away at once by order", async () => {
  const { registered } = await run({ replicas: 5 });
  const { spec } = named(registered, "consul-servers-pods");
  expect(spec.replicas).toBe(5);
  expect(
    spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution,
  ).toHaveLength(1);
  expect(named(registered, "consul-servers-budget")["spec"].maxUnavailable).toBe(1);
  expect(spec.template.spec.containers[0]).not.toHaveProperty("livenessProbe");
});

test("the servers are reached by each other, by tasks and by Traefik, each at what it needs", async () => {
  const { registered } = await committed();
  const { ingress, egress } = named(registered, "consul-policy")["spec"];
  expect(ingress.map(({ ports }: { ports: { port: number }[] }) => ports)).toEqual([
    [
      { protocol: "TCP", port: 8300 },
      { protocol: "TCP", port: 8301 },
      { protocol: "UDP", port: 8301 },
    ],
    [{ port: 8501 }],
  ]);
  expect(egress).toHaveLength(1);
  expect(named(registered, "consul-task-policy")["spec"]).toMatchObject({
    ingress: [],
    egress: [{ ports: [{ port: 8501 }] }],
  });
});
