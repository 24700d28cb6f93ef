import { type Flow, flowsOf } from "../../../environment/flows";
import { parseEnvironment } from "../../environment";
import { rawSite, site } from "./site";

const line = ({ from, to, protocol, ports }: Flow) =>
  `${from} -> ${to} ${protocol} ${ports.join(",")}`;

test("prd opens what the production site's firewall needs, with Antrea's ports and the NAS", () => {
  expect(flowsOf(site("prd")).map(line)).toEqual([
    "control plane -> zone dmz tcp 10250",
    "control plane -> zone dmz udp 6081",
    "zone dmz -> control plane udp 6081",
    "zone dmz -> API tcp 6443",
    "zone dmz -> control plane tcp 6443",
    "zone dmz -> control plane tcp 10349",
    "zone dmz -> NAS tcp 2049",
    "zone dmz -> NAS tcp 111",
    "zone dmz -> NAS udp 111",
    "zone dmz -> NAS tcp 892",
    "zone dmz -> NAS udp 892",
    "workers of zone lan -> workers of zone dmz tcp 30090",
    "control plane -> vCenter tcp 443",
  ]);
});

test("dev opens the tunnel of its own CNI, and nothing towards a NAS it has not", () => {
  expect(flowsOf(site("dev")).map(line)).toEqual([
    "control plane -> zone dmz tcp 10250",
    "control plane -> zone dmz udp 8472",
    "zone dmz -> control plane udp 8472",
    "zone dmz -> API tcp 6443",
    "zone dmz -> control plane tcp 6443",
    "workers of zone lan -> workers of zone dmz tcp 30090",
    "control plane -> vCenter tcp 8989",
  ]);
});

test("addresses are those of the machines", () => {
  const [, , , api, kubelets] = flowsOf(site("prd"));
  expect(api).toMatchObject({ fromAddresses: ["192.168.20.11"], toAddresses: ["192.168.10.45"] });
  expect(kubelets).toMatchObject({
    fromAddresses: ["192.168.20.11"],
    toAddresses: ["192.168.10.56"],
  });
});

test("a new control plane is in every flow of the control plane", () => {
  const raw = rawSite("prd");
  for (const [name, address] of [
    ["prdk8smst502", "192.168.10.57"],
    ["prdk8smst503", "192.168.10.58"],
  ]) {
    raw["nodes"].push({ ...raw["nodes"][0], name, address });
  }
  const kubelet = flowsOf(parseEnvironment("prd", raw))[0];
  expect(kubelet?.fromAddresses).toEqual(["192.168.10.56", "192.168.10.57", "192.168.10.58"]);
});

test("a site without a separate zone has no flows but to its vCenter", () => {
  const raw = rawSite("prd");
  raw["nodes"] = raw["nodes"].filter((node: { zone: string }) => node.zone === "lan");
  delete raw["apps"].outpost;
  expect(flowsOf(parseEnvironment("prd", raw)).map(line)).toEqual([
    "control plane -> vCenter tcp 443",
  ]);
});

test("an environment's own flows are added, their ends by name or by address", () => {
  const raw = rawSite("dev");
  raw["flows"] = [
    {
      from: "dmz",
      to: "10.9.0.0/24",
      protocol: "tcp",
      ports: [443, 8443],
      reason: "partner's service",
    },
    { from: "devk8swok501", to: "api", protocol: "tcp", ports: [6443], reason: "test" },
  ];
  expect(flowsOf(parseEnvironment("dev", raw)).slice(-2)).toEqual([
    {
      from: "zone dmz",
      to: "10.9.0.0/24",
      protocol: "tcp",
      ports: [443, 8443],
      reason: "partner's service",
      fromAddresses: ["172.30.20.11"],
      toAddresses: ["10.9.0.0/24"],
    },
    {
      from: "devk8swok501",
      to: "API",
      protocol: "tcp",
      ports: [6443],
      reason: "test",
      fromAddresses: ["172.30.10.61"],
      toAddresses: ["172.30.10.45"],
    },
  ]);
});
