import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { execa } from "execa";
import { stringify } from "yaml";

import { checkout, toolchain } from "../../lib/paths";
import { plannedChanges, TAKE_BACK } from "../../operations/drift/plannedChanges";
import { Engine } from "../../operations/engine/engine";

/**
 * Objects that were changed by hand with kubectl, which then owns their fields: real API server, engine and plugin, and the
 * patch that cluster gives a node. Without nodes or controllers, so nothing runs.
 */
jest.setTimeout(600_000);

const API_PORT = 18_974;
const ETCD = "http://127.0.0.1:18975";
const ETCD_PEER = "http://127.0.0.1:18976";
const NODE = "devk8swok511";
const CANARY = "canary-of-a-secret";
const folder = mkdtempSync(join(tmpdir(), "sitewright-objects-"));
const path = (name: string) => join(folder, name);
const servers: ChildProcess[] = [];
const project = { name: "cluster", directory: path("program") };
let engine: Engine;

function serve(name: string, args: string[]): ChildProcess {
  const log = openSync(path(`${name}.log`), "w", 0o600);
  const server = spawn(join(toolchain, "lab", name), args, {
    cwd: folder,
    stdio: ["ignore", log, log],
  });
  servers.push(server);
  return server;
}

/** Waits until a server answers; fails with the end of its log when it has ended or takes too long. */
async function answers(
  server: ChildProcess,
  name: string,
  ask: () => Promise<unknown>,
): Promise<void> {
  for (const deadline = Date.now() + 180_000; ; await delay(500)) {
    try {
      await ask();
      return;
    } catch {
      if (Date.now() > deadline || server.exitCode !== null) {
        throw new Error(readFileSync(path(`${name}.log`), "utf8").slice(-3000));
      }
    }
  }
}

async function kubectl(...args: string[]): Promise<string> {
  const env = { KUBECONFIG: path("kubeconfig") };
  return (await execa(join(toolchain, "bin", "kubectl"), args, { env, stdin: "ignore" })).stdout;
}

/** A program with one object of each kind that matters, the node's patch by cluster's own function. */
function program(): string {
  const dist = (file: string) => JSON.stringify(join(checkout, "dist", file));
  return `const k8s = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
const { nodes } = require(${dist("cluster/node/labelsAndTaints.js")});
const { readEnvironmentFile } = require(${dist("apps/environment.js")});
const environment = readEnvironmentFile("dev", { directory: ${JSON.stringify(checkout)} });
const kubeconfig = require("node:fs").readFileSync(${JSON.stringify(path("kubeconfig"))}, "utf8");
const opts = { provider: new k8s.Provider("cluster", {
  kubeconfig, clusterIdentifier: "objects", enableConfigMapMutable: true, enableSecretMutable: true }) };
const node = environment.nodes.find(({ name }) => name === "${NODE}");
const vmId = "11111111-1111-4111-8111-111111111111";
const step = { "${NODE}": new pulumi.ComponentResource("test:index:Step", "step") };
nodes("node", { environment, machines: [{ node, vmId }], members: step, leaves: step }, opts);
const metadata = (name) => ({ name, namespace: "default", annotations: { "pulumi.com/skipAwait": "true" } });
const labels = { app: "web" };
new k8s.core.v1.ConfigMap("settings", { metadata: metadata("settings"), data: { a: "1" } }, opts);
new k8s.core.v1.Secret("password", { metadata: metadata("password"), stringData: { p: "${CANARY}" } }, opts);
new k8s.core.v1.Service("web", { metadata: metadata("web"), spec: { selector: labels, ports: [{ port: 80 }] } }, opts);
new k8s.apps.v1.Deployment("web", { metadata: metadata("web"), spec: { replicas: 2, selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "web:1" }] } } } }, opts);
`;
}

