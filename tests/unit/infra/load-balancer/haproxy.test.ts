import { parseEnvironment } from "../../../environment";
import { frontendsOf, renderHaproxy, servingNodes } from "../../../../infra/load-balancer/haproxy";
import { pairSite } from "../../environment/pair";
import { rawSite, site } from "../../environment/site";

const servers = (config: string, backend: string) =>
  config
    .split(/\n(?=frontend|backend)/)
    .find((section) => section.startsWith(`backend ${backend}\n`))!
    .split("\n")
    .filter((line) => line.trim().startsWith("server "))
    .map((line) => line.trim());

test("a new control plane becomes a server of the API and of nothing else", () => {
  const raw = rawSite("prd");
  for (const [name, address] of [
    ["prdk8smst502", "192.168.10.57"],
    ["prdk8smst503", "192.168.10.58"],
  ]) {
    raw["nodes"].push({ ...raw["nodes"][0], name, address });
  }
  const [before, after] = [site("prd"), parseEnvironment("prd", raw)].map(renderHaproxy);
  expect(servers(after!, "k8s_nodes_master")).toEqual([
    "server prdk8smst501 192.168.10.56:6443",
    "server prdk8smst502 192.168.10.57:6443",
    "server prdk8smst503 192.168.10.58:6443",
  ]);
  expect(servers(after!, "https")).toEqual(servers(before!, "https"));
});

test("a control plane that is held serves the API at its own address, a worker gets no ingress traffic", () => {
  const environment = site("prd");
  const { nodes } = environment;
  const workers = nodes.filter(({ role, zone }) => role === "worker" && zone === "lan");
  const regenerated = workers[0]!;
  const held = [
    { ...nodes[0]!, address: "192.168.10.99" },
    regenerated,
    { ...nodes[0]!, name: "prdk8smst599", address: "192.168.10.98" },
    { ...workers[1]!, name: "prdk8swok599", address: "192.168.10.97" },
  ];
  const config = renderHaproxy({ ...environment, nodes: servingNodes(nodes, held) });
  expect(servers(config, "k8s_nodes_master")).toEqual([
    "server prdk8smst501 192.168.10.99:6443",
    "server prdk8smst599 192.168.10.98:6443",
  ]);
  expect(servers(config, "https").map((line) => line.split(" ")[1])).toEqual(
    workers.slice(1).map(({ name }) => name),
  );
  expect(renderHaproxy({ ...environment, nodes: servingNodes(nodes, []) })).toBe(
    renderHaproxy(environment),
  );
});

test("workers of other zones get no ingress traffic", () => {
  const config = renderHaproxy(site("prd"));
  expect(servers(config, "http")).toHaveLength(5);
  expect(config).not.toContain("192.168.20.11");
});

test("a pair listens at the virtual address only, and is the same on both machines", () => {
  expect(renderHaproxy(pairSite("prd"))).toBe(renderHaproxy(site("prd")));
});

test("API servers are checked with the CA once it is known, by the name that only they have", () => {
  const [, known, unknown] =
    /\.if defined\(CLUSTER_CA\)\n([\s\S]*)\.else\n([\s\S]*)\.endif/.exec(
      renderHaproxy(site("prd")),
    ) ?? [];
  expect(known!.trim()).toBe(
    'default-server check-ssl verify required ca-file "$CLUSTER_CA" ' +
      "verifyhost kube.coolcorp.priv on-marked-down shutdown-sessions",
  );
  expect(unknown!.trim()).toBe(
    "default-server check-ssl verify none on-marked-down shutdown-sessions",
  );
});

test("clients' addresses are told to the ingress and to nothing else, and only when that is asked for", () => {
  const sections = (sendsProxy?: boolean) =>
    renderHaproxy({ ...site("prd"), ...(sendsProxy === undefined ? {} : { sendsProxy }) }).split(
      /\n(?=frontend|backend)/,
    );
  const told = sections(true).filter((section) => section.includes("send-proxy"));
  expect(told.map((section) => section.split("\n")[0])).toEqual(["backend http", "backend https"]);
  expect(sections(false)).toEqual(sections());
  expect(sections().join()).not.toContain("send-proxy");
});

test("nothing is administered over the network", () => {
  const config = renderHaproxy(site("prd"));
  expect(config.match(/stats .*/g)).toEqual([
    "stats socket /run/haproxy/admin.sock mode 600 level admin expose-fd listeners",
  ]);
});

test("a site without an ingress has the API behind its load balancer, and nothing at 80 and 443", () => {
  const raw = rawSite("prd");
  raw["apps"] = {};
  const alone = parseEnvironment("prd", raw);
  expect(renderHaproxy(alone).match(/^(frontend|backend) .*/gm)).toEqual([
    "frontend k8s_mst",
    "backend k8s_nodes_master",
  ]);
  expect([...frontendsOf(alone)]).toEqual([["k8s_mst", 6443]]);
});
