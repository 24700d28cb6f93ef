import { join } from "node:path";

import { bindings, rolePrivileges, rolesOf } from "../../../../vcenter/roleBindings";
import { ROLES } from "../../../../vcenter/roles";
import { accessCommands, accessDocument, accessTables } from "../../../../vcenter/rolesDocument";
import { site } from "../../environment/site";
import { expectFile, expectGolden } from "../../golden";

test("the document of accounts and rights is current", () => {
  expectFile(join(__dirname, "../../../../docs/vcenter-access.md"), accessDocument());
});

test("what an administrator is handed for prd", () => {
  const prd = site("prd");
  expectGolden("access-prd.txt", `${accessTables(prd)}\n\n${accessCommands(prd).join("\n")}\n`);
});

test("where infra manages access, its own account is given nothing and the folder is its own", () => {
  const given = bindings(site("dev"));
  expect(given.map(({ account }) => account)).not.toContain("provisioner");
  expect(given.find(({ role }) => role === "devk8sclu-CNS-VM")?.entity.name).toBe(
    "/coolcorp/vm/kubernetes",
  );
});

test("an environment without the two accounts has rights for one", () => {
  const prd = site("prd");
  delete prd.vsphere.accounts;
  expect(new Set(bindings(prd).map(({ account }) => account))).toEqual(new Set(["provisioner"]));
});

test("only the provisioner may remove a machine, and no role has an administrator's rights", () => {
  const all = ROLES.map((role) => ({ ...role, ids: rolePrivileges(role) }));
  const remover = all.filter(({ ids }) => ids.includes("VirtualMachine.Inventory.Delete"));
  expect(remover.map(({ name }) => name)).toEqual(["provisioner-machines"]);
  expect(
    all.flatMap(({ ids }) => ids).filter((id) => /^(Authorization|Host|Global)\./.test(id)),
  ).toEqual(["Host.Inventory.EditCluster"]);
  expect(
    all.filter(({ account }) => account === "cloudProvider").flatMap(({ ids }) => ids),
  ).toEqual([]);
});

test("rights for tags and for rules of a cluster are asked for where the environment has these", () => {
  const prd = site("prd");
  const ids = () => rolesOf(prd).flatMap(rolePrivileges).join();
  Object.assign(prd.vsphere, { tags: [], separateHosts: false });
  expect(ids()).not.toMatch(/Tagging|EditCluster/);
  Object.assign(prd.vsphere, { tags: ["role"], separateHosts: true });
  expect(ids()).toMatch(/Tagging\.CreateCategory.*EditCluster/);
  expect(bindings(prd).map(({ entity }) => entity)).toContainEqual({
    ...{ kind: "cluster", name: "k8s", key: "vsphere.cluster" },
  });
});

test("rights are where each zone's machines are, once for each object", () => {
  const prd = site("prd");
  Object.assign(prd.zones["dmz"], { cluster: "edge", datastore: "edge-ssd" });
  const names = (kind: string) =>
    bindings(prd)
      .filter(({ account, entity }) => account === "provisioner" && entity.kind === kind)
      .map(({ entity: { name, key } }) => [name, key]);
  expect(names("pool")).toEqual([
    ["k8s/Resources", "vsphere.cluster"],
    ["edge/Resources", "zones.dmz.cluster"],
  ]);
  expect(names("datastore")).toEqual([
    ["dts-ssd", "vsphere.datastore"],
    ["edge-ssd", "zones.dmz.datastore"],
  ]);
});

test("a resource pool takes the place of the cluster's root pool", () => {
  const prd = site("prd");
  prd.vsphere.resourcePool = "kubernetes";
  expect(accessCommands(prd).join("\n")).toContain("/coolcorp/host/k8s/Resources/kubernetes");
});
