import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";

import { parse } from "yaml";

import { kubeconfigOf, type Pair, withAuthority } from "../unit/kubernetes/authority";
import { withServer } from "../unit/kubernetes/server";
import { EXCLUDED, type Finished, type RawConfig, Site, VIRTUAL_MACHINE } from "./support/vcenter";

/**
 * The real engine and plugins: which machines an update of infra does not delete, with an API server that knows nothing but its
 * nodes in the place of the cluster's. Run: npx jest --selectProjects integration --testPathPatterns leaving
 */
jest.setTimeout(300_000);

const site = new Site(18_931);
const [WORKER, OTHER] = ["devk8swok508", "devk8swok509"];

/** Two workers more than the applications need. */
function configuration(config: RawConfig): void {
  const nodes = config["site:nodes"] as unknown as object[];
  nodes.push({ ...nodes[1], name: WORKER, address: "172.30.10.68" });
  nodes.push({ ...nodes[1], name: OTHER, address: "172.30.10.69" });
}

const without =
  (...names: string[]) =>
  (config: RawConfig) => {
    configuration(config);
    const nodes = config["site:nodes"] as unknown as { name: string }[];
    config["site:nodes"] = nodes.filter(({ name }) => !names.includes(name)) as never;
  };

/** Nodes of the stand-in's cluster by name, with the UUID of their machine; undefined while it answers nobody. */
let nodes: Record<string, string> | undefined;
const answer: RequestListener = (request, response) => {
  if (nodes === undefined || request.url !== "/api/v1/nodes") {
    response.writeHead(503).end();
    return;
  }
  const items = Object.entries(nodes).map(([name, vmId]) => ({
    metadata: { name, uid: name, annotations: { "sitewright/vm-id": vmId } },
    status: { nodeInfo: { systemUUID: vmId, kubeletVersion: "v1.36.3" } },
  }));
  response.end(JSON.stringify({ kind: "NodeList", items }));
};

/** What the state of cluster is to look like: one resource, and the kubeconfig. */
async function importCluster(kubeconfig: string): Promise<void> {
  const type = "pulumi:pulumi:Stack";
  const urn = (own: string, name: string) => `urn:pulumi:dev::cluster::${own}::${name}`;
  const secret = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(kubeconfig),
  };
  await site.configure("cluster");
  const { encryptionsalt: salt } = parse(readFileSync(site.path("Pulumi.dev.yaml"), "utf8")) as {
    encryptionsalt: string;
  };
  const component = "sitewright:cluster:KubeadmCluster";
  const resources = [
    {
      urn: urn(type, "cluster-dev"),
      type,
      custom: false,
      outputs: { cluster: { clusterName: "devk8sclu" }, kubeconfig: secret },
    },
    { urn: urn(component, "devk8sclu"), type: component, custom: false },
  ];
  const deployment = {
    manifest: { time: new Date(0).toISOString(), magic: "", version: "" },
    secrets_providers: { type: "passphrase", state: { salt } },
    resources,
  };
  const input = JSON.stringify({ version: 3, deployment });
  const imported = await site.pulumi("cluster", ["stack", "import", "--stack", "dev"], { input });
  expect([imported.exitCode, imported.output]).toEqual([0, expect.anything()]);
}

const uuidOf = async (name: string) =>
  (await site.machines()).find((machine) => machine.name === name)?.uuid;

function expectRefused({ exitCode, output }: Finished, text: string): void {
  expect([exitCode, output]).toEqual([expect.any(Number), expect.stringContaining(text)]);
  expect(exitCode).not.toBe(0);
}

let end: () => void = () => undefined;

beforeAll(async () => {
  await site.start();
  const { exitCode, output } = await site.upMachines(configuration);
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  await new Promise<void>((begun, failed) => {
    void withAuthority((authority) => {
      const [server, admin] = ["/CN=kube-apiserver", "/CN=admin"].map((name): Pair =>
        authority.issue(name),
      );
      return withServer(server, authority.ca, answer, async (url) => {
        await importCluster(kubeconfigOf(url, authority.ca, admin));
        begun();
        await new Promise<void>((resolve) => (end = resolve));
      });
    }).catch(failed);
  });
});

beforeEach(async () => {
  nodes = { [WORKER]: (await uuidOf(WORKER)) ?? "" };
});

afterEach(() => {
  delete process.env["SITEWRIGHT_LOST"];
});

afterAll(() => {
  end();
  site.stop();
});

test("a machine that the cluster still has is refused in preview and in up, and stays", async () => {
  const before = await uuidOf(WORKER);
  await expect(site.previewMachines(without(WORKER))).rejects.toThrow("has it as a Node");
  expectRefused(await site.update(), `kubectl delete node ${WORKER}`);
  expect(await uuidOf(WORKER)).toBe(before);
});

test("a replacement that the program does not foresee is refused by the machine's guard", async () => {
  await site.configure("infra", configuration);
  const before = await uuidOf(WORKER);
  const vm = (await site.state()).find(
    ({ type, urn }) => type === VIRTUAL_MACHINE && urn.endsWith(`::${WORKER}-vm`),
  )!;
  const replace = ["up", "--yes", "--skip-preview", "--replace", vm.urn, ...EXCLUDED];
  const finished = await site.pulumi("infra", [...replace, ...site.select()]);
  expectRefused(finished, `The machine ${WORKER} was not deleted`);
  expect(await uuidOf(WORKER)).toBe(before);
});

test("while the API does not answer it is refused, unless the machine is given up by its name", async () => {
  nodes = undefined;
  await site.configure("infra", without(OTHER));
  expectRefused(await site.update(), `make up LOST=${OTHER}`);
  process.env["SITEWRIGHT_LOST"] = OTHER;
  const { exitCode, output } = await site.update();
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  expect(await uuidOf(OTHER)).toBeUndefined();
});

test("once the cluster does not have it any more, the same edit goes through", async () => {
  nodes = {};
  const { exitCode, output } = await site.upMachines(without(OTHER, WORKER));
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  expect(await uuidOf(WORKER)).toBeUndefined();
});

test("a whole destroy asks none of the machines' guards", async () => {
  await site.configure("infra", without(OTHER, WORKER));
  nodes = { devk8swok501: (await uuidOf("devk8swok501")) ?? "" };
  const destroy = ["destroy", "--yes", "--skip-preview", ...site.select()];
  const { exitCode, output } = await site.pulumi("infra", destroy);
  expect([exitCode, output]).toEqual([0, expect.anything()]);
  expect(await site.machines()).toEqual([]);
});
