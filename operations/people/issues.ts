import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";

/** Label of the bindings that give a person rights: the person's name. */
export const PERSON_LABEL = "sitewright/person";

/** Annotation of the same bindings: when the certificate ends, ISO 8601. */
export const EXPIRES_ANNOTATION = "sitewright/expires";

/** Field manager of these bindings and of requests for certificates. It is not the one of what Pulumi manages. */
export const MANAGER = "sitewright-people";

/** Before the user's name in the name of a binding. */
const BINDING_PREFIX = "sitewright:person:";

const RBAC = "rbac.authorization.k8s.io";

/** RoleBinding or ClusterRoleBinding. */
export interface Binding extends KubernetesObject {
  subjects?: { kind: string; name: string }[];
  roleRef: { name: string };
}

/** A kubeconfig that was issued to a person. */
export interface Issue {
  person: string;
  /** Name of the user in its certificate, which no other issue has: the person's, and the moment. */
  user: string;
  /** Name of a ClusterRole. */
  role: string;
  /** Where the role counts; empty for the whole cluster. */
  namespaces: string[];
  /** Undefined where the binding was changed so that it does not say it. */
  expires: Date | undefined;
}

/** The name of the user for a person's kubeconfig that is issued now. */
export function userName(person: string, now: Date): string {
  return `${person}:${now.toISOString().slice(0, 19)}Z`;
}

/** The same name, for files and for objects whose names are DNS names: `jane-20261130t140509z`. */
export function identifier(user: string): string {
  const [person, ...moment] = user.split(":");
  return `${person}-${moment.join("").replaceAll("-", "").toLowerCase()}`;
}

/** The only objects that give an issue its rights: one for the cluster, or one in each namespace. */
export function bindingsOf({
  person,
  user,
  role,
  namespaces,
  expires,
}: Issue & { expires: Date }): object[] {
  const binding = (kind: string, namespace?: string) => ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: {
      name: `${BINDING_PREFIX}${user}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [PERSON_LABEL]: person },
      annotations: { [EXPIRES_ANNOTATION]: expires.toISOString() },
    },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: RBAC, kind: "User", name: user }],
  });
  return namespaces.length === 0
    ? [binding("ClusterRoleBinding")]
    : namespaces.map((namespace) => binding("RoleBinding", namespace));
}

/**
 * All bindings of the cluster, whoever made them.
 * @throws OperatorError when the API does not answer.
 */
export function readBindings(api: Pick<Kubectl, "list">): Promise<Binding[]> {
  return api.list<Binding>("clusterrolebindings,rolebindings", {});
}

/** Whether this command made a binding, for this person or for any: its name and its label say the same. */
export function isOurs({ metadata: { name, labels } }: Binding, whose?: string): boolean {
  const person = labels?.[PERSON_LABEL];
  return (
    person !== undefined &&
    name.startsWith(`${BINDING_PREFIX}${person}:`) &&
    (whose ?? person) === person
  );
}

/** Whether a binding gives rights to one of a person's kubeconfigs. */
export function isFor(person: string, { subjects = [] }: Binding): boolean {
  return subjects.some(({ kind, name }) => kind === "User" && name.startsWith(`${person}:`));
}

/** What was issued, by person and moment. */
export function issuesIn(bindings: readonly Binding[]): Issue[] {
  const issues = new Map<string, Issue>();
  for (const { metadata, roleRef } of bindings.filter((one) => isOurs(one))) {
    const user = userOf({ metadata });
    const issue = issues.get(user) ?? {
      ...{ person: metadata.labels?.[PERSON_LABEL] ?? "", user, role: roleRef.name },
      ...{ namespaces: [], expires: endOf({ metadata }) },
    };
    const { namespace } = metadata;
    issues.set(user, {
      ...issue,
      namespaces: namespace === undefined ? [] : [...issue.namespaces, namespace].sort(),
    });
  }
  return [...issues.values()].sort((a, b) => (a.user < b.user ? -1 : 1));
}

/** Those of our bindings whose certificate has ended. One that does not say when stays. */
export function expiredBindings(bindings: readonly Binding[], now: Date): Binding[] {
  return bindings.filter((binding) => {
    const end = endOf(binding);
    return isOurs(binding) && end !== undefined && end < now;
  });
}

/**
 * Takes the rights from kubeconfigs.
 * @throws OperatorError when the API does not answer.
 */
export async function removeBindings(
  api: Pick<Kubectl, "removeAll">,
  bindings: readonly Pick<Binding, "kind" | "metadata">[],
): Promise<void> {
  for (const wanted of ["ClusterRoleBinding", "RoleBinding"]) {
    await api.removeAll(
      wanted,
      bindings.filter(({ kind }) => kind === wanted),
    );
  }
}

/** The users of bindings that this command made, each once. */
export function usersOf(bindings: readonly Binding[]): string[] {
  return [...new Set(bindings.map(userOf))];
}

function userOf({ metadata }: Pick<Binding, "metadata">): string {
  return metadata.name.slice(BINDING_PREFIX.length);
}

function endOf({ metadata }: Pick<Binding, "metadata">): Date | undefined {
  const end = new Date(metadata.annotations?.[EXPIRES_ANNOTATION] ?? "");
  return Number.isNaN(end.getTime()) ? undefined : end;
}
