import type { Fault } from "../faults";
import type { Environment } from "../schema";

/**
 * Two accounts with the same user, and roles without an account. A permission on an object replaces the one from above, so an account
 * with two purposes would lose the rights of one to those of the other.
 */
export function accountFaults({ vsphere }: Pick<Environment, "vsphere">): Fault[] {
  const { user, accounts, manageAccess } = vsphere;
  if (accounts === undefined) {
    return manageAccess
      ? [
          {
            path: "vsphere.manageAccess",
            value: manageAccess,
            reason: "has no account to give rights to: vsphere.accounts is missing",
            allowed: "vsphere.accounts with cloudProvider and csi, or false",
          },
        ]
      : [];
  }
  const all: [path: string, user: string][] = [
    ["vsphere.user", user],
    ["vsphere.accounts.cloudProvider", accounts.cloudProvider],
    ["vsphere.accounts.csi", accounts.csi],
  ];
  return all.flatMap(([path, value], index) => {
    const earlier = all.slice(0, index).find(([, other]) => isSame(other, value));
    return earlier === undefined
      ? []
      : [
          {
            path,
            value,
            reason: `is the same account as ${earlier[0]}`,
            allowed: "an account of its own, whose rights take away none of another's",
          },
        ];
  });
}

/** vCenter ignores the case of user names. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
