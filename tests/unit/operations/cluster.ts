import type { Kubectl, KubernetesObject, Selection } from "../../../kubernetes/kubectl";
import type { CronJob, Job } from "../../../operations/backups/taskJob";

/** How the Jobs of a test's cluster end, by the name of the script: what they print, and whether well. */
export type Endings = Record<string, { ok: boolean; log: string } | "never">;

type Entry = KubernetesObject & { [key: string]: unknown };

/** The API of a cluster that is a list of objects; Jobs end at once. Notes what is changed. */
export class FakeCluster implements Pick<
  Kubectl,
  "find" | "list" | "create" | "remove" | "log" | "patch" | "taint"
> {
  readonly events: string[] = [];
  readonly objects: Entry[];
  onCreate: () => void = () => undefined;

  constructor(
    objects: readonly object[],
    private readonly endings: Endings = {},
  ) {
    this.objects = objects as Entry[];
  }

  find<T extends KubernetesObject>(kind: string, { name }: Selection): Promise<T | undefined> {
    return Promise.resolve(structuredClone(this.get(kind, name)) as unknown as T | undefined);
  }

  list<T extends KubernetesObject>(kinds: string, { selector }: Selection): Promise<T[]> {
    const wanted = kinds.split(",").map((kind) => kind.replace(/s$/, ""));
    const [key, value] = selector?.split("=") ?? [];
    const found = this.objects.filter(
      ({ kind, metadata: { labels } }) =>
        wanted.includes(kind.toLowerCase()) &&
        (key === undefined ||
          (value === undefined ? key in (labels ?? {}) : labels?.[key] === value)),
    );
    return Promise.resolve(structuredClone(found) as unknown as T[]);
  }

  create(object: object): Promise<void> {
    if ((object as KubernetesObject).kind === "Secret") {
      this.events.push(`create secret ${(object as KubernetesObject).metadata.name}`);
      this.objects.push(object as Entry);
      return Promise.resolve();
    }
    const job = object as Job & { spec: CronJob["spec"]["jobTemplate"]["spec"] };
    const [container] = job.spec.template.spec.containers;
    const script = /([a-z]+)\.sh$/.exec(container.command?.[1] ?? "")?.[1] ?? "";
    const from = (container.env as { name: string; value: string }[]).find(
      ({ name }) => name === "BACKUP_FROM",
    )?.value;
    this.events.push(`run ${script}${from === undefined ? "" : ` ${from}`}`);
    const ending = this.endings[script];
    if (ending !== "never") {
      const type = ending.ok ? "Complete" : "Failed";
      job.status = { conditions: [{ type, status: "True", reason: "BackoffLimitExceeded" }] };
    }
    const { name } = job.metadata;
    this.objects.push(
      job as unknown as Entry,
      {
        kind: "Pod",
        metadata: {
          name: `${name}-old`,
          labels: { "job-name": name },
          creationTimestamp: "2026-01-01T00:00:00Z",
        },
      },
      {
        kind: "Pod",
        metadata: {
          name: `${name}-new`,
          labels: { "job-name": name },
          creationTimestamp: "2026-01-01T00:01:00Z",
        },
      },
    );
    this.onCreate();
    return Promise.resolve();
  }

  remove(kind: string, { name }: { name: string }): Promise<void> {
    this.events.push(`remove ${kind}`);
    this.objects.splice(
      this.objects.findIndex((one) => one.metadata.name === name),
      1,
    );
    return Promise.resolve();
  }

  log(_: string, pod: string, container?: string): Promise<string> {
    if (container !== undefined) {
      return Promise.resolve(`of the container ${container}`);
    }
    const script =
      this.events
        .filter((event) => event.startsWith("run "))
        .at(-1)
        ?.split(" ")[1] ?? "";
    const ending = this.endings[script];
    return Promise.resolve(
      pod.endsWith("-new") && ending !== "never" ? ending.log : "of another try",
    );
  }

  patch(kind: string, { name }: { name: string }, patch: object): Promise<void> {
    const found = this.get(kind, name);
    if (found === undefined) {
      throw new Error(`There is no ${kind} ${name}.`);
    }
    if (Array.isArray(patch)) {
      this.events.push(`disown ${name}`);
      found.metadata.managedFields = (patch[0] as { value: { manager: string }[] }).value;
      return Promise.resolve();
    }
    const { metadata, spec } = patch as {
      metadata: { annotations: Record<string, string | null> };
      spec: { replicas?: number; suspend?: boolean; unschedulable?: null };
    };
    if (spec.unschedulable === null) {
      this.events.push(`uncordon ${name}`);
      return Promise.resolve();
    }
    this.events.push(
      spec.suspend === undefined
        ? `scale ${name} ${spec.replicas}`
        : `${spec.suspend ? "suspend" : "resume"} ${name}`,
    );
    const annotations = { ...found.metadata.annotations, ...metadata.annotations };
    found.metadata.annotations = Object.fromEntries(
      Object.entries(annotations).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
    );
    found.metadata.managedFields = [
      ...(found.metadata.managedFields ?? []),
      { manager: "sitewright-restore" },
    ];
    found["spec"] = { ...(found["spec"] as object), ...spec };
    found["status"] = { readyReplicas: spec.replicas };
    return Promise.resolve();
  }

  taint(node: string, taint: string): Promise<void> {
    this.events.push(`taint ${node} ${taint}`);
    return Promise.resolve();
  }

  private get(kind: string, name?: string): Entry | undefined {
    return this.objects.find(
      (one) => one.kind.toLowerCase() === kind.toLowerCase() && one.metadata.name === name,
    );
  }
}

/** The CronJob of an application as the component makes it, as far as it matters here. */
export function cronJob(kind: "backup" | "restore", app: string, stops = ""): CronJob {
  return {
    kind: "CronJob",
    metadata: {
      ...{ name: `${kind}-${app}`, namespace: "apps", uid: "42" },
      annotations: { "sitewright/restore-stops": stops },
    },
    spec: {
      jobTemplate: {
        metadata: { labels: { app: `${app}-backup`, [`sitewright/${kind}`]: app } },
        spec: {
          activeDeadlineSeconds: 3600,
          template: {
            spec: {
              containers: [
                {
                  command: ["/bin/sh", `/scripts/${kind === "backup" ? "save" : kind}.sh`],
                  env: [{ name: "HOME", value: "/tmp" }],
                },
              ],
            },
          },
        },
      },
    },
  };
}

/** A Deployment with pods that are gone when it is scaled down. */
export function deployment(name: string, annotations: Record<string, string> = {}, replicas = 2) {
  return {
    kind: "Deployment",
    metadata: { name, namespace: "apps", annotations, managedFields: [{ manager: "pulumi" }] },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { spec: {} } },
    status: { readyReplicas: replicas },
  };
}