beforeAll(async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  writeFileSync(path("sa.key"), privateKey, { mode: 0o600 });
  writeFileSync(path("sa.pub"), publicKey);
  writeFileSync(path("tokens.csv"), "token,admin,1,system:masters\n", { mode: 0o600 });
  const etcd = serve("etcd", [
    ...["--data-dir", path("etcd"), "--listen-client-urls", ETCD, "--advertise-client-urls", ETCD],
    ...["--listen-peer-urls", ETCD_PEER, "--initial-advertise-peer-urls", ETCD_PEER],
    ...["--initial-cluster", `default=${ETCD_PEER}`],
  ]);
  await answers(etcd, "etcd", async () => {
    expect((await fetch(`${ETCD}/health`)).ok).toBe(true);
  });
  const api = serve("kube-apiserver", [
    ...["--etcd-servers", ETCD, "--bind-address", "127.0.0.1", "--secure-port", `${API_PORT}`],
    ...["--cert-dir", path("certificates"), "--token-auth-file", path("tokens.csv")],
    ...["--service-account-issuer", "https://objects", "--authorization-mode", "AlwaysAllow"],
    ...["--service-account-signing-key-file", path("sa.key")],
    ...["--service-account-key-file", path("sa.pub"), "--service-cluster-ip-range", "10.99.0.0/24"],
    ...["--disable-admission-plugins", "ServiceAccount"],
  ]);
  const cluster = { server: `https://127.0.0.1:${API_PORT}`, "insecure-skip-tls-verify": true };
  writeFileSync(
    path("kubeconfig"),
    stringify({
      ...{ apiVersion: "v1", kind: "Config", "current-context": "objects" },
      clusters: [{ name: "objects", cluster }],
      users: [{ name: "admin", user: { token: "token" } }],
      contexts: [{ name: "objects", context: { cluster: "objects", user: "admin" } }],
    }),
  );
  await answers(api, "kube-apiserver", () => kubectl("get", "--raw", "/readyz"));
  writeFileSync(
    path("node.json"),
    JSON.stringify({ apiVersion: "v1", kind: "Node", metadata: { name: NODE } }),
  );
  await kubectl("create", "--filename", path("node.json"));
  const times = {
    lastHeartbeatTime: "2026-01-01T00:00:00Z",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const conditions = [{ type: "Ready", status: "True", reason: "Test", message: "", ...times }];
  const status = JSON.stringify({ status: { conditions } });
  await kubectl("patch", "node", NODE, "--subresource=status", "--type=merge", "--patch", status);

  mkdirSync(path("program"));
  mkdirSync(path("backend"));
  symlinkSync(join(checkout, "node_modules"), path("program/node_modules"));
  writeFileSync(path("program/package.json"), "{}");
  writeFileSync(path("program/index.js"), program());
  const runtime = { name: "nodejs", options: { typescript: false } };
  writeFileSync(
    path("program/Pulumi.yaml"),
    stringify({ name: "cluster", main: "index.js", runtime }),
  );
  process.env["XDG_STATE_HOME"] = path("state");
  engine = new Engine("dev", {
    ...process.env,
    PATH: `${join(toolchain, "bin")}:${process.env.PATH ?? ""}`,
    PULUMI_HOME: join(toolchain, "pulumi-home"),
    PULUMI_BACKEND_URL: `file://${path("backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "objects",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  });
  await engine.ensureStack(project);
  const { ok, stdout } = await engine.capture(project, [
    "up",
    "--yes",
    "--skip-preview",
    "--stack",
    "dev",
  ]);
  expect([ok, stdout]).toEqual([true, expect.anything()]);
});

afterAll(() => {
  servers.forEach((server) => server.kill("SIGKILL"));
  rmSync(folder, { recursive: true, force: true });
});

test("unchanged objects are as the program has them", async () => {
  expect(await plannedChanges(engine, project)).toEqual([]);
});

test("changes and deletions by hand are reported, without a secret, and reverted", async () => {
  await kubectl("label", "node", NODE, "net=elsewhere", "--overwrite");
  await kubectl("taint", "node", NODE, "zone-");
  await kubectl("scale", "deployment", "web", "--replicas=0");
  await kubectl("delete", "service", "web");
  await kubectl(
    "patch",
    "configmap",
    "settings",
    "--type=merge",
    "--patch",
    '{"data":{"a":"2","b":"3"}}',
  );
  await kubectl(
    "patch",
    "secret",
    "password",
    "--type=merge",
    "--patch",
    '{"stringData":{"p":"x"}}',
  );

  const found = await plannedChanges(engine, project);
  const told = found.map(({ operation, kind, properties }) =>
    [operation, kind, ...properties].join(" "),
  );
  expect(told.sort()).toEqual([
    "create Service",
    "update ConfigMap data.a (is 2)",
    "update Deployment spec.replicas (is 0)",
    "update NodePatch metadata.labels.net (is elsewhere) spec.taints",
    "update Secret data.p",
  ]);

  const repaired = await engine.capture(
    project,
    ["up", "--refresh", "--yes", "--skip-preview", "--stack", "dev"],
    { variables: TAKE_BACK },
  );
  expect(repaired.ok).toBe(true);
  expect(repaired.stdout).not.toContain(CANARY);
  expect(await plannedChanges(engine, project)).toEqual([]);
  const read = (object: string, where: string) =>
    kubectl("get", object, "-o", `jsonpath={${where}}`);
  expect(await read(`node/${NODE}`, ".metadata.labels.net")).toBe("web");
  expect(JSON.parse(await read(`node/${NODE}`, ".spec.taints"))).toEqual([
    { key: "zone", value: "dmz", effect: "NoSchedule" },
  ]);
  expect(await read("deployment/web", ".spec.replicas")).toBe("2");
  expect(await read("configmap/settings", ".data.a")).toBe("1");
});
