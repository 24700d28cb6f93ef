import * as pulumi from "@pulumi/pulumi";
import * as vsphere from "@pulumi/vsphere";

import type { Environment, MachineSpec, NodeSpec } from "../../environment/schema";
import { machineMark, MARK_KEY } from "../../vcenter/machineMark";
import type { MadeWith } from "../guards/madeWith";
import type { Inventory } from "../vcenter/inventory";
import { guestinfo, renderMetadata, renderUserData } from "./cloudInit";
import { sshKeyPair } from "./sshKeys";
import type { TagsOf } from "./tags";
import type { Template } from "./template";

/** One machine of the site. */
export interface MachineArgs {
  machine: MachineSpec;
  environment: Environment;
  inventory: Inventory;
  /** Folder the machine is in, relative to the datacenter's VM folder. */
  folder: pulumi.Input<string>;
  /** Public key of the user who administers the machine, OpenSSH form. */
  userPublicKey: pulumi.Input<string>;
  tagsOf: TagsOf;
  /** What the machine takes from the environment once, to be recorded. */
  madeWith: (machine: MachineSpec) => MadeWith;
  /** What happens before and after an update of the machine. Default: the plugin changes it at once. */
  inOrder?: InOrder;
}

/** How the update of a machine that is restarted takes its turn. */
export interface InOrder {
  /** Comes when the machine may be changed; rejected if it must not. */
  turn: Promise<void>;
  /** Is told of the virtual machine as soon as there is its resource. */
  changed: (vm: pulumi.CustomResource) => void;
}

/** Minutes a machine may take until its guest reports the address it was given. */
const GUEST_ADDRESS_MINUTES = 5;

/** Properties that others change, or that only matter when a machine is cloned. */
const IGNORED = [
  // The template. Machines are replaced one by one and on purpose, not because a newer template has the same name.
  "clone",
  "guestId",
  "firmware",
  "scsiType",
  // An upgrade switches the machine off, and all nodes would be upgraded at once.
  "hardwareVersion",
  // A move of the machine's storage would also move the disks that others have attached.
  "datastoreId",
  // The machine overwrites it after its first boot, the only one it is read on.
  "extraConfig",
  // Disks of persistent volumes come and go while the machine runs; touching them would detach them.
  "disks",
  // Written by backup tools and by the vCenter itself.
  "annotation",
  // Some servers answer it empty; no policy is set here.
  "swapPlacementPolicy",
];

/** A machine that is in the vCenter, or will be at the end of the update. */
export interface MadeMachine {
  /** Host name, and name in the inventory. */
  readonly name: string;
  /** Name of the zone it is in. */
  readonly zone: string;
  /** Address, known once the guest has it. */
  readonly address: pulumi.Output<string>;
  /** Public host key in OpenSSH form. */
  readonly hostKey: pulumi.Output<string>;
  /** UUID of the virtual machine; another one means another machine. */
  readonly vmId: pulumi.Output<string>;
  readonly vm: vsphere.VirtualMachine;
}

/**
 * A virtual machine cloned from the template. It gets its own host key at the first boot, so that a client knows the key before it logs
 * in. A change of what the machine learned at that boot replaces the machine; the key stays.
 * Children: `<name>-host-key`, `<name>-vm`.
 */
export class Machine extends pulumi.ComponentResource implements MadeMachine {
  readonly name: string;
  readonly zone: string;
  readonly address: pulumi.Output<string>;
  readonly hostKey: pulumi.Output<string>;
  readonly vmId: pulumi.Output<string>;
  readonly vm: vsphere.VirtualMachine;

