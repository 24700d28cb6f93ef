import { dnsLabel } from "../../environment/schema/fields";

/** What make was given, as text. */
export interface Asked {
  /** Name of the person. */
  user: string;
  /** @default view */
  role?: string;
  /** One, or several with commas in between. @default the whole cluster */
  namespace?: string;
  /** @default 30 */
  days?: string;
}

/** What a person gets. */
export interface Grant {
  person: string;
  role: string;
  /** Empty for the whole cluster. */
  namespaces: string[];
  /** How long the kubeconfig is valid. */
  seconds: number;
}

/** What a cluster has. */
export interface Offer {
  /** Names of its ClusterRoles. */
  roles: readonly string[];
  namespaces: readonly string[];
  /** When the CA that signs ends. */
  caEnds: Date;
}

const DEFAULT_ROLE = "view";
const DEFAULT_DAYS = "30";
const LONGEST_DAYS = 365;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** A certificate's name has 64 characters, of which a colon and the moment of the issue take 21. */
const LONGEST_NAME = 43;

/** Names that stand before the colon in users of others: Kubernetes' own, and the operator of the site. */
const TAKEN = ["system", "operator"];

/** Makes of words what is issued, or says all that is wrong with them. */
export function grantOf(
  { user, role = DEFAULT_ROLE, namespace, days = DEFAULT_DAYS }: Asked,
  offer: Offer,
  now: Date,
): Grant | { faults: string[] } {
  const namespaces = [...new Set(namespace?.split(",").map((name) => name.trim()) ?? [])];
  const seconds = secondsOf(days);
  const faults = [
    ...nameFaults(user),
    ...roleFaults(role, offer),
    ...namespaces
      .filter((name) => !offer.namespaces.includes(name))
      .map((name) => `NAMESPACE: the cluster has no namespace "${name}"`),
    ...daysFaults(days, seconds, offer, now),
  ];
  return faults.length > 0 ? { faults } : { person: user, role, namespaces, seconds };
}

/** What is wrong with a person's name. */
export function nameFaults(user: string): string[] {
  const label = dnsLabel.safeParse(user);
  if (!label.success) {
    return [`USER: "${user}" is not ${label.error.issues[0].message}`];
  }
  if (TAKEN.includes(user)) {
    return [`USER: the audit log would take "${user}" for another user; take another name`];
  }
  return user.length > LONGEST_NAME
    ? [`USER: "${user}" has more than ${LONGEST_NAME} characters`]
    : [];
}

function roleFaults(role: string, { roles }: Offer): string[] {
  if (role.startsWith("system:")) {
    return [`ROLE: "${role}" is for Kubernetes' own components, not for people`];
  }
  return roles.includes(role) ? [] : [`ROLE: the cluster has no ClusterRole "${role}"`];
}

function daysFaults(days: string, seconds: number, { caEnds }: Offer, now: Date): string[] {
  const caSeconds = (caEnds.getTime() - now.getTime()) / 1000;
  if (!(seconds >= HOUR && seconds <= LONGEST_DAYS * DAY)) {
    return [`DAYS: "${days}" is not a number from 0.042 (an hour) to ${LONGEST_DAYS}`];
  }
  return seconds > caSeconds
    ? [
        `DAYS: ${days} are more than the cluster's CA has left: ${Math.max(0, caSeconds / DAY).toFixed(1)}`,
      ]
    : [];
}

/** Whole seconds, NaN for what is no number. */
function secondsOf(days: string): number {
  return /^\d+(\.\d+)?$/.test(days) ? Math.round(Number(days) * DAY) : NaN;
}
