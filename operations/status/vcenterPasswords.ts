import { vcenterPasswordsContract } from "../../environment/contracts";
import { passwordEnd, passwordWarning } from "../../environment/vcenterPasswords";
import type { Section } from "../../lib/statusSection";
import { table } from "../../lib/table";

const DAY = 86_400_000;

/**
 * The passwords of the accounts with which the site calls its vCenter, and when they end.
 *
 * @param outputs - Outputs `vcenterPasswords` of the stacks; undefined where older programs have made one.
 */
export function vcenterPasswordsSection(outputs: readonly unknown[], now: Date): Section {
  const passwords = outputs.flatMap((one) => vcenterPasswordsContract.safeParse(one).data ?? []);
  const rows = passwords.map((password) => {
    const end = passwordEnd(password);
    const days = end && Math.floor((end.getTime() - now.getTime()) / DAY);
    return [
      password.user,
      password.since.slice(0, 10),
      end?.toISOString().slice(0, 10) ?? "never",
      days === undefined ? "-" : days < 0 ? "ended" : `${days} days`,
    ];
  });
  return {
    text:
      rows.length === 0 ? "" : table(["VCENTER ACCOUNT", "PASSWORD SINCE", "ENDS", "LEFT"], rows),
    missing: passwords.flatMap((password) => passwordWarning(password, now) ?? []),
    warnings: [],
  };
}
