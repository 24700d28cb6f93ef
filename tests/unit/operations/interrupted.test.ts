import { remnantOf } from "../../../operations/interrupted";

const provider = "urn:pulumi:dev::infra::pulumi:providers:vsphere::vcenter::0b5c";
const operation = (type: string, resourceType: string, inputs: Record<string, unknown>) => ({
  type,
  resource: {
    urn: `urn:pulumi:dev::infra::${resourceType}::its-name`,
    type: resourceType,
    provider,
    inputs,
  },
});

test("a machine that was being cloned is looked for in its folder, and removed", () => {
  const type = "vsphere:index/virtualMachine:VirtualMachine";
  expect(
    remnantOf(operation("creating", type, { folder: "kubernetes", name: "node1" }), "coolcorp"),
  ).toEqual({
    type,
    path: "/coolcorp/vm/kubernetes/node1",
    name: "cut-off-node1",
    provider: "urn:pulumi:dev::infra::pulumi:providers:vsphere::vcenter",
    remove: true,
  });
});

test("a folder that was being made is looked for below the datacenter, and kept", () => {
  const type = "vsphere:index/folder:Folder";
  expect(remnantOf(operation("creating", type, { path: "kubernetes" }), "coolcorp")).toEqual({
    type,
    path: "/coolcorp/vm/kubernetes",
    name: "its-name",
    provider: "urn:pulumi:dev::infra::pulumi:providers:vsphere::vcenter",
    remove: false,
  });
});

test.each([
  ["an update of a machine", "updating", "vsphere:index/virtualMachine:VirtualMachine"],
  ["a remote command", "creating", "command:remote:Command"],
])("%s can simply be repeated", (_, type, resourceType) => {
  expect(remnantOf(operation(type, resourceType, { name: "x" }), "coolcorp")).toBeUndefined();
});
