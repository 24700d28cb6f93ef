import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";

import { parse } from "yaml";

import { kubeconfigOf, type Pair, withAuthority } from "../../unit/kubernetes/authority";
import { withServer } from "../../unit/kubernetes/server";
import { type Finished, type RawConfig, Site } from "./vcenter";

export const [WORKER, OTHER] = ["devk8swok508", "devk8swok509"];

/** Two workers more than the applications need. */
export function configuration(config: RawConfig): void {
  const nodes = config["site:nodes"] as unknown as object[];
  nodes.push({ ...nodes[1], name: WORKER, address: "172.30.10.68" });
  nodes.push({ ...nodes[1], name: OTHER, address: "172.30.10.69" });
}

export const without =
  (...names: string[]) =>
  (config: RawConfig) => {
    configuration(config);
    const nodes = config["site:nodes"] as unknown as { name: string }[];
    config["site:nodes"] = nodes.filter(({ name }) => !names.includes(name)) as never;
  };

/** Edits one node. */
export const edited = (name: string, change: object) => (config: RawConfig) => {
  configuration(config);
  const nodes = config["site:nodes"] as unknown as { name: string }[];
  Object.assign(
    nodes.find((node) => node.name === name)!,
    change,
  );
};

export function expectRefused({ exitCode, output }: Finished, text: string): void {
  expect([exitCode, output]).toEqual([expect.any(Number), expect.stringContaining(text)]);
  expect(exitCode).not.toBe(0);
}

/** An API server in the place of the cluster's, and what it is of. */
interface StandIn {
  configuration: (config: RawConfig) => void;
  answer: RequestListener;
  upgrade: Parameters<typeof withServer>[4];
}

/**
 * Machines, up, and an API server in the place of the cluster's. The usual one knows nothing but its nodes, and has the worker's.
 *
 * @param port - Where the vCenter listens.
 */
export function machinesOfCluster(port: number, standIn?: StandIn) {
  const site = new Site(port);

  /** Nodes of the stand-in's cluster by name, with the UUID of their machine; undefined while it does not answer. */
  const cluster: { nodes?: Record<string, string> } = {};
  const answer: RequestListener = (request, response) => {
    const { nodes } = cluster;
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

  let kubeconfig = "";

  /** What the state of cluster is to look like: the kubeconfig, and the first step on each of these machines. */
  async function steps(...names: string[]): Promise<void> {
    const type = "pulumi:pulumi:Stack";
    const urn = (own: string, name: string) =>
      `urn:pulumi:dev::sitewright-cluster::${own}::${name}`;
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
        urn: urn(type, "sitewright-cluster-dev"),
        type,
        custom: false,
        outputs: { cluster: { clusterName: "devk8sclu" }, kubeconfig: secret },
      },
      { urn: urn(component, "devk8sclu"), type: component, custom: false },
      ...names.map((name) => ({
        urn: urn("test:Step", `devk8sclu-prepare-${name}`),
        type: "test:Step",
        custom: false,
      })),
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

  let end: () => void = () => undefined;

  beforeAll(async () => {
    await site.start();
    const { exitCode, output } = await site.upMachines(standIn?.configuration ?? configuration);
    expect([exitCode, output]).toEqual([0, expect.anything()]);
    await new Promise<void>((begun, failed) => {
      void withAuthority((authority) => {
        const [server, admin] = ["/CN=kube-apiserver", "/CN=admin"].map((name): Pair =>
          authority.issue(name),
        );
        return withServer(
          server,
          authority.ca,
          standIn?.answer ?? answer,
          async (url) => {
            kubeconfig = kubeconfigOf(url, authority.ca, admin);
            await steps(WORKER, OTHER);
            begun();
            await new Promise<void>((resolve) => (end = resolve));
          },
          standIn?.upgrade,
        );
      }).catch(failed);
    });
  });

  beforeEach(async () => {
    cluster.nodes = { [WORKER]: (await uuidOf(WORKER)) ?? "" };
  });

  afterEach(() => {
    delete process.env["SITEWRIGHT_LOST"];
  });

  afterAll(() => {
    end();
    site.stop();
  });

  return { site, cluster, steps, uuidOf };
}
