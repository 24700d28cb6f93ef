import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import { readEnvironment, vspherePassword } from "../environment/config";
import { DependentsGuard } from "../environment/dependents";
import { Access } from "./access";
import { siteOutput } from "./contract";
import { lookUp, vcenter } from "./inventory";
import { sshKeyPair } from "./keys";
import { LoadBalancer } from "./loadBalancer";
import { Machine } from "./machine";

/** The machines of a site. Nothing is created before everything the environment names was found in the vCenter. */
export = async () => {
  const environment = readEnvironment();
  const password = vspherePassword();
  const provider = vcenter(environment.vsphere, password);
  const inventory = await lookUp(environment, provider);

  const folder = new vsphere.Folder(
    "folder",
    { path: environment.vsphere.folder, type: "vm", datacenterId: inventory.datacenterId },
    { provider },
  );
  const user = sshKeyPair("ssh-user");
  const shared = { environment, inventory, folder: folder.path, userPublicKey: user.publicKey };
  const opts = { providers: [provider] };

  const loadBalancer = new LoadBalancer(
    "load-balancer",
    { ...shared, userPrivateKey: user.privateKey },
    opts,
  );
  const nodes = environment.nodes.map((machine) => new Machine({ ...shared, machine }, opts));
  const access = environment.vsphere.manageAccess
    ? [new Access({ environment, password, folder }, opts)]
    : [];
  new DependentsGuard("dependents", {
    downstream: "cluster",
    protects: [provider, folder, loadBalancer, ...nodes, ...access],
  });

  return {
    infra: siteOutput(environment, nodes),
    sshPrivateKey: pulumi.secret(user.privateKey),
  };
};
