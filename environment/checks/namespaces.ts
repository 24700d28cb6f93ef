import type { Amounts, Workload } from "../applications/workloads";
import type { Fault } from "../faults";
import type { Environment, NamespaceSpec } from "../schema";
import { cpuText, mebibytes, memoryText, milliCpus } from "../schema/quantities";

type Quota = NonNullable<NamespaceSpec["quota"]>;

/** How to read amounts of one kind for adding and comparing, and how to write them for people. */
const KINDS = {
  cpu: { read: milliCpus, write: cpuText },
  memory: { read: mebibytes, write: memoryText },
  "ephemeral-storage": { read: mebibytes, write: memoryText },
};
const AMOUNTS = ["cpu", "memory", "ephemeral-storage"] as const;

/** Amounts of which a namespace leaves some open. */
type Bounds = Partial<Amounts>;
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
  values: Record<Key, Bounds>,
  lower: Key,
  upper: Key,
): Fault[] {
  return AMOUNTS.flatMap((kind) => {
    const [value, bound] = [values[lower][kind], values[upper][kind]];
    return value === undefined ||
      bound === undefined ||
      KINDS[kind].read(value) <= KINDS[kind].read(bound)
      ? []
      : [
          {
            path: `${path}.${lower}.${kind}`,
            value,
            reason: `is more than ${path}.${upper}.${kind}`,
            allowed: `at most ${bound}`,
          },
        ];
  });
}

/**
 * Namespaces that bound what is written on disk in one place and not in another. Under a quota that names it the API refuses a pod that
 * says nothing of it, unless the limits say it for the pod.
 */
export function diskFaults({ namespaces }: Pick<Environment, "namespaces">): Fault[] {
  return namespaces.flatMap(({ quota, limits }, index) => {
    const places: [string, Bounds | undefined][] = [
      ...SIDES.map((side): [string, Bounds | undefined] => [`quota.${side}`, quota?.[side]]),
      ...(["default", "defaultRequest", "max"] as const).map(
        (key): [string, Bounds | undefined] => [`limits.${key}`, limits?.[key]],
      ),
    ];
    const names = (bounds: Bounds | undefined) => bounds?.["ephemeral-storage"] !== undefined;
    const [first] = places.find(([, bounds]) => names(bounds)) ?? [];
    return first === undefined
      ? []
      : places
          .filter(([, bounds]) => !names(bounds))
          // Limits without a quota refuse nobody.
          .filter(([place]) => quota !== undefined || !place.startsWith("quota."))
          .map(([place]) => ({
            path: `namespaces[${index}].${place}.ephemeral-storage`,
            value: undefined,
            reason: `is missing, and ${first} has it: pods that say nothing of it would be refused, or unbounded`,
            allowed: "an amount in Mi, Gi or Ti, or the key nowhere in the namespace",
          }));
  });
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
      AMOUNTS.flatMap((kind) => {
        const { read, write } = KINDS[kind];
        const value = quota[side][kind];
        const takes = ({ containers }: Workload) =>
          containers.reduce((sum, container) => sum + read(container[side][kind]), 0);
        return value === undefined
          ? []
          : [
              {
                key: `${side}.${kind}`,
                value,
                allowed: read(value),
                takes,
                pods: withSurge,
                write,
              },
            ];
      }),
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

function maximumFaults(path: string, max: Bounds, own: readonly Workload[]): Fault[] {
  return AMOUNTS.flatMap((kind) => {
    const { read } = KINDS[kind];
    const most = max[kind];
    return own.flatMap(({ app, containers }) =>
      containers
        .filter(({ limits }) => most !== undefined && read(limits[kind]) > read(most))
        .map(({ limits }) => ({
          path: `${path}.${kind}`,
          value: most,
          reason: `is too small for a container of ${app}, whose limit is ${limits[kind]}`,
          allowed: `at least ${limits[kind]}`,
        })),
    );
  });
}
