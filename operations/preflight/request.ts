import {
  CLOUD_PROVIDER_PASSWORD,
  CSI_PASSWORD,
  VSPHERE_PASSWORD,
} from "../../environment/load/secrets";
import type { Environment } from "../../environment/schema";
import {
  entitiesAt,
  type Entity,
  machineFolder,
  parentFolder,
  policiesOf,
  type Policy,
  rolesOf,
  userOf,
} from "../../vcenter/roleBindings";
import { type Account, type Grant, MANAGES_ACCESS } from "../../vcenter/roles";
import type { VcenterLogin } from "../recovery/vcenter";

/** A privilege of every role but "no access": what is left to ask for where a role has none of its own. */
const SEES = "System.Read";

/** Where the password of an account is kept. */
const PASSWORDS: Record<Account, string> = {
  provisioner: VSPHERE_PASSWORD,
  cloudProvider: CLOUD_PROVIDER_PASSWORD,
  csi: CSI_PASSWORD,
};

/** What is asked of a vCenter before anything is made in it; `vcenter-access check` answers. */
export interface PreflightRequest {
  vcenter: VcenterLogin;
  datacenter: string;
  /** By their own references. */
  entities: Record<string, Entity | Policy>;
  accounts: {
    name: Account;
    user: string;
    password?: string;
    wanted: { entity: string; orElse?: string; privileges: string[] }[];
  }[];
  template: string;
  folder: string;
}

/** Identifies an entity within a request. */
export function reference({ kind, name }: Entity | Policy): string {
  return `${kind} ${name}`.trim();
}

/**
 * The request for an environment.
 *
 * @param secrets - Configuration in clear, by full key.
 * @param accessIsMade - Whether infra has given the other accounts their rights already, where that is infra's to do.
 */
export function preflightRequest(
  environment: Environment,
  secrets: Record<string, string>,
  accessIsMade: boolean,
): PreflightRequest {
  const { server, user, insecure, thumbprint, datacenter, manageAccess } = environment.vsphere;
  const entities = [
    ...rolesOf(environment).flatMap(({ grants }) =>
      grants.flatMap(({ place }) => entitiesAt(place, environment)),
    ),
    parentFolder(environment),
    ...policiesOf(environment),
  ];
  return {
    vcenter: { server, user, password: secrets[VSPHERE_PASSWORD] ?? "", insecure, thumbprint },
    datacenter,
    // The first key that names an entity is the one to report.
    entities: Object.fromEntries(entities.reverse().map((one) => [reference(one), one])),
    accounts: (Object.keys(PASSWORDS) as Account[]).flatMap((name) => {
      const own = userOf(name, environment);
      const isAsked = name === "provisioner" || !manageAccess || accessIsMade;
      return own === undefined
        ? []
        : [
            {
              name,
              user: own,
              password: secrets[PASSWORDS[name]],
              wanted: isAsked ? wanted(name, environment) : [],
            },
          ];
    }),
    template: reference(entitiesAt("template", environment)[0]),
    folder: reference(machineFolder(environment)),
  };
}

/** What an account is to be allowed. On a folder that is not there yet the one above it counts. */
function wanted(
  account: Account,
  environment: Environment,
): PreflightRequest["accounts"][number]["wanted"] {
  const managed = account === "provisioner" && environment.vsphere.manageAccess;
  const grants: Grant[] = [
    ...rolesOf(environment)
      .filter((role) => role.account === account)
      .flatMap((role) => role.grants),
    ...(managed ? [MANAGES_ACCESS] : []),
  ];
  return grants.flatMap(({ place, privileges }) =>
    entitiesAt(place, environment).map((entity) => ({
      entity: reference(entity),
      ...(place === "folder" ? { orElse: reference(parentFolder(environment)) } : {}),
      privileges: privileges.length === 0 ? [SEES] : privileges.map(({ id }) => id),
    })),
  );
}
