import { machinesOf } from "../../environment/checks/machines";
import { CSI_HARDWARE_VERSION } from "../../environment/releases/vsphereCsi";
import type { Environment, MachineSpec } from "../../environment/schema";
import { type Entity, INSECURE_WARNING, type Policy } from "../../vcenter/roleBindings";
import type { PreflightReport } from "./report";
import type { PreflightRequest } from "./request";

/** Something that would end `up`, before it does. */
export interface Finding {
  what: string;
  /** One line each. */
  details?: string[];
  next: string;
}

/** All that a preflight has found out. */
export interface Findings {
  faults: Finding[];
  /** What the operator should know and what stops nothing. */
  notes: string[];
}

/** A machine that the state of infra knows. */
export interface KnownMachine {
  name: string;
  uuid: string;
}

/** What people call an object. */
const KINDS: Record<(Entity | Policy)["kind"], string> = {
  vcenter: "vCenter",
  datacenter: "datacenter",
  cluster: "compute cluster",
  pool: "resource pool",
  folder: "folder",
  datastore: "datastore",
  network: "port group",
  virtualMachine: "virtual machine",
  policy: "storage policy",
};

const LOGIN_FAULTS: Record<string, (key: string, message: string) => Omit<Finding, "details">> = {
  refused: (key) => ({
    what: "is refused: user or password is wrong, or the account is locked",
    next: `check the user, and set the password again: ${setPassword(key)}`,
  }),
  expired: (key) => ({
    what: "has a password that has expired",
    next: `have it renewed in the vCenter, then ${setPassword(key)}`,
  }),
  forbidden: () => ({
    what: "may log in, but see nothing: it has no role anywhere",
    next: "make access prints the roles it needs and where they are bound",
  }),
  failed: (_, message) => ({ what: `cannot log in: ${message}`, next: "mend the cause" }),
  absent: () => ({
    what: "does not exist in the vCenter's directory",
    next: "make the user in the vCenter's single sign-on, or correct the key that names it",
  }),
};

function setPassword(key: string): string {
  const folder = key.startsWith("cluster:") ? "cluster" : "infra";
  return `cd ${folder} && pulumi config set --secret ${key}`;
}

/** Keys of user and password of each account. */
const ACCOUNT_KEYS: Record<string, [user: string, password: string]> = {
  provisioner: ["vsphere.user", "vsphere:password"],
  cloudProvider: ["vsphere.accounts.cloudProvider", "cluster:cloudProviderPassword"],
  csi: ["vsphere.accounts.csi", "cluster:csiPassword"],
};

/** Judges a report on the vCenter. */
export function vcenterFindings(
  environment: Environment,
  request: PreflightRequest,
  report: PreflightReport,
  known: readonly KnownMachine[],
): Findings {
  const { server, insecure } = environment.vsphere;
  const notes = insecure ? [INSECURE_WARNING] : [];
  if (report.unreachable !== "") {
    const what = `Nothing answers at ${server} (site:vsphere.server): ${report.unreachable}`;
    return {
      faults: [{ what, next: "check the name and the way to it, and that the vCenter runs" }],
      notes,
    };
  }
  const faults = [
    ...certificateFindings(environment, report),
    ...loginFindings(request, report),
    ...objectFindings(environment, request, report),
    ...privilegeFindings(environment, request, report),
    ...templateFindings(environment, report),
    ...duplicateFindings(environment, report, known),
  ];
  const unchecked = report.unknown.map(
    ({ account, message }) =>
      `What ${userIn(request, account)} may do is not known (${message}). With its password in ${ACCOUNT_KEYS[account]?.[1]} it is asked itself.`,
  );
  return { faults, notes: [...notes, ...unchecked] };
}

function certificateFindings(
  { vsphere: { server, insecure, thumbprint } }: Environment,
  { certificate }: PreflightReport,
): Finding[] {
  if (certificate === null) {
    return [];
  }
  const shown = [`SHA-1   ${certificate.sha1}`, `SHA-256 ${certificate.sha256}`];
  return [
    ...(certificate.fault !== "" && !insecure
      ? [
          {
            what: `The certificate of ${server} is not trusted: ${certificate.fault}. No password was sent.`,
            details: shown,
            next: "add its authority to the system's, or name a bundle that has it in SSL_CERT_FILE",
          },
        ]
      : []),
    ...(certificate.differs
      ? [
          {
            what: `The certificate of ${server} is another one than site:vsphere.thumbprint ${thumbprint} says. No password was sent.`,
            details: shown,
            next: "ask the vCenter's administrator for the thumbprint, and correct the key only if it was renewed",
          },
        ]
      : []),
  ];
}

function loginFindings(request: PreflightRequest, { logins }: PreflightReport): Finding[] {
  return Object.entries(logins).flatMap(([account, { outcome, message }]) => {
    const fault = LOGIN_FAULTS[outcome];
    const [userKey, passwordKey] = ACCOUNT_KEYS[account] ?? ["", ""];
    if (fault === undefined) {
      return [];
    }
    const { what, next } = fault(passwordKey, message);
    return [{ what: `The account ${userIn(request, account)} (site:${userKey}) ${what}.`, next }];
  });
}

function userIn({ accounts }: PreflightRequest, account: string): string {
  return accounts.find(({ name }) => name === account)?.user ?? account;
}

