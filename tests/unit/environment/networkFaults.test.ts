import { testFaults } from "./faultCases";

testFaults([
  {
    name: "pods overlapping Services",
    spoil: (raw) => (raw["kubernetes"].serviceSubnet = "10.244.128.0/20"),
    path: "kubernetes.serviceSubnet",
    reason: "overlaps kubernetes.podSubnet 10.244.0.0/16",
    allowed: /shares no address/,
  },
  {
    name: "pods overlapping a zone",
    spoil: (raw) => (raw["kubernetes"].podSubnet = "172.30.8.0/21"),
    path: "kubernetes.podSubnet",
    reason: "overlaps zones.lan.cidr 172.30.10.0/24",
    allowed: /shares no address/,
  },
  {
    name: "a zone overlapping another zone",
    spoil: (raw) => (raw["zones"].dmz.cidr = "172.30.0.0/16"),
    path: "zones.dmz.cidr",
    reason: "overlaps zones.lan.cidr 172.30.10.0/24",
    allowed: /shares no address/,
  },
  {
    name: "Docker's own network",
    spoil: (raw) => (raw["kubernetes"].serviceSubnet = "172.17.0.0/20"),
    path: "kubernetes.serviceSubnet",
    reason: "overlaps 172.17.0.0/16, which is Docker's own default network",
    allowed: /shares no address/,
  },
  {
    name: "a pod network without room",
    spoil: (raw) => (raw["kubernetes"].podSubnet = "10.244.0.0/22"),
    path: "kubernetes.podSubnet",
    reason: "has room for 4 nodes, a /24 each, and the site has 5",
    allowed: /shorter prefix/,
  },
  {
    name: "a gateway outside its network",
    spoil: (raw) => (raw["zones"].dmz.gateway = "172.30.10.254"),
    path: "zones.dmz.gateway",
    reason: "is no host address of the zone's network 172.30.20.0/24",
    allowed: "an address between 172.30.20.0 and 172.30.20.255, both excluded",
  },
  {
    name: "an address outside its network",
    spoil: (raw) => (raw["nodes"][4].address = "172.30.10.99"),
    path: "nodes[4].address",
    reason: "is no host address of its zone dmz, whose network is 172.30.20.0/24",
    allowed: "an address between 172.30.20.0 and 172.30.20.255, both excluded",
  },
  {
    name: "the broadcast address",
    spoil: (raw) => (raw["nodes"][0].address = "172.30.10.255"),
    path: "nodes[0].address",
    reason: /is no host address of its zone lan/,
    allowed: /both excluded/,
  },
  {
    name: "the gateway's address",
    spoil: (raw) => (raw["nodes"][1].address = "172.30.10.1"),
    path: "nodes[1].address",
    reason: "is the same as zones.lan.gateway",
    allowed: /nothing else/,
  },
  {
    name: "a resolver's address",
    spoil: (raw) => (raw["loadBalancer"].address = "172.30.10.2"),
    path: "loadBalancer.address",
    reason: "is the same as zones.lan.dnsServers[0]",
    allowed: /nothing else/,
  },
  {
    name: "a duplicate address",
    spoil: (raw) => (raw["nodes"][2].address = raw["nodes"][1].address),
    path: "nodes[2].address",
    reason: "is the same as nodes[1].address",
    allowed: /nothing else/,
  },
  {
    name: "a flow from an unknown source",
    spoil: (raw) =>
      (raw["flows"] = [{ from: "nas", to: "api", protocol: "tcp", ports: [1], reason: "x" }]),
    path: "flows[0].from",
    reason: "names nothing in this environment",
    allowed: /^control-plane, api, lan, dmz/,
  },
]);
