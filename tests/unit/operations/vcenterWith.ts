import type { MachineOrigin } from "../../../operations/recovery/machineProof";
import type { Vcenter } from "../../../operations/recovery/vcenter";

/** A vCenter that has these roles, and loses those that are removed. */
export function vcenterWith(...roles: { name: string; privileges: string[] }[]): Vcenter {
  return {
    datacenter: "coolcorp",
    machines: (paths) => Promise.resolve(paths.map(absent)),
    removeRole: (name, privileges) => {
      const index = roles.findIndex((one) => one.name === name);
      if (index < 0) {
        return Promise.resolve(false);
      }
      expect(privileges).toEqual(roles[index].privileges);
      roles.splice(index, 1);
      return Promise.resolve(true);
    },
  };
}

/** What a vCenter says of a path where it has nothing. */
export function absent(path: string): MachineOrigin {
  return { path, found: false, complete: false, uuid: "", mark: "", clone: null };
}

/** A vCenter that has a machine under each path it is asked for, of this mark. */
export function vcenterWithMachines(mark: string, changed: Partial<MachineOrigin> = {}): Vcenter {
  return {
    ...vcenterWith(),
    machines: (paths) =>
      Promise.resolve(
        paths.map((path) => ({
          ...{ path, found: true, complete: true, uuid: path, mark, clone: null },
          ...changed,
        })),
      ),
  };
}
