import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import { APPLICATIONS } from "../apps/registry";
import { PROXY_SENDERS_OUTPUT } from "../environment/contracts";
import { VSPHERE_PASSWORD } from "../environment/load/secrets";
import { loadBalancerMachines } from "../environment/loadBalancers";
import { readEnvironment, vspherePassword } from "../pulumi/config";
import { DependentsGuard } from "../pulumi/dependentsGuard";
import { readStackResources, refuseFormerName } from "../pulumi/stackResources";
import { vcenterPassword } from "../pulumi/vcenterPassword";
import { siteOutput } from "./contract";
import { memberGuard } from "./guards/memberGuard";
import { judgeEdits } from "./guards/judgeEdits";
import { madeWithOf, recordedMachines } from "./guards/madeWith";
import { OrderedRestarts } from "./guards/restarts";
import { loadBalancers } from "./load-balancer/loadBalancer";
import { proxySenders } from "./load-balancer/proxyProtocol";
import { separateHosts } from "./machine/antiAffinity";
import { HeldMachine } from "./machine/heldMachine";
import { Machine } from "./machine/machine";
import { sshKeyPair } from "./machine/sshKeys";
import { siteTags } from "./machine/tags";
import { lookUp, vcenter } from "./vcenter/inventory";
import { givenPermissions } from "./vcenter/permissions";
import { Access } from "./vcenter/roles";

/** The machines of a site. Creates nothing before it has found everything in the vCenter that the environment names. */
export = async () => {
  const environment = readEnvironment(APPLICATIONS);
  await refuseFormerName("infra");
  const state = readStackResources("infra");
  const { held, waiting, restarts } = await judgeEdits(environment, state);
  const kept = [...held, ...waiting];
  const own = await state;
  const recorded = own.kind === "read" ? recordedMachines(own.resources) : [];
  const senders = await proxySenders(environment);
  const password = vspherePassword();
  const provider = vcenter(environment.vsphere, password);
  const inventory = await lookUp(environment, provider);
  const { manageAccess } = environment.vsphere;
  const given = manageAccess ? await givenPermissions(environment, password) : [];

  const folder = new vsphere.Folder(
    "folder",
    { path: environment.vsphere.folder, type: "vm", datacenterId: inventory.datacenterId },
    { provider },
  );
  const user = sshKeyPair("ssh-user");
  const shared = {
    environment,
    inventory,
    folder: folder.path,
    userPublicKey: user.publicKey,
    tagsOf: siteTags(environment, kept, { provider }),
    madeWith: madeWithOf(environment, recorded),
  };
  const opts = { providers: [provider] };

  const order = new OrderedRestarts(environment, restarts);
  const balancers = loadBalancers(
    loadBalancerMachines(environment.loadBalancer),
    {
      ...{ ...shared, userPrivateKey: user.privateKey, held, proxySenders: senders },
      inOrderOf: (machine) => order.ofLoadBalancer(machine),
    },
    opts,
  );
  const listed = order.sorted(
    environment.nodes.filter(({ name }) => !kept.some((one) => one.name === name)),
  );
  const nodes = listed.map(
    (machine) => new Machine({ ...shared, machine, inOrder: order.ofNode(machine) }, opts),
  );
  const asRecorded = kept.map((node) => {
    const isProtected = environment.protection === "production" && waiting.includes(node);
    return new HeldMachine(node, { folder, isProtected }, opts);
  });
  if (environment.vsphere.separateHosts) {
    const { clusterName } = environment.kubernetes;
    const controlPlanes = [...nodes, ...asRecorded].filter(({ name }) =>
      [...listed, ...waiting].some((one) => one.name === name && one.role === "control-plane"),
    );
    const pair = balancers.map(({ machine }) => machine);
    separateHosts({ clusterName, kind: "control-planes" }, controlPlanes, inventory, { provider });
    separateHosts({ clusterName, kind: "load-balancers" }, pair, inventory, { provider });
  }
  const roles = [...listed, ...kept].map(({ role }) => role);
  const guards = [...nodes, ...asRecorded].map((machine, index) =>
    memberGuard(machine, { role: roles[index], folder }),
  );
  const access = manageAccess ? [new Access({ environment, password, folder, given }, opts)] : [];
  new DependentsGuard("dependents", {
    downstream: "cluster",
    protects: [provider, folder, ...balancers, ...nodes, ...asRecorded, ...guards, ...access],
  });

  return {
    infra: siteOutput(
      environment,
      [...balancers.map(({ machine }) => machine), ...nodes, ...asRecorded],
      held,
    ),
    ...(environment.loadBalancer.proxyProtocol ? { [PROXY_SENDERS_OUTPUT]: senders } : {}),
    sshPrivateKey: pulumi.secret(user.privateKey),
    vcenterPasswords: pulumi.all([
      vcenterPassword("provisioner-password-since", {
        user: environment.vsphere.user,
        key: VSPHERE_PASSWORD,
        password,
        vsphere: environment.vsphere,
      }),
    ]),
  };
};
