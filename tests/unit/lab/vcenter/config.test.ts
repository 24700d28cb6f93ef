import { vcenterConfig } from "../../../../lab/vcenter/config";
import { site } from "../../environment/site";
import { expectGolden } from "../../golden";

const place = {
  image: "sitewright/node:0123456789ab",
  accounts: [
    { user: "administrator@vsphere.local", passwordFile: "/state/vsphere-password" },
    { user: "csi@vsphere.local", passwordFile: "/state/cluster-csiPassword" },
  ],
  certificates: "/state/certificates",
  stateDirectory: "/state/vcenter",
};

test("the inventory has every name the environment asks for", () => {
  expectGolden("vcenter.json", `${JSON.stringify(vcenterConfig(site("dev"), place), null, 2)}\n`);
});

test("the configuration holds no password", () => {
  expect(JSON.stringify(vcenterConfig(site("dev"), place))).not.toMatch(/"password"/);
});

test("a resource pool of the environment is there", () => {
  const environment = site("dev");
  environment.vsphere.resourcePool = "kubernetes";
  expect(vcenterConfig(environment, place)).toMatchObject({
    inventory: { cluster: { resourcePools: ["kubernetes"] } },
  });
});

test("no clone's disk is smaller than the template's", () => {
  const environment = site("dev");
  environment.nodes[1]!.diskGiB = 7;
  expect(vcenterConfig(environment, place)).toMatchObject({
    inventory: { templates: [{ diskGiB: 7 }] },
  });
});
