import { valueAt } from "../../lib/values";
import type { Fault } from "../faults";
import type { Environment } from "../schema";
import type { RawSite } from "./parse";

/** Key of the password of the account in `site:vsphere.user`. */
export const VSPHERE_PASSWORD = "vsphere:password";

/** Keys of the passwords of the accounts in `site:vsphere.accounts`. */
export const CLOUD_PROVIDER_PASSWORD = "cluster:cloudProviderPassword";
export const CSI_PASSWORD = "cluster:csiPassword";

/** The users of the vCenter that an environment names, each with the key of its password. */
export function vcenterUsers({
  vsphere,
}: Pick<Environment, "vsphere">): [user: string, passwordKey: string][] {
  const { user, accounts } = vsphere;
  return [
    [user, VSPHERE_PASSWORD],
    ...(accounts === undefined
      ? []
      : [
          [accounts.cloudProvider, CLOUD_PROVIDER_PASSWORD] satisfies [string, string],
          [accounts.csi, CSI_PASSWORD] satisfies [string, string],
        ]),
  ];
}

/** Keys of the certificate, and of its private key, that the owner brings for `apps.confluence.publicHost`. */
export const OWN_CERTIFICATE = "apps:confluenceCertificate";
export const OWN_KEY = "apps:confluenceKey";

/** A value that an environment needs in addition to the keys of its schema. */
export interface Needed {
  /** Its full configuration key. */
  key: string;
  /** Folder from which it is set: the project it belongs to. */
  folder: string;
  /** Whether it must be encrypted. */
  secret: boolean;
  /** Whether it may be missing. @default false */
  optional?: boolean;
  /** Added to the command that sets it. */
  input?: string;
}

/** What an environment with these keys of the namespace `site:` needs. */
export function needed(site: RawSite): Needed[] {
  const certificate = valueAt(site, ["apps", "confluence", "publicHost", "certificate"]);
  return [
    { key: VSPHERE_PASSWORD, folder: "infra", secret: true },
    {
      key: CLOUD_PROVIDER_PASSWORD,
      folder: "cluster",
      secret: true,
      optional: valueAt(site, ["kubernetes", "cloudProvider"]) === undefined,
    },
    {
      key: CSI_PASSWORD,
      folder: "cluster",
      secret: true,
      optional: valueAt(site, ["volumes", "provisioner"]) !== "vsphere-csi",
    },
    ...(certificate === "own"
      ? [
          { key: OWN_CERTIFICATE, folder: "apps", secret: false, input: " < chain.pem" },
          { key: OWN_KEY, folder: "apps", secret: true, input: " < key.pem" },
        ]
      : []),
  ];
}

/**
 * Reports secrets that are missing, or that are in the file in the clear. It cannot check the content of encrypted secrets.
 *
 * @param site - The keys of the namespace `site:`, which say what is needed.
 * @param stateOf - Tells the state of a full key in the configuration.
 */
export function secretFaults(
  stack: string,
  site: RawSite,
  stateOf: (key: string) => "missing" | "plain" | "encrypted",
): Fault[] {
  return needed(site).flatMap(({ key, folder, secret, optional = false, input = "" }) => {
    const state = stateOf(key);
    return state === "encrypted" ||
      (state === "plain" && !secret) ||
      (state === "missing" && optional)
      ? []
      : [
          {
            path: key,
            value: state === "missing" ? undefined : "(not shown)",
            reason: state === "missing" ? "is not set" : "stands in the file in clear",
            allowed:
              `a ${secret ? "secret" : "value"}, set from the folder ${folder} by: ` +
              `pulumi config set --stack ${stack} ${secret ? "--secret " : ""}${key}${input}`,
          },
        ];
  });
}