function objectFindings(
  { vsphere: { user } }: Environment,
  { entities, folder }: PreflightRequest,
  { objects }: PreflightReport,
): Finding[] {
  return Object.entries(entities).flatMap(([id, { kind, name, key }]) =>
    objects[id]?.found === false && id !== folder
      ? [
          {
            what: `There is no ${KINDS[kind]} ${name} (site:${key}): ${objects[id].message}.`,
            next: `correct site:${key}, create the object, or let ${user} see it`,
          },
        ]
      : [],
  );
}

function privilegeFindings(
  { stack }: Environment,
  request: PreflightRequest,
  { missing }: PreflightReport,
): Finding[] {
  return request.accounts.flatMap(({ name, user }) => {
    const details = missing
      .filter(({ account }) => account === name)
      .flatMap(({ entity, privileges }) =>
        privileges.map((id) => `${named(request, entity)}: ${id}`),
      );
    return details.length === 0
      ? []
      : [
          {
            what: `The account ${user} (site:${ACCOUNT_KEYS[name]?.[0]}) lacks ${details.length === 1 ? "a privilege" : `${details.length} privileges`}:`,
            details: [...new Set(details)],
            next: `an administrator gives them: make access ENV=${stack} prints the roles, where they are bound, and the commands`,
          },
        ];
  });
}

function named({ entities }: PreflightRequest, id: string): string {
  const { kind, name } = entities[id] ?? { kind: "vcenter", name: "" };
  return `${KINDS[kind]} ${name}`.trim();
}

function templateFindings(
  { vsphere, volumes }: Environment,
  { template }: PreflightReport,
): Finding[] {
  if (template === null) {
    return [];
  }
  const name = `The template ${vsphere.template} (site:vsphere.template)`;
  const wanted = vsphere.hardwareVersion ?? template.hardwareVersion;
  return [
    ...(template.disks < 1 || template.networkCards < 1
      ? [
          {
            what: `${name} has ${template.disks} disks and ${template.networkCards} network cards.`,
            next: "give it at least one of each",
          },
        ]
      : []),
    ...(vsphere.clone === "linked" && template.snapshots !== 1
      ? [
          {
            what: `${name} has ${template.snapshots} snapshots; a linked clone (site:vsphere.clone) asks for exactly one.`,
            next: "make one snapshot of the template, switched off, or set vsphere.clone to full",
          },
        ]
      : []),
    ...(wanted < template.hardwareVersion
      ? [
          {
            what: `${name} has hardware version ${template.hardwareVersion}, and site:vsphere.hardwareVersion is ${wanted}: no machine can go back.`,
            next: `set site:vsphere.hardwareVersion to ${template.hardwareVersion} or more, or leave it out`,
          },
        ]
      : []),
    ...(volumes.provisioner === "vsphere-csi" && wanted < CSI_HARDWARE_VERSION
      ? [
          {
            what: `${name} has hardware version ${template.hardwareVersion}; the CSI driver attaches volumes from ${CSI_HARDWARE_VERSION} on.`,
            next: `set site:vsphere.hardwareVersion to ${CSI_HARDWARE_VERSION} or more, or upgrade the template`,
          },
        ]
      : []),
  ];
}

function duplicateFindings(
  environment: Environment,
  { machines }: PreflightReport,
  known: readonly KnownMachine[],
): Finding[] {
  return machinesOf(environment).flatMap(({ path, machine }) => {
    const there = machines.find(({ name }) => name === machine.name);
    return there === undefined || known.some(({ uuid }) => uuid === there.uuid)
      ? []
      : [
          {
            what: `The folder ${environment.vsphere.folder} has a machine ${machine.name} (site:${path}.name) that is none of ours: UUID ${there.uuid}.`,
            next:
              known.length === 0
                ? `where it is this site's own, its state is missing: make restore-state ENV=${environment.stack}; otherwise rename or remove it in the vCenter, or choose another name or folder`
                : "rename or remove it in the vCenter, or choose another name or folder",
          },
        ];
  });
}

/** The machines that are yet to be made. Their addresses should therefore be free. */
export function machinesToMake(
  environment: Environment,
  known: readonly KnownMachine[],
): { path: string; machine: MachineSpec }[] {
  return machinesOf(environment).filter(
    ({ machine }) => !known.some(({ name }) => name === machine.name),
  );
}

/** Judges which of the addresses of machines that are yet to be made answer. */
export function addressFindings(
  machines: ReturnType<typeof machinesToMake>,
  answering: ReadonlyMap<string, number>,
): Finding[] {
  return machines.flatMap(({ path, machine: { name, address } }) => {
    const port = answering.get(address);
    return port === undefined
      ? []
      : [
          {
            what: `The address ${address} (site:${path}.address) is taken: something answers on TCP port ${port}, and ${name} is yet to be made.`,
            next: "give the machine another address, or free this one",
          },
        ];
  });
}

/** One text for all findings. */
export function describeFindings(faults: readonly Finding[]): string {
  return faults
    .map(({ what, details = [], next }, index) =>
      [`${index + 1}. ${what}`, ...details.map((line) => `     ${line}`), `   next: ${next}`].join(
        "\n",
      ),
    )
    .join("\n");
}
