import { execa } from "execa";

import { OperatorError } from "../lib/operatorError";
import { kubectlFor } from "./kubectlProgram";

/** Managed fields of one field manager. */
export interface ManagedFields {
  manager: string;
  operation?: string;
  apiVersion?: string;
  subresource?: string;
  fieldsV1?: Record<string, unknown>;
}

/** An object of the API, with the fields that all kinds have. */
export interface KubernetesObject {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    managedFields?: ManagedFields[];
    /** Owners: when all of them are gone, the garbage collector deletes the object. */
    ownerReferences?: {
      apiVersion: string;
      kind: string;
      name: string;
      uid?: string;
      controller?: boolean;
    }[];
  };
}

/** Selects objects: one by its name, or all with these labels. */
export interface Selection {
  /** Default: all namespaces. */
  namespace?: string;
  name?: string;
  selector?: string;
}

/** Result of kubectl. */
export interface KubectlResult {
  failed: boolean;
  stdout: string;
  /** What it printed there, or why it could not print anything. */
  stderr: string;
}

/**
 * Runs kubectl as the account of a kubeconfig file.
 * @param options.timeoutSeconds How long the API may take for one request. @default 30
 * @throws OperatorError when this machine has no kubectl for that cluster.
 */
export async function runKubectl(
  kubeconfig: string,
  args: readonly string[],
  options: { input?: string; timeoutSeconds?: number } = {},
): Promise<KubectlResult> {
  const { input, timeoutSeconds = 30 } = options;
  const result = await execa(
    await kubectlFor(kubeconfig),
    ["--kubeconfig", kubeconfig, `--request-timeout=${timeoutSeconds}s`, ...args],
    {
      reject: false,
      timeout: (timeoutSeconds + 10) * 1000,
      // Ctrl-C is for this program, which then runs kubectl to restore what it has changed.
      detached: true,
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    },
  );
  const { failed, stdout, stderr, shortMessage } = result;
  return { failed, stdout, stderr: stderr || (shortMessage ?? "") };
}

/** The cluster's API through kubectl, as the administrator. */
export class Kubectl {
  /** @param kubeconfig Path of the file, see operations/engine/kubeconfigFile.ts. */
  constructor(private readonly kubeconfig: string) {}

  /**
   * One object, undefined when there is none of that name.
   * @throws OperatorError when the API does not answer.
   */
  async find<T extends KubernetesObject>(
    kind: string,
    selection: Selection & { name: string },
  ): Promise<T | undefined> {
    const answer = await this.run([
      "get",
      kind,
      ...words(selection),
      "--ignore-not-found",
      ...JSON_OUTPUT,
    ]);
    return answer === "" ? undefined : (JSON.parse(answer) as T);
  }

  /**
   * All objects of one or more kinds (`deployments,statefulsets`).
   * @throws OperatorError when the API does not answer.
   */
  async list<T extends KubernetesObject>(kinds: string, selection: Selection): Promise<T[]> {
    const answer = await this.run(["get", kinds, ...words(selection), ...JSON_OUTPUT]);
    return (JSON.parse(answer) as { items: T[] }).items;
  }

  /**
   * All objects of one kind (`Deployment.v1.apps`, `Node.v1.`), none where the API does not know the kind.
   * @throws OperatorError when the API does not answer.
   */
  async listKind(kind: string): Promise<KubernetesObject[]> {
    try {
      return await this.list(kind, {});
    } catch (error) {
      if (error instanceof OperatorError && UNKNOWN_KIND.test(error.fault.why ?? "")) {
        return [];
      }
      throw error;
    }
  }

  /**
   * @param manager Field manager of the object. @default kubectl's own
   * @throws OperatorError when the API refuses it.
   */
  async create(object: object, manager?: string): Promise<void> {
    const as = manager === undefined ? [] : [`--field-manager=${manager}`];
    await this.run(["create", "--filename=-", ...as], { input: JSON.stringify(object) });
  }

  /**
   * Approves a CertificateSigningRequest.
   * @throws OperatorError when the account may not, or the API does not answer.
   */
  async approve(name: string): Promise<void> {
    await this.run(["certificate", "approve", name]);
  }

