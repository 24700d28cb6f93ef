import type * as vsphere from "@pulumi/vsphere";

import { CSI_HARDWARE_VERSION } from "../../environment/releases/vsphereCsi";
import type { Environment } from "../../environment/schema";
import { Refusal } from "../../pulumi/refusal";

/** Facts of the template that a clone must repeat. */
export interface Template {
  uuid: string;
  guestId: string;
  firmware: string;
  scsiType: string;
  networkAdapterType: string;
  hardwareVersion: number;
  disk: { sizeGiB: number; thinProvisioned: boolean; eagerlyScrub: boolean };
}

/** The controller that the CSI driver attaches disks to (CPI's kubeadm tutorial; vSphere's list of prerequisites). */
const CSI_CONTROLLER = "pvscsi";

/**
 * Reads what the vCenter says of the template.
 *
 * @throws Refusal with all reasons, when it is no usable template, or does not fit the machines of this environment.
 */
export function templateFacts(
  environment: Pick<Environment, "vsphere" | "volumes" | "stack">,
  found: vsphere.GetVirtualMachineResult,
): Template {
  const [disk] = found.disks;
  const [networkAdapterType] = found.networkInterfaceTypes;
  const name = environment.vsphere.template;
  if (disk === undefined || networkAdapterType === undefined) {
    throw new Refusal(
      `The template "${name}" has ${found.disks.length} disks and ${found.networkInterfaceTypes.length} network interfaces; it needs at least one of each.`,
    );
  }
  const template: Template = {
    uuid: found.id,
    guestId: found.guestId ?? "otherLinux64Guest",
    firmware: found.firmware ?? "bios",
    scsiType: found.scsiType,
    networkAdapterType,
    hardwareVersion: found.hardwareVersion,
    disk: {
      sizeGiB: disk.size,
      thinProvisioned: disk.thinProvisioned,
      eagerlyScrub: disk.eagerlyScrub,
    },
  };
  const faults = templateFaults(environment, template);
  if (faults.length > 0) {
    throw new Refusal(
      [
        `The template "${name}" does not fit Pulumi.${environment.stack}.yaml. Nothing was created or changed.`,
        ...faults.map((fault) => `  ${fault}`),
      ].join("\n"),
    );
  }
  return template;
}

/** Reasons why the environment's machines cannot be clones of the template. Each says what to do. */
export function templateFaults(
  { vsphere, volumes }: Pick<Environment, "vsphere" | "volumes">,
  { hardwareVersion, scsiType }: Pick<Template, "hardwareVersion" | "scsiType">,
): string[] {
  const faults = [];
  const wanted = vsphere.hardwareVersion ?? hardwareVersion;
  if (wanted < hardwareVersion) {
    faults.push(
      `It has hardware version ${hardwareVersion}, and site:vsphere.hardwareVersion is ${wanted}: no machine can go back. Set the key to ${hardwareVersion} or more, or leave it out.`,
    );
  }
  if (volumes.provisioner !== "vsphere-csi") {
    return faults;
  }
  if (wanted < CSI_HARDWARE_VERSION) {
    faults.push(
      `It has hardware version ${hardwareVersion}, and the CSI driver asks for ${CSI_HARDWARE_VERSION} or more. Set site:vsphere.hardwareVersion, or upgrade the template.`,
    );
  }
  if (scsiType !== CSI_CONTROLLER) {
    // The plugin would change the controller on the clone, which may then not find its disk. Only the template itself shows
    // whether its initramfs has the driver.
    faults.push(
      `Its SCSI controller is ${scsiType}, and the CSI driver asks for ${CSI_CONTROLLER}. Change the controller's type to "VMware Paravirtual" on the template, start it once to see that it boots, and switch it off.`,
    );
  }
  return faults;
}
