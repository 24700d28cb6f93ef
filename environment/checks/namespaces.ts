import type { Amounts, Workload } from "../applications/workloads";
import type { Fault } from "../faults";
import type { Environment, NamespaceSpec } from "../schema";
import { cpuText, mebibytes, memoryText, milliCpus } from "../schema/quantities";

type Quota = NonNullable<NamespaceSpec["quota"]>;

/** How to read amounts of one kind for adding and comparing, and how to write them for people. */
const KINDS = {
  cpu: { read: milliCpus, write: cpuText },
  memory: { read: mebibytes, write: memoryText },
};
const AMOUNTS = ["cpu", "memory"] as const;
const SIDES = ["requests", "limits"] as const;

/** Namespaces that allow more than level restricted without saying why, or say why without doing so. */
export function podSecurityFaults({ namespaces }: Pick<Environment, "namespaces">): Fault[] {
  return namespaces.flatMap(({ podSecurity, podSecurityReason }, index): Fault[] => {
    const path = `namespaces[${index}].podSecurityReason`;
    if (podSecurity !== "restricted" && podSecurityReason === undefined) {
      return [
        {
          path,
          value: undefined,
          reason: `is missing, and podSecurity is ${podSecurity}: its pods may do more than restricted ones`,
          allowed: "the reason as text, or podSecurity: restricted",
        },
      ];
    }
    return podSecurity === "restricted" && podSecurityReason !== undefined
      ? [
          {
            path,
            value: podSecurityReason,
            reason: "is a reason for nothing: podSecurity is restricted",
            allowed: "no such key",
          },
        ]
      : [];
  });
}

/** Limits that contradict each other, which the API would refuse, and quotas whose limits are below their requests. */
export function amountFaults({ namespaces }: Pick<Environment, "namespaces">): Fault[] {
  return namespaces.flatMap(({ quota, limits }, index) => [
    ...(quota === undefined
      ? []
      : notAbove(`namespaces[${index}].quota`, quota, "requests", "limits")),
    ...(limits === undefined
      ? []
      : [
          ...notAbove(`namespaces[${index}].limits`, limits, "defaultRequest", "default"),
          ...notAbove(`namespaces[${index}].limits`, limits, "default", "max"),
        ]),
  ]);
}

/** Amounts that are above their bounds. */
export function notAbove<Key extends string>(
  path: string,
  values: Record<Key, Amounts>,
  lower: Key,
  upper: Key,
): Fault[] {
  return AMOUNTS.filter(
    (kind) => KINDS[kind].read(values[lower][kind]) > KINDS[kind].read(values[upper][kind]),
  ).map((kind) => ({
    path: `${path}.${lower}.${kind}`,
    value: values[lower][kind],
    reason: `is more than ${path}.${upper}.${kind}`,
    allowed: `at most ${values[upper][kind]}`,
  }));
}

/**
 * Quotas and limits that are too small for the applications in the namespace, with the sum. A rolling update must find
 * room too. Pods that are ending still count until they are gone, which delays an update and does not stop it, so they
 * are not part of the sum.
 */
export function roomFaults({
  namespaces,
  applications,
}: Pick<Environment, "namespaces" | "applications">): Fault[] {
  const all = applications.flatMap(({ workloads }) => workloads);
  return namespaces.flatMap(({ name, quota, limits }, index) => {
    // A name given twice is another check's fault.
    const isFirst = namespaces.findIndex((other) => other.name === name) === index;
    const own = all.filter(({ namespace }) => namespace === name);
    return !isFirst || own.length === 0
      ? []
      : [
          ...(quota === undefined ? [] : quotaFaults(`namespaces[${index}].quota`, quota, own)),
          ...(limits === undefined
            ? []
            : maximumFaults(`namespaces[${index}].limits.max`, limits.max, own)),
        ];
  });
}

/** One row of a quota: where it stands, what it allows, and what one workload takes of it. */
interface Row {
  key: string;
  value: string | number;
  allowed: number;
  /** Of one pod, or of the whole workload for what an update does not need twice. */
  takes: (workload: Workload) => number;
  pods: (workload: Workload) => number;
  write: (sum: number) => string;
}

const withSurge = ({ replicas, surge }: Workload): number => replicas + surge;

function rows(quota: Quota): Row[] {
  return [
    ...SIDES.flatMap((side) =>
      AMOUNTS.map((kind) => ({
        key: `${side}.${kind}`,
        value: quota[side][kind],
        allowed: KINDS[kind].read(quota[side][kind]),
        takes: ({ containers }: Workload) =>
          containers.reduce((sum, container) => sum + KINDS[kind].read(container[side][kind]), 0),
        pods: withSurge,
        write: KINDS[kind].write,
      })),
    ),
    {
      key: "pods",
      value: quota.pods,
      allowed: quota.pods,
      takes: () => 1,
      pods: withSurge,
      write: String,
    },
    {
      key: "persistentVolumeClaims",
      value: quota.persistentVolumeClaims,
      allowed: quota.persistentVolumeClaims,
      takes: ({ persistentVolumeClaims }) => persistentVolumeClaims,
      pods: () => 1,
      write: String,
    },
  ];
}

function quotaFaults(path: string, quota: Quota, own: readonly Workload[]): Fault[] {
  return rows(quota).flatMap(({ key, value, allowed, takes, pods, write }) => {
    const sum = own.reduce((total, workload) => total + pods(workload) * takes(workload), 0);
    const terms = own
      .filter((workload) => takes(workload) > 0)
      .map((workload) => `${workload.app} ${pods(workload)} x ${write(takes(workload))}`);
    return sum <= allowed
      ? []
      : [
          {
            path: `${path}.${key}`,
            value,
            reason: `is too small for the applications there: ${terms.join(" + ")} = ${write(sum)}, a rolling update included`,
            allowed: `at least ${write(sum)}`,
          },
        ];
  });
}

function maximumFaults(path: string, max: Amounts, own: readonly Workload[]): Fault[] {
  return AMOUNTS.flatMap((kind) => {
    const { read } = KINDS[kind];
    return own.flatMap(({ app, containers }) =>
      containers
        .filter(({ limits }) => read(limits[kind]) > read(max[kind]))
        .map(({ limits }) => ({
          path: `${path}.${kind}`,
          value: max[kind],
          reason: `is too small for a container of ${app}, whose limit is ${limits[kind]}`,
          allowed: `at least ${limits[kind]}`,
        })),
    );
  });
}
