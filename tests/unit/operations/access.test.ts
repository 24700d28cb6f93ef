import { bindings, rolePrivileges } from "../../../environment/access";
import { ROLES } from "../../../environment/roles";
import { accessCommands, accessDocument, accessTables } from "../../../operations/accessText";
import { site } from "../environment/site";
import { expectDocument, expectGolden } from "../golden";

test("the document of accounts and rights is current", () => {
  expectDocument("vcenter-access.md", accessDocument());
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

test("nobody but the provisioner may remove a machine, and nobody an administrator's rights", () => {
  const all = ROLES.map((role) => ({ ...role, ids: rolePrivileges(role) }));
  const remover = all.filter(({ ids }) => ids.includes("VirtualMachine.Inventory.Delete"));
  expect(remover.map(({ name }) => name)).toEqual(["provisioner-machines"]);
  expect(
    all.flatMap(({ ids }) => ids).filter((id) => /^(Authorization|Host|Global)\./.test(id)),
  ).toEqual([]);
  expect(
    all.filter(({ account }) => account === "cloudProvider").flatMap(({ ids }) => ids),
  ).toEqual([]);
});

test("a resource pool takes the place of the cluster's root pool", () => {
  const prd = site("prd");
  prd.vsphere.resourcePool = "kubernetes";
  expect(accessCommands(prd).join("\n")).toContain("/coolcorp/host/k8s/Resources/kubernetes");
});
