import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { cloudProviderConfig } from "../../../../cluster/cloud-provider/config";
import { vcenterOf } from "../../../../cluster/cloud-provider/vcenterCredentials";
import { initializeNodes } from "../../../../cluster/node/initialization";
import { parseEnvironment } from "../../../environment";
import type { Environment } from "../../../../environment/schema";
import { passwords, rawSite, site } from "../../environment/site";
import { caPem } from "../certificates";
import { nodesFor, registeredInCluster } from "../vsphere";

const prd = site("prd");

/** Production, changed. */
function changed(change: (raw: ReturnType<typeof rawSite>) => void): Environment {
  const raw = rawSite("prd");
  change(raw);
  return parseEnvironment("prd", raw);
}

function install(environment: Environment = prd, authority: string | undefined = caPem) {
  return registeredInCluster(() =>
    initializeNodes(
      "cloud-provider",
      { environment, ...nodesFor(environment), members: [], authority },
      {},
    ),
  );
}

test("it is told the vCenter, its authorities and its account", async () => {
  const registered = await install();
  const inputs = (name: string) =>
    registered.find((one) => one.name === `cloud-provider-${name}`)?.inputs;
  expect(inputs("config")?.["data"]).toEqual({
    "vsphere.conf": cloudProviderConfig(vcenterOf(prd.vsphere, caPem), prd.zones),
    "vcenter-ca.crt": caPem,
  });
  expect(inputs("credentials")?.["stringData"]).toEqual({
    "vcenter.coolcorp.priv.username": "k8s-cloud-provider@vsphere.local",
    "vcenter.coolcorp.priv.password": passwords["cluster:cloudProviderPassword"],
  });
});

test("nothing where the environment has none", async () => {
  const none = changed((raw) => {
    delete raw["kubernetes"].cloudProvider;
    raw["volumes"] = { provisioner: "local-path", version: "0.0.30" };
    raw["storageClasses"] = [
      {
        name: "a",
        default: true,
        provisioner: "rancher.io/local-path",
        allowVolumeExpansion: false,
      },
    ];
    raw["apps"].consul.storageClass = "a";
    raw["apps"].confluence.home.storageClass = "a";
    raw["apps"].confluence.database.storageClass = "a";
  });
  expect(await install(none)).toEqual([]);
});

test("the password is a secret in every resource it goes into, and its edition restarts the pods", async () => {
  const registered = await install();
  const password = passwords["cluster:cloudProviderPassword"];
  const holders = registered.filter(({ inputs }) =>
    JSON.stringify(inputs).includes(JSON.stringify(password).slice(1, -1)),
  );
  expect(holders.map(({ name }) => name).sort()).toEqual([
    "cloud-provider-credentials",
    "cloud-provider-credentials-edition",
  ]);
  expect(holders.flatMap(({ secretInputs }) => secretInputs).sort()).toEqual([
    "keepers",
    "stringData",
  ]);
  const pods = registered.find(({ name }) => name === "cloud-provider-pods");
  expect(pods?.inputs["spec"].template.metadata.annotations).toMatchObject({
    "sitewright/credentials": "0123456789abcdef",
  });
});

test("deleting nodes is something to ask for", async () => {
  const asked = changed((raw) => (raw["kubernetes"].cloudProvider.deletesNodes = true));
  const of = async (environment: Environment) => {
    const registered = await install(environment);
    const inputs = (name: string) =>
      registered.find((one) => one.name === `cloud-provider-${name}`)?.inputs ?? {};
    const [{ env }] = inputs("pods")["spec"].template.spec.containers;
    const [{ verbs }] = inputs("access-cluster-role")["rules"];
    return {
      skips: env.some(({ name }: { name: string }) => name === "SKIP_NODE_DELETION"),
      may: verbs.includes("delete"),
    };
  };
  expect(await of(prd)).toEqual({ skips: true, may: false });
  expect(await of(asked)).toEqual({ skips: false, may: true });
});

test.each([
  ["1.27.0", "registry.k8s.io/cloud-pv-vsphere/cloud-provider-vsphere:v1.27.0"],
  ["1.28.0", "registry.k8s.io/cloud-pv-vsphere/cloud-provider-vsphere:v1.28.0"],
])("release %s comes from where its project publishes", async (version, image) => {
  const environment = {
    ...prd,
    kubernetes: { ...prd.kubernetes, cloudProvider: { version, deletesNodes: false } },
  };
  const pods = (await install(environment)).find(({ name }) => name === "cloud-provider-pods");
  expect(pods?.inputs["spec"].template.spec.containers[0].image).toBe(image);
});

describe("the vCenter in the configuration", () => {
  const config = (vsphere: Partial<Environment["vsphere"]>, authority?: string) =>
    parse(cloudProviderConfig(vcenterOf({ ...prd.vsphere, ...vsphere }, authority), prd.zones));

  test("is verified by the authorities that are known, and insecure only where that is asked for", () => {
    expect(config({}, caPem).vcenter["vcenter.coolcorp.priv"]).toEqual({
      server: "vcenter.coolcorp.priv",
      port: 443,
      datacenters: ["coolcorp"],
      caFile: "/etc/cloud/vcenter-ca.crt",
    });
    expect(config({}).vcenter["vcenter.coolcorp.priv"]).not.toHaveProperty("caFile");
    expect(config({ insecure: true }).vcenter["vcenter.coolcorp.priv"].insecureFlag).toBe(true);
  });

  test("has the port and the thumbprint of the environment", () => {
    const thumbprint = Array(20).fill("AB").join(":");
    const { vcenter } = config({ server: "172.30.10.1:8989", thumbprint });
    expect(vcenter).toEqual({
      "172.30.10.1": { server: "172.30.10.1", port: 8989, datacenters: ["coolcorp"], thumbprint },
    });
  });

  test("names the networks a node's address is taken from", () => {
    expect(config({}).nodes.internalNetworkSubnetCidr).toBe("192.168.10.0/24,192.168.20.0/24");
  });
});

test("the wait runs on the first control plane and again for another machine, without a secret", async () => {
  const wait = (await install()).find(({ name }) => name === "cloud-provider-initialized");
  expect(wait?.inputs).toMatchObject({
    connection: { host: "192.168.10.56" },
    triggers: prd.nodes.map(({ name }) => `uuid of ${name}`),
  });
  for (const { name } of prd.nodes) {
    expect(wait?.inputs["create"]).toContain(name);
  }
  expect(wait?.inputs["delete"]).toBeUndefined();
  expect(await pulumi.isSecret(pulumi.output(wait?.inputs["create"]))).toBe(false);
});
