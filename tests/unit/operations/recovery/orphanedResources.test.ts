import { orphanedResourceOf } from "../../../../operations/recovery/orphanedResources";

const provider = "urn:pulumi:dev::sitewright-infra::pulumi:providers:vsphere::vcenter::0b5c";
const operation = (type: string, resourceType: string, inputs: Record<string, unknown>) => ({
  type,
  resource: {
    urn: `urn:pulumi:dev::sitewright-infra::${resourceType}::its-name`,
    type: resourceType,
    provider,
    inputs,
  },
});

test("a machine that was being cloned is looked for in its folder, and removed", () => {
  const type = "vsphere:index/virtualMachine:VirtualMachine";
  expect(
    orphanedResourceOf(
      operation("creating", type, { folder: "kubernetes", name: "node1" }),
      "coolcorp",
    ),
  ).toEqual({
    type,
    path: "/coolcorp/vm/kubernetes/node1",
    name: "cut-off-node1",
    provider: "urn:pulumi:dev::sitewright-infra::pulumi:providers:vsphere::vcenter",
    fate: "destroy",
  });
});

test("a folder that was being made is looked for below the datacenter, and kept", () => {
  const type = "vsphere:index/folder:Folder";
  expect(
    orphanedResourceOf(operation("creating", type, { path: "kubernetes" }), "coolcorp"),
  ).toEqual({
    type,
    path: "/coolcorp/vm/kubernetes",
    name: "its-name",
    provider: "urn:pulumi:dev::sitewright-infra::pulumi:providers:vsphere::vcenter",
    fate: "keep",
  });
});

test("a tag is looked for in its category, which the state has by a number", () => {
  const type = "vsphere:index/tag:Tag";
  const tag = operation("creating", type, { name: "worker", categoryId: "urn:vmomi:1" });
  const category = {
    urn: "urn:pulumi:dev::sitewright-infra::vsphere:index/tagCategory:TagCategory::tags-role",
    type: "vsphere:index/tagCategory:TagCategory",
    id: "urn:vmomi:1",
    inputs: { name: "k8s-role" },
  };
  expect(orphanedResourceOf(tag, "coolcorp", [category])).toMatchObject({
    path: '{"category_name":"k8s-role","tag_name":"worker"}',
    name: "its-name",
    fate: "keep",
  });
  expect(orphanedResourceOf(tag, "coolcorp", [])).toBeUndefined();
});

test.each([
  ["an update of a machine", "updating", "vsphere:index/virtualMachine:VirtualMachine"],
  ["a remote command", "creating", "command:remote:Command"],
])("%s can simply be repeated", (_, type, resourceType) => {
  expect(
    orphanedResourceOf(operation(type, resourceType, { name: "x" }), "coolcorp"),
  ).toBeUndefined();
});
