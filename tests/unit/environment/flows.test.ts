import { exportsOf } from "../../../environment/exports";
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
    "workers of zone lan -> workers of zone dmz tcp 30090",
    "control plane -> vCenter tcp 443",
    "zone dmz -> NAS tcp 2049,111,892",
    "zone dmz -> NAS udp 111,892",
  ]);
});

describe("the file server", () => {
  const nfs = (raw: ReturnType<typeof rawSite>) =>
    flowsOf(parseEnvironment("prd", raw))
      .map(line)
      .filter((one) => one.includes("NAS"));

  test("is closed to a zone whose applications have no volume on it", () => {
    const raw = rawSite("prd");
    raw["flows"] = [];
    expect(nfs(raw)).toEqual([]);
  });

  test("is open to the workers of a zone where an application has one, at the port of NFS alone", () => {
    const environment = site("prd");
    const [application] = environment.applications.filter(({ name }) => name === "outpost");
    const volume = {
      ...{ size: "1Gi", nfs: { server: "storage.coolcorp.priv", path: "/volume1/web" } },
    };
    const applications = [
      ...environment.applications.filter(({ name }) => name !== "outpost"),
      { ...application!, volumes: [{ key: "data", name: "pvc-data", volume }] },
    ];
    const opened = flowsOf({ ...environment, applications, flows: [] });
    expect(opened.map(line)).toContain("workers of zone dmz -> NAS tcp 2049");
    expect(opened.filter(({ to }) => to === "NAS")).toHaveLength(1);
    expect(exportsOf({ ...environment, applications }).at(-1)).toEqual({
      ...{ server: "storage.coolcorp.priv", path: "/volume1/web", keys: ["apps.outpost.data"] },
      clients: environment.nodes.filter(({ zone }) => zone === "dmz"),
    });
  });

  test("has as clients the workers of the zones whose applications have a volume on it, and no others", () => {
    const [one, ...more] = exportsOf(site("prd"));
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      server: "storage.coolcorp.priv",
      path: "/volume1/k8s-psv-nfs-rwm",
    });
    expect(one!.keys).toEqual([
      "apps.consul.backup.volume",
      "apps.confluence.backup.volume",
      "apps.confluence.homeBackup.volume",
    ]);
    expect(one!.clients.map(({ name }) => name)).toEqual(
      ["501", "502", "503", "504", "505"].map((number) => `prdk8swok${number}`),
    );
    expect(exportsOf(site("dev"))).toEqual([]);
  });
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