  constructor(args: MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    const { machine, environment, inventory } = args;
    super("sitewright:infra:Machine", machine.name, {}, opts);
    this.name = machine.name;
    this.zone = machine.zone;

    const host = sshKeyPair(`${machine.name}-host-key`, { parent: this });
    const extraConfig = pulumi
      .all([args.userPublicKey, host.privateKey, host.publicKey])
      .apply(([userPublicKey, hostPrivateKey, hostPublicKey]) => ({
        ...guestinfo(
          renderMetadata(machine, environment),
          renderUserData(machine, environment, { userPublicKey, hostPrivateKey, hostPublicKey }),
        ),
        // After a killed update, operations/ recognizes the machines of this site by this mark.
        [MARK_KEY]: machineMark(hostPublicKey),
      }));

    const isProtected = environment.protection === "production" && "role" in machine;
    const { template } = inventory;
    const place = inventory.places[machine.zone];
    const tags = args.tagsOf(machine);
    this.vm = new vsphere.VirtualMachine(
      `${machine.name}-vm`,
      {
        name: machine.name,
        folder: args.folder,
        resourcePoolId: place.resourcePoolId,
        datastoreId: place.datastoreId,
        guestId: template.guestId,
        firmware: template.firmware,
        scsiType: template.scsiType,
        // The engine hears of a machine when all its inputs are known.
        numCpus: args.inOrder?.turn.then(() => machine.cpus) ?? machine.cpus,
        memory: machine.memoryMiB,
        memoryReservation: reservesMemory(machine) ? machine.memoryMiB : 0,
        hardwareVersion: environment.vsphere.hardwareVersion,
        networkInterfaces: [
          { networkId: place.networkId, adapterType: template.networkAdapterType },
        ],
        disks: [
          {
            label: "disk0",
            size: machine.diskGiB,
            ...diskFormat(environment.vsphere.diskFormat, template),
          },
        ],
        // The CSI driver finds a volume's disk inside the guest by its UUID.
        enableDiskUuid: true,
        clone: {
          templateUuid: template.uuid,
          linkedClone: environment.vsphere.clone === "linked",
        },
        extraConfig,
        tags,
        waitForGuestNetTimeout: GUEST_ADDRESS_MINUTES,
        // "Routable" asks for a gateway in the guest's report, which some tools send late or never.
        waitForGuestNetRoutable: false,
      },
      {
        parent: this,
        ignoreChanges: tags === undefined ? [...IGNORED, "tags"] : IGNORED,
        additionalSecretOutputs: ["extraConfig"],
        // A machine takes its address at its first boot. With another address configured, the programs would look for it in the
        // wrong place. No other setting of the first boot justifies the loss of a machine's disk: see README.md.
        replacementTrigger: replacementTrigger(machine),
        // The old and the new machine would have the same name and the same address.
        deleteBeforeReplace: true,
        protect: isProtected,
      },
    );
    args.inOrder?.changed(this.vm);

    this.address = this.vm.id.apply(() => machine.address);
    this.hostKey = host.publicKey;
    this.vmId = this.vm.uuid;
    // What is read again when the environment no longer lists the machine as it is: guards/recordedNodes.ts.
    const { zone } = machine;
    this.registerOutputs({
      address: this.address,
      hostKey: this.hostKey,
      vmId: this.vmId,
      zone,
      ...("role" in machine ? { role: machine.role, generation: machine.generation } : {}),
      // For guards/madeWith.ts.
      madeWith: args.madeWith(machine),
      ...(isProtected ? { isProtected } : {}),
    });
  }
}

/** Replaces a machine when it changes. The first generation is left out, as in the states of older programs. */
export function replacementTrigger({
  address,
  generation = 1,
}: Pick<MachineSpec, "address"> & Partial<Pick<NodeSpec, "generation">>): unknown {
  return generation === 1 ? address : [address, generation];
}

function reservesMemory(machine: MachineSpec): boolean {
  return machine.memoryReservation ?? ("role" in machine && machine.role === "control-plane");
}

/** What the plugin calls a disk's format. */
function diskFormat(
  format: Environment["vsphere"]["diskFormat"],
  { disk }: Template,
): { thinProvisioned: boolean; eagerlyScrub: boolean } {
  return format === undefined
    ? { thinProvisioned: disk.thinProvisioned, eagerlyScrub: disk.eagerlyScrub }
    : { thinProvisioned: format === "thin", eagerlyScrub: format === "eagerZeroedThick" };
}
