import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import { readEnvironmentFile } from "../../../../apps/environment";
import { createSite } from "../../../../operations/new-site/newSite";
import { askForSite } from "../../../../operations/new-site/dialog";
import { type FactName, factNames, facts } from "../../../../operations/new-site/facts";
import { checkout } from "../../../../lib/paths";

/** What only the owner of this site knows; the rest is usual. */
const FACTS = {
  domain: "example.internal",
  vcenter: "vcenter.example.internal",
  vcenterAddress: "192.168.30.4",
  datacenter: "one",
  cluster: "hosts",
  datastore: "ssd",
  storagePolicy: "gold",
  portGroup: "vm-30",
  network: "192.168.30.0/24",
  gateway: "192.168.30.1",
  dnsServers: ["192.168.30.2", "192.168.30.3"],
  loadBalancer: "192.168.30.10",
  controlPlanes: ["192.168.30.11", "192.168.30.12", "192.168.30.13"],
  workers: ["192.168.30.21", "192.168.30.22"],
};

describe("make new-site", () => {
  const folder = mkdtempSync(join(tmpdir(), "new-site-"));
  const answers = join(folder, "facts.yaml");
  const create = (given: object, name = "tst") => {
    writeFileSync(answers, stringify(given));
    return createSite(name, answers, folder);
  };
  beforeEach(() => jest.spyOn(console, "log").mockImplementation(() => undefined));
  afterEach(() => {
    for (const name of ["tst", "rec"]) {
      rmSync(join(folder, `Pulumi.${name}.yaml`), { force: true });
    }
    jest.restoreAllMocks();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("writes a valid environment with the releases of the production site", async () => {
    await create(FACTS);
    const site = readEnvironmentFile("tst", { directory: folder });
    const prd = readEnvironmentFile("prd", { directory: checkout });
    expect(site.nodes.map(({ name, address }) => `${name} ${address}`)).toEqual([
      "tst-cp-1 192.168.30.11",
      "tst-cp-2 192.168.30.12",
      "tst-cp-3 192.168.30.13",
      "tst-worker-1 192.168.30.21",
      "tst-worker-2 192.168.30.22",
    ]);
    expect(site.kubernetes.apiName).toBe("kube.example.internal");
    expect(site.apps.ingress?.domain).toBe("apps.example.internal");
    const releases = ({ kubernetes, containerd, cni, volumes, apps }: typeof site) => [
      ...[kubernetes.version, kubernetes.cloudProvider, containerd.sandboxImage],
      ...[cni, volumes.provisioner, volumes.version],
      ...[apps.ingress?.traefikVersion, apps.whoami?.version],
    ];
    expect(releases(site)).toEqual(releases(prd));
    expect(statSync(join(folder, "Pulumi.tst.yaml")).mode & 0o777).toBe(0o644);
  });

  test("names everything of a third environment by the one scheme: its name first", async () => {
    await create(FACTS, "rec");
    const site = readEnvironmentFile("rec", { directory: folder });
    const names = [
      ...[site.loadBalancer, ...site.nodes].map(({ name }) => name),
      ...site.namespaces.map(({ name }) => name),
    ];
    expect(names.filter((name) => !name.startsWith("rec-"))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(
      site.namespaces.map(({ name, environment, category }) => [name, environment, category]),
    ).toEqual(
      ["sys", "apps", "routes"].map((category) => [
        `rec-${category === "sys" ? "system" : category}`,
        "rec",
        category,
      ]),
    );
    expect(site.kubernetes.clusterName).toBe("rec");
  });

  test("does not touch a site that is there", async () => {
    await create(FACTS);
    await expect(create(FACTS)).rejects.toThrow(/There is a site tst already/);
  });

  test.each(["Tst", "../tst", ""])("takes no name %j that a stack cannot have", async (name) => {
    await expect(create(FACTS, name)).rejects.toThrow(/cannot be the name of a site/);
  });

  test("says all that is wrong with a file's facts, and writes nothing", async () => {
    const faulty = { ...FACTS, gateway: undefined, network: "192.168.30.7/24", colour: "red" };
    const error = await create(faulty).catch((reason: Error) => reason.message);
    for (const part of ["gateway: ", "network: an IPv4 network", '"colour"', answers]) {
      expect(error).toContain(part);
    }
    expect(readdirSync(folder)).toEqual(["facts.yaml"]);
  });

  test("says which facts of a file do not go together", async () => {
    await expect(create({ ...FACTS, loadBalancer: "192.168.31.10" })).rejects.toThrow(
      /loadBalancer\.address = "192\.168\.31\.10"/,
    );
    expect(readdirSync(folder)).toEqual(["facts.yaml"]);
  });

  test("asks again for an answer without form, and for all where they do not go together", async () => {
    const said: string[] = [];
    const typed = (given: Partial<Record<FactName, unknown>>) =>
      factNames.map((name) => String(given[name] ?? ""));
    const [domain, ...others] = typed({ ...FACTS, gateway: "192.168.31.1" });
    // Second round: nothing but the fact that was wrong is typed.
    const lines = ["No Domain", domain!, ...others, ...typed({ gateway: FACTS.gateway })];
    const site = await askForSite("tst", {
      ask: () => Promise.resolve(lines.shift()!),
      say: (line) => said.push(line),
    });
    expect(lines).toEqual([]);
    expect(said).toEqual([
      expect.stringContaining("a lower-case DNS name"),
      expect.stringMatching(/zones\.lan\.gateway = "192\.168\.31\.1"/),
    ]);
    expect(site).toMatchObject({
      domain: FACTS.domain,
      zones: { lan: { gateway: FACTS.gateway, dnsServers: FACTS.dnsServers } },
      kubernetes: { podSubnet: "10.244.0.0/16" },
    });
  });

  test("has a question for every fact", () => {
    expect(factNames.filter((name) => !facts.shape[name].description)).toEqual([]);
  });
});
