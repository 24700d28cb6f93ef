import { testFaults } from "./faultCases";

const controlPlane = (name: string, address: string) => ({
  name,
  role: "control-plane",
  zone: "lan",
  address,
  cpus: 2,
  memoryMiB: 2048,
  diskGiB: 20,
});

testFaults([
  {
    name: "a duplicate name",
    spoil: (raw) => (raw["nodes"][0].name = raw["loadBalancer"].name),
    path: "nodes[0].name",
    reason: "is the same as loadBalancer.name",
    allowed: /no other machine/,
  },
  {
    name: "a node in a zone there is not",
    spoil: (raw) => (raw["nodes"][0].zone = "wan"),
    path: "nodes[0].zone",
    reason: "is no zone of this environment",
    allowed: "lan, dmz",
  },
  {
    name: "a load balancer in a zone there is not",
    spoil: (raw) => (raw["loadBalancer"].zone = "wan"),
    path: "loadBalancer.zone",
    reason: "is no zone of this environment",
    allowed: "lan, dmz",
  },
  {
    name: "no control plane",
    spoil: (raw) => (raw["nodes"][0].role = "worker"),
    path: "nodes",
    reason: "has no control plane",
    allowed: /odd number/,
  },
  {
    name: "an even number of control planes",
    spoil: (raw) => raw["nodes"].push(controlPlane("devk8smst502", "172.30.10.57")),
    path: "nodes",
    reason: /^has an even number of control planes/,
    allowed: /1, 3, 5\. List the number that is to stay: make up goes there one by one/,
  },
  {
    name: "no worker",
    spoil: (raw) => {
      raw["nodes"] = raw["nodes"].slice(0, 1);
    },
    path: "nodes",
    reason: /^has no worker/,
    allowed: /at least one.*make down/,
  },
  {
    name: "a control plane kubeadm refuses",
    spoil: (raw) => (raw["nodes"][0].cpus = 1),
    path: "nodes[0].cpus",
    reason: /kubeadm refuses/,
    allowed: "at least 2",
  },
]);