  /**
   * Changes one object by a merge patch (an object) or a JSON patch (a list).
   * @param manager Field manager of the changed fields.
   */
  async patch(
    kind: string,
    { namespace, name }: { namespace?: string; name: string },
    patch: object,
    manager: string,
  ): Promise<void> {
    const type = Array.isArray(patch) ? "json" : "merge";
    await this.run([
      ...["patch", kind, name, `--type=${type}`],
      ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
      ...[`--field-manager=${manager}`, `--patch=${JSON.stringify(patch)}`],
    ]);
  }

  /** Deletes an object and waits until it and what belongs to it are gone. */
  async remove(
    kind: string,
    { namespace, name }: { namespace: string; name: string },
  ): Promise<void> {
    await this.run(
      [
        ...["delete", kind, name, `--namespace=${namespace}`],
        ...["--ignore-not-found", "--cascade=foreground", "--wait", "--timeout=90s"],
      ],
      { timeoutSeconds: 100 },
    );
  }

  /** Deletes objects of one kind and does not wait until they are gone, because finalizers may take long. */
  async removeAll(kind: string, objects: readonly KubernetesObject[]): Promise<void> {
    const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace ?? ""));
    for (const namespace of namespaces) {
      const names = objects
        .filter(({ metadata }) => (metadata.namespace ?? "") === namespace)
        .map(({ metadata }) => metadata.name);
      await this.run([
        ...["delete", kind, ...names, "--ignore-not-found", "--wait=false"],
        ...(namespace === "" ? [] : [`--namespace=${namespace}`]),
      ]);
    }
  }

  /**
   * Evicts the pods of a node within their budgets, and waits until they are gone; agents of every node stay.
   * @throws OperatorError at the deadline, with the pods that are left.
   */
  async drain(node: string, seconds: number): Promise<void> {
    const wait = ["--ignore-daemonsets", "--delete-emptydir-data", `--timeout=${seconds}s`];
    await this.run(["drain", node, ...wait], { timeoutSeconds: seconds + 20 });
  }

  /** Adds a taint to a node (`key=value:effect`), or removes one (the same with `-` at its end). */
  async taint(node: string, taint: string): Promise<void> {
    const overwrite = taint.endsWith("-") ? [] : ["--overwrite"];
    await this.run(["taint", "nodes", node, taint, ...overwrite]);
  }

  /**
   * What a container has printed on both streams.
   * @param container Its name. @default the pod's first one that is no init container
   */
  async log(namespace: string, pod: string, container?: string): Promise<string> {
    const of = container === undefined ? [] : [`--container=${container}`];
    return this.run(["logs", pod, `--namespace=${namespace}`, ...of, "--tail=2000"]);
  }

  /**
   * Runs a command in a pod and returns its standard output. Its input appears in no list of processes and in no error.
   * @throws OperatorError with what it printed on standard error when it fails.
   */
  async exec(
    { namespace, pod, container }: { namespace: string; pod: string; container: string },
    command: readonly string[],
    input: string,
  ): Promise<string> {
    return this.run(
      [
        ...["exec", pod, `--namespace=${namespace}`, `--container=${container}`],
        ...["--stdin", "--", ...command],
      ],
      { input },
    );
  }

  private async run(
    args: readonly string[],
    options: { input?: string; timeoutSeconds?: number } = {},
  ): Promise<string> {
    const result = await runKubectl(this.kubeconfig, args, options);
    if (result.failed) {
      throw new OperatorError({
        what: `kubectl ${args.slice(0, 3).join(" ")} failed.`,
        why: result.stderr,
        next: "mend the cause and type the same command again; make status shows whether the API answers",
      });
    }
    return result.stdout;
  }
}

// Managed fields are hidden otherwise; operations/backups/managedFields.ts needs it.
const JSON_OUTPUT = ["--output=json", "--show-managed-fields"];

/** What kubectl says of a kind whose definition the cluster does not have. */
const UNKNOWN_KIND = /the server doesn't have a resource type|no matches for kind/;

function words({ namespace, name, selector }: Selection): string[] {
  return [
    ...(name === undefined ? [] : [name]),
    namespace === undefined ? "--all-namespaces" : `--namespace=${namespace}`,
    ...(selector === undefined ? [] : [`--selector=${selector}`]),
  ];
}
