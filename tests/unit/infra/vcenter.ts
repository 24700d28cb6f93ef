import type { MockSite } from "../mocks";
import { vmIdOf } from "../vmId";

/** Finds whatever it is asked for, under an id that names it. */
const found = (type: string) => (args: Record<string, unknown>) => ({
  ...args,
  id: `${type}:${String(args["name"])}`,
});

/** How a vCenter that has everything answers. */
export const calls: NonNullable<MockSite["calls"]> = {
  "vsphere:index/getDatacenter:getDatacenter": found("datacenter"),
  "vsphere:index/getComputeCluster:getComputeCluster": (args) => ({
    ...found("cluster")(args),
    resourcePoolId: `pool of ${args["name"]}`,
  }),
  "vsphere:index/getResourcePool:getResourcePool": found("pool"),
  "vsphere:index/getDatastore:getDatastore": found("datastore"),
  "vsphere:index/getNetwork:getNetwork": found("network"),
  // vcenter-access: every permission is there.
  "command:local:run": ({ stdin }) => ({
    stdout: JSON.stringify((JSON.parse(stdin) as { permissions: [] }).permissions.map(() => true)),
  }),
  "vsphere:index/getVirtualMachine:getVirtualMachine": (args) => ({
    ...found("template")(args),
    guestId: "vmwarePhoton64Guest",
    firmware: "efi",
    scsiType: "pvscsi",
    hardwareVersion: 17,
    networkInterfaceTypes: ["vmxnet3"],
    disks: [{ size: 16, thinProvisioned: true, eagerlyScrub: false }],
  }),
};

/** What machines and keys become. */
export const outputs: NonNullable<MockSite["outputs"]> = {
  "tls:index/privateKey:PrivateKey": ({ name }) => ({
    privateKeyOpenssh: `private ${name}\n`,
    publicKeyOpenssh: `public ${name}\n`,
  }),
  "vsphere:index/virtualMachine:VirtualMachine": ({ name }) => ({ uuid: vmIdOf(name) }),
};
