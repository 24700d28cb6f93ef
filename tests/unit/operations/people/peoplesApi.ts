import type { KubernetesObject, Kubectl, Selection } from "../../../../kubernetes/kubectl";
import { OperatorError } from "../../../../lib/operatorError";
import type { Authority } from "../../kubernetes/authority";

type Entry = KubernetesObject & {
  spec?: { request: string; expirationSeconds: number; [key: string]: unknown };
  status?: object;
  subjects?: { kind: string; name: string }[];
  roleRef?: object;
};

/** The part of a cluster's API that issues kubeconfigs to people, as a list of objects and a CA that signs what is approved. */
export class PeoplesApi implements Pick<
  Kubectl,
  "list" | "find" | "create" | "approve" | "removeAll"
> {
  /** What an approval leads to. */
  signer: "signs" | "sleeps" | "fails" = "signs";
  /** Kind of object of which only the first of a list is made. */
  refuses: string | undefined;
  mayApprove = true;
  /** Is called when bindings are made. */
  onBinding: () => void = () => undefined;
  /** Hours by which the API server's clock is ahead of this machine's. */
  hoursAhead = 0;
  readonly managers = new Set<string | undefined>();
  objects: Entry[] = [
    ...["admin", "edit", "view", "cluster-admin", "system:node"].map((name) =>
      entry("ClusterRole", name),
    ),
    ...["one", "two", "kube-system"].map((name) => entry("Namespace", name)),
    {
      ...entry("ClusterRoleBinding", "sitewright:operators"),
      subjects: [{ kind: "Group", name: "sitewright:operators:1" }],
      roleRef: { name: "cluster-admin" },
    },
  ];

  constructor(private readonly authority: Authority) {}

  list<T extends KubernetesObject>(kinds: string): Promise<T[]> {
    const wanted = kinds.split(",").map((kind) => kind.replace(/s$/, ""));
    const found = this.objects.filter(({ kind }) => wanted.includes(kind.toLowerCase()));
    return Promise.resolve(structuredClone(found) as unknown as T[]);
  }

  find<T extends KubernetesObject>(kind: string, { name }: Selection): Promise<T | undefined> {
    return Promise.resolve(structuredClone(this.one(kind, name)) as unknown as T | undefined);
  }

  create(object: object, manager?: string): Promise<void> {
    const { items } = object as { items?: Entry[] };
    for (const [index, item] of (items ?? [object as Entry]).entries()) {
      if (item.kind === this.refuses && (items === undefined || index > 0)) {
        return Promise.reject(refusal(`cannot create ${item.kind}`));
      }
      const creationTimestamp = new Date(Date.now() + this.hoursAhead * 3_600_000).toISOString();
      this.objects.push({ ...item, metadata: { ...item.metadata, creationTimestamp } });
      if (items !== undefined) {
        this.onBinding();
      }
      this.managers.add(manager);
    }
    return Promise.resolve();
  }

  approve(name: string): Promise<void> {
    const request = this.one("certificatesigningrequest", name);
    if (!this.mayApprove || request?.spec === undefined) {
      return Promise.reject(refusal("certificatesigningrequests/approval is forbidden"));
    }
    const approved = { type: "Approved", reason: "KubectlApprove" };
    const text = Buffer.from(request.spec.request, "base64").toString();
    request.status =
      this.signer === "fails"
        ? { conditions: [approved, { type: "Failed", reason: "SignerValidationFailure" }] }
        : this.signer === "sleeps"
          ? { conditions: [approved] }
          : {
              conditions: [approved],
              certificate: Buffer.from(
                this.authority.sign(text, {
                  from: -5 / 1440,
                  to: request.spec.expirationSeconds / 86_400,
                }),
              ).toString("base64"),
            };
    return Promise.resolve();
  }

  removeAll(kind: string, objects: readonly KubernetesObject[]): Promise<void> {
    const isMeant = (one: Entry) =>
      one.kind === kind &&
      objects.some(
        ({ metadata: { name, namespace } }) =>
          name === one.metadata.name && namespace === one.metadata.namespace,
      );
    this.objects = this.objects.filter((one) => !isMeant(one));
    return Promise.resolve();
  }

  /** Everything that gives a person rights: user, role and namespace of each binding. */
  get rights(): string[] {
    return this.objects
      .filter(({ kind }) => kind.endsWith("RoleBinding"))
      .flatMap(({ subjects = [], roleRef, metadata: { namespace = "*" } }) =>
        subjects
          .filter(({ kind }) => kind === "User")
          .map(({ name }) => `${name} ${(roleRef as { name: string }).name} ${namespace}`),
      );
  }

  private one(kind: string, name?: string): Entry | undefined {
    return this.objects.find(
      (one) => one.kind.toLowerCase() === kind && one.metadata.name === name,
    );
  }
}

function entry(kind: string, name: string): Entry {
  return { kind, metadata: { name } };
}

function refusal(why: string): OperatorError {
  return new OperatorError({ what: "kubectl failed.", why, next: "mend it" });
}
