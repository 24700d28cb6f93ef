import type { Vcenter } from "../../../operations/vcenter";

/** A vCenter that has these roles, and loses those that are removed. */
export function vcenterWith(...roles: { name: string; privileges: string[] }[]): Vcenter {
  return {
    datacenter: "coolcorp",
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
