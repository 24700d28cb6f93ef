import type { ExportedStack } from "../engine/exportedStack";
import { knownBy, type MachineOrigin } from "../recovery/machineProof";
import { VIRTUAL_MACHINE } from "../recovery/orphanedResources";

/** A machine as a backup of the state has it. */
export interface SavedMachine {
  name: string;
  /** In the vCenter's inventory. */
  path: string;
  uuid: string;
  /** What the vCenter's machine bears if it is this one (vcenter/machineMark.ts); undefined without a host key in the backup. */
  mark?: string;
}

/**
 * What becomes of a machine. `taken`: it surely is the one that the backup has. `gone`: the vCenter has none. `left`: there is one that
 * is not proved to be this site's; it is never taken.
 */
export interface Verdict {
  name: string;
  fate: "taken" | "gone" | "left";
  why: string;
}

/** The machines that the state of infra has. */
export function savedMachines(
  { deployment: { resources = [] } }: Pick<ExportedStack, "deployment">,
  datacenter: string,
): SavedMachine[] {
  return resources
    .filter(({ type, id }) => type === VIRTUAL_MACHINE && id !== undefined)
    .map((resource) => {
      const { inputs = {}, id = "" } = resource;
      const { mark } = knownBy(resource, resources, new Date(0));
      const name = String(inputs.name);
      const path = pathOf(datacenter, String(inputs.folder), name);
      return { name, path, uuid: id, ...(mark === undefined ? {} : { mark }) };
    });
}

/** Where a machine is in the vCenter's inventory. */
export function pathOf(datacenter: string, folder: string, name: string): string {
  return `/${datacenter}/vm/${folder}/${name}`;
}

/** Judges a machine of the backup by what the vCenter says. Its name proves nothing; UUID and mark do. */
export function judgeSaved(saved: SavedMachine, origin: MachineOrigin | undefined): Verdict {
  const { name } = saved;
  if (origin === undefined || !origin.found) {
    return {
      name,
      fate: "gone",
      why: "not in the vCenter: make up makes it again, where the file still names it",
    };
  }
  if (origin.uuid.toLowerCase() !== saved.uuid.toLowerCase()) {
    return {
      name,
      fate: "left",
      why: "another machine has this name: its UUID is not the saved one",
    };
  }
  if (origin.mark !== "" && origin.mark !== saved.mark) {
    return { name, fate: "left", why: "it bears the mark of another host key than the saved one" };
  }
  const proof =
    origin.mark === "" ? "its UUID is the saved one" : "UUID and mark are the saved ones";
  return { name, fate: "taken", why: proof };
}

/** Judges a machine that the environment's file names and the backup does not have. */
export function judgeUnsaved(name: string, origin: MachineOrigin | undefined): Verdict {
  if (origin === undefined || !origin.found) {
    return {
      name,
      fate: "gone",
      why: "neither in the backup nor in the vCenter: make up makes it",
    };
  }
  const made = origin.clone === null ? "" : `, cloned by ${origin.clone.user}`;
  const since = "made since the backup, or by others";
  return {
    name,
    fate: "left",
    why:
      origin.mark === ""
        ? `${since}: it bears no mark${made}`
        : `${since}: its mark is of a host key that only the lost state had${made}`,
  };
}
