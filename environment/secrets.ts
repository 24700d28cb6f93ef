import type { Fault } from "./faults";

/** Key of the password of the account in `site:vsphere.user`. */
export const VSPHERE_PASSWORD = "vsphere:password";

/** Secrets an environment needs beside the keys of its schema, by their full configuration key. */
const SECRETS = [VSPHERE_PASSWORD];

/**
 * Reports secrets that are missing or stand in the file in clear.
 *
 * @param stateOf - Tells how a full key stands in the configuration.
 */
export function secretFaults(
  stack: string,
  stateOf: (key: string) => "missing" | "plain" | "encrypted",
): Fault[] {
  return SECRETS.flatMap((key) => {
    const state = stateOf(key);
    return state === "encrypted"
      ? []
      : [
          {
            path: key,
            value: undefined,
            reason: state === "missing" ? "is not set" : "stands in the file in clear",
            allowed: `a secret, set from the folder infra by: pulumi config set --stack ${stack} --secret ${key}`,
          },
        ];
  });
}
