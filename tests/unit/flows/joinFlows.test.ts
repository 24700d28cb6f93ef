import { inboundFlows, nodeFlows, serviceFlows } from "../../../environment/joinFlows";
import type { Flow } from "../../../environment/flows";
import type { Environment } from "../../../environment/schema";
import { parseEnvironment } from "../../environment";
import { rawSite, site } from "../environment/site";

const line = ({ from, to, toAddresses, protocol, ports, trial }: Flow) =>
  `${from} -> ${to} ${toAddresses.join("+")} ${protocol} ${ports.join(",")} ${trial}`;

const node = (environment: Environment, name: string) =>
  environment.nodes.find((one) => one.name === name)!;

const services = (environment: Environment, name: string) =>
  serviceFlows(environment, node(environment, name)).map(line);

test("a control plane needs its zone's resolvers, the API's address, the vCenter, and what it downloads from", () => {
  expect(services(site("prd"), "prdk8smst501")).toEqual([
    "zone lan -> resolvers 192.168.10.2+192.168.10.3 udp 53 dns",
    "zone lan -> API 192.168.10.45 tcp 6443 answered",
    "control plane -> vCenter 192.168.10.4 tcp 443 answered",
    "zone lan -> repository kubernetes pkgs.k8s.io tcp 443 answered",
    "zone lan -> registry registry.k8s.io tcp 443 answered",
  ]);
});

test("a worker in another zone needs the same by the list of flows, and no vCenter", () => {
  const environment = site("prd");
  const flows = serviceFlows(environment, node(environment, "prdk8swok511"));
  expect(flows.map(line)).toEqual([
    "zone dmz -> resolvers 192.168.20.2 udp 53 dns",
    "zone dmz -> API 192.168.10.45 tcp 6443 answered",
    "zone dmz -> repository kubernetes pkgs.k8s.io tcp 443 answered",
    "zone dmz -> registry registry.k8s.io tcp 443 answered",
  ]);
  expect(new Set(flows.flatMap(({ fromAddresses }) => fromAddresses))).toEqual(
    new Set(["192.168.20.11"]),
  );
});

test("with a mirror the registries need not answer, and neither where images need not be fetched", () => {
  expect(services(site("dev"), "devk8swok501")).toEqual([
    "zone lan -> resolvers 172.30.10.2 udp 53 dns",
    "zone lan -> API 172.30.10.45 tcp 6443 answered",
    "zone lan -> registry mirror registry.coolcorp.test tcp 5000 answered",
  ]);
  const raw = rawSite("prd");
  raw["kubernetes"].ignorePreflightErrors = ["ImagePull"];
  expect(services(parseEnvironment("prd", raw), "prdk8swok501").join()).not.toContain("registry");
});

test("time servers are asked wherever they are, by name or by address", () => {
  const raw = rawSite("prd");
  raw["timeServers"] = ["192.168.10.1", "pool.coolcorp.priv"];
  expect(services(parseEnvironment("prd", raw), "prdk8swok511")).toContain(
    "zone dmz -> time servers 192.168.10.1+pool.coolcorp.priv udp 123 ntp",
  );
});

test("other nodes are tried only while they are up", () => {
  const environment = site("ha");
  const of = (name: string, isUp: (name: string) => boolean) =>
    nodeFlows(environment, node(environment, name), isUp).map(line);
  expect(of("hak8swok511", () => true)).toEqual([
    "zone dmz -> control plane 172.30.110.56+172.30.110.57+172.30.110.58 tcp 6443 reached",
  ]);
  expect(of("hak8swok511", (name) => name !== "hak8smst502")).toEqual([
    "zone dmz -> control plane 172.30.110.56+172.30.110.58 tcp 6443 reached",
  ]);
  expect(of("hak8swok511", () => false)).toEqual([]);
  expect(of("hak8smst502", () => true)).toEqual([
    "control plane -> control plane 172.30.110.56+172.30.110.58 tcp 6443,2379,2380 reached",
  ]);
  expect(of("hak8swok501", () => true)).toEqual([]);
});

test("Antrea's controller is a flow to the control planes", () => {
  const environment = site("prd");
  expect(nodeFlows(environment, node(environment, "prdk8swok511"), () => true).map(line)).toEqual([
    "zone dmz -> control plane 192.168.10.56 tcp 6443 reached",
    "zone dmz -> control plane 192.168.10.56 tcp 10349 reached",
  ]);
});

test("a control plane reaches the kubelet of a node in another zone, and one without such a flow is not asked", () => {
  const environment = site("ha");
  const inbound = (name: string, from: string) =>
    inboundFlows(environment, node(environment, name), { name: from });
  expect(inbound("hak8swok511", "hak8smst502")).toMatchObject([
    { fromAddresses: ["172.30.110.57"], toAddresses: ["172.30.120.11"], ports: [10250] },
  ]);
  expect(inbound("hak8swok501", "hak8smst502")).toEqual([]);
  expect(inbound("hak8swok511", "hak8smst509")).toEqual([]);
});
