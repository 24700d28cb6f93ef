import { type Container, containersOf, type Pod, podsOf } from "./pods";
import type { Finding, ResourcePolicy } from "../policy";
import { at, listAt, UNKNOWN } from "../resource";

/** What holds for a container: its own setting, or the pod's. */
function effective(pod: Pod, container: Container, key: string): unknown {
  return at(container.inputs, "securityContext", key) ?? at(pod.spec, "securityContext", key);
}

function isRoot(pod: Pod, container: Container): boolean {
  const asked = effective(pod, container, "runAsNonRoot");
  return (asked !== true && asked !== UNKNOWN) || effective(pod, container, "runAsUser") === 0;
}

export const nonRoot: ResourcePolicy = {
  name: "non-root",
  description: "No container runs as root.",
  level: "mandatory",
  check: (resource) =>
    podsOf(resource).flatMap((pod) =>
      containersOf(pod)
        .filter((container) => isRoot(pod, container))
        .map(({ name }) => ({
          about: name,
          message: `The container ${name} may run as root: set runAsNonRoot, and a runAsUser other than 0 where the image has none.`,
        })),
    ),
};

export const readOnlyRoot: ResourcePolicy = {
  name: "read-only-root",
  description: "No container writes into its image's file system.",
  level: "mandatory",
  check: (resource) =>
    podsOf(resource)
      .flatMap(containersOf)
      .filter(({ inputs }) => {
        const asked = at(inputs, "securityContext", "readOnlyRootFilesystem");
        return asked !== true && asked !== UNKNOWN;
      })
      .map(({ name }) => ({
        about: name,
        message: `The container ${name} may change its own programs: set readOnlyRootFilesystem, and mount a volume where it writes.`,
      })),
};

/** Something a pod may do on its node, in short for exceptions and in words. */
interface Privilege {
  about: string;
  words: string;
}

function containerPrivileges({ name, inputs }: Container): Privilege[] {
  const security = inputs.securityContext;
  const escalation = at(security, "allowPrivilegeEscalation");
  const privileged = at(security, "privileged") === true;
  const may = (short: string, words: string) => ({
    about: `${name}: ${short}`,
    words: `The container ${name} may have ${words}`,
  });
  return [
    ...(privileged ? [may("privileged", "all privileges of its node")] : []),
    ...listAt(security, "capabilities", "add").map((one) =>
      may(String(one), `the capability ${String(one)}`),
    ),
    // A container with all privileges has these as well, and the API refuses to take them away.
    ...(privileged || escalation === false || escalation === UNKNOWN
      ? []
      : [may("escalation", "more privileges than it starts with")]),
  ];
}

const SHARED = { hostNetwork: "network", hostPID: "processes", hostIPC: "shared memory" };

function podPrivileges({ spec }: Pod): Privilege[] {
  const folders = listAt(spec, "volumes")
    .map((volume) => at(volume, "hostPath", "path"))
    .filter((path) => typeof path === "string");
  return [
    ...Object.entries(SHARED)
      .filter(([key]) => spec[key] === true)
      .map(([key, what]) => ({ about: key, words: `The pod shares its node's ${what}` })),
    ...folders.map((path) => ({ about: path, words: `The pod mounts ${path} of its node` })),
  ];
}

export const privileges: ResourcePolicy = {
  name: "privileges",
  description: "No pod has privileges on its node, unless the list of exceptions says why.",
  level: "mandatory",
  check: (resource): Finding[] =>
    podsOf(resource)
      .flatMap((pod) => [...podPrivileges(pod), ...containersOf(pod).flatMap(containerPrivileges)])
      .map(({ about, words }) => ({
        about,
        message: `${words}: take that away, or give the reason in policies/exceptions.ts.`,
      })),
};
