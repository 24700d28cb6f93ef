import { flowsOf } from "../../../environment/flows";
import { entryAddress, loadBalancerMachines } from "../../../environment/loadBalancers";
import { pairSite, rawPair } from "./pair";
import { faultsOf, site } from "./site";

interface PairCase {
  name: string;
  spoil: (raw: ReturnType<typeof rawPair>) => void;
  path: string;
  reason: RegExp;
}

const cases: PairCase[] = [
  {
    name: "a second machine with the first one's name",
    spoil: (raw) => (raw["loadBalancer"].pair.name = raw["loadBalancer"].name),
    path: "loadBalancer.pair.name",
    reason: /^is the same as loadBalancer\.name$/,
  },
  {
    name: "a second machine with a node's name",
    spoil: (raw) => (raw["nodes"][0].name = raw["loadBalancer"].pair.name),
    path: "nodes[0].name",
    reason: /^is the same as loadBalancer\.pair\.name$/,
  },
  {
    name: "a second machine at the first one's address",
    spoil: (raw) => (raw["loadBalancer"].pair.address = raw["loadBalancer"].address),
    path: "loadBalancer.pair.address",
    reason: /^is the same as loadBalancer\.address$/,
  },
  {
    name: "a second machine outside the zone's network",
    spoil: (raw) => (raw["loadBalancer"].pair.address = "172.30.20.47"),
    path: "loadBalancer.pair.address",
    reason: /is no host address of its zone lan/,
  },
  {
    name: "a virtual address outside the zone's network",
    spoil: (raw) => (raw["loadBalancer"].pair.virtualAddress = "172.30.20.45"),
    path: "loadBalancer.pair.virtualAddress",
    reason: /is no host address of its zone lan/,
  },
  {
    name: "a virtual address that is the broadcast address",
    spoil: (raw) => (raw["loadBalancer"].pair.virtualAddress = "172.30.10.255"),
    path: "loadBalancer.pair.virtualAddress",
    reason: /is no host address of its zone lan/,
  },
  {
    name: "a virtual address that is one machine's own",
    spoil: (raw) =>
      (raw["loadBalancer"].pair.virtualAddress = raw["loadBalancer"].pair.address as string),
    path: "loadBalancer.pair.virtualAddress",
    reason: /^is the same as loadBalancer\.pair\.address$/,
  },
  {
    name: "a virtual address that is a node's",
    spoil: (raw) => (raw["loadBalancer"].pair.virtualAddress = raw["nodes"][0].address as string),
    path: "loadBalancer.pair.virtualAddress",
    reason: /^is the same as nodes\[0\]\.address$/,
  },
  {
    name: "a pair without a virtual address",
    spoil: (raw) => delete raw["loadBalancer"].pair.virtualAddress,
    path: "loadBalancer.pair.virtualAddress",
    reason: /./,
  },
  {
    name: "a router ID that VRRP does not have",
    spoil: (raw) => (raw["loadBalancer"].pair.routerId = 256),
    path: "loadBalancer.pair.routerId",
    reason: /./,
  },
  {
    name: "a zone of its own for the second machine",
    spoil: (raw) => (raw["loadBalancer"].pair.zone = "dmz"),
    path: "loadBalancer.pair.zone",
    reason: /./,
  },
  {
    name: "a zone there is not, which is said once",
    spoil: (raw) => (raw["loadBalancer"].zone = "wan"),
    path: "loadBalancer.zone",
    reason: /^is no zone of this environment$/,
  },
];

test.each(cases)("$name is one fault", ({ spoil, path, reason }) => {
  const raw = rawPair("dev");
  spoil(raw);
  const faults = faultsOf(raw);
  expect(faults.map((fault) => fault.path)).toEqual([path]);
  expect(faults[0]!.reason).toMatch(reason);
});

test("without a pair the entry is the machine's own address, with one the virtual address", () => {
  expect(entryAddress(site("prd").loadBalancer)).toBe("192.168.10.45");
  const { loadBalancer } = pairSite("prd");
  expect(loadBalancer.address).toBe("192.168.10.46");
  expect(entryAddress(loadBalancer)).toBe("192.168.10.45");
});

test("the second machine is as large as the first and in the same zone", () => {
  const [first, second, ...more] = loadBalancerMachines(pairSite("prd").loadBalancer);
  expect(more).toEqual([]);
  expect(second).toEqual({ ...first, name: "prdk8slb502", address: "192.168.10.47" });
  expect(first).not.toHaveProperty("pair");
});

test("a pair that keeps the API's address leaves the flows between the zones as they were", () => {
  expect(flowsOf(pairSite("prd"))).toEqual(flowsOf(site("prd")));
});
