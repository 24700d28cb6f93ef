import { valueAt } from "../../lib/values";
import type { Registry } from "../applications/registry";
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

/** Keys of the certificate, and of its private key, that the owner brings for a host of an application. */
export function ownCertificateKeys(application: string): { certificate: string; key: string } {
  return { certificate: `apps:${application}Certificate`, key: `apps:${application}Key` };
}

/** The applications whose owner brings a certificate, as far as the settings in a file say so. */
export function certificateBringers({ specs }: Registry, site: RawSite): string[] {
  return Object.entries(specs)
    .filter(([name, { bringsCertificate }]) => bringsCertificate?.(valueAt(site, ["apps", name])))
    .map(([name]) => name);
}

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
export function needed(registry: Registry, site: RawSite): Needed[] {
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
    ...certificateBringers(registry, site).flatMap((application) => {
      const { certificate, key } = ownCertificateKeys(application);
      return [
        { key: certificate, folder: "apps", secret: false, input: " < chain.pem" },
        { key, folder: "apps", secret: true, input: " < key.pem" },
      ];
    }),
  ];
}

/**
 * Reports secrets that are missing, or that are in the file in the clear. It cannot check the content of encrypted secrets.
 *
 * @param registry - The applications there are.
 * @param site - The keys of the namespace `site:`, which say what is needed.
 * @param stateOf - Tells the state of a full key in the configuration.
 */
export function secretFaults(
  registry: Registry,
  stack: string,
  site: RawSite,
  stateOf: (key: string) => "missing" | "plain" | "encrypted",
): Fault[] {
  return needed(registry, site).flatMap(({ key, folder, secret, optional = false, input = "" }) => {
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
