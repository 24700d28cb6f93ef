import { type Exception, exceptions, isExcepted } from "./exceptions";
import { policies } from "./policies";
import type { Finding, Policy, Violation } from "./policy";
import type { Resource } from "./resource";

/** All violations of a program's resources, without the engine. */
export function evaluate(
  resources: readonly Resource[],
  chosen: readonly Policy[] = policies,
  allowed: readonly Exception[] = exceptions,
): Violation[] {
  return chosen.flatMap((policy) =>
    findings(policy, resources)
      .filter(({ resource, ...finding }) => !isExcepted(policy, resource, finding, allowed))
      .map(({ resource, message }) => ({
        policy: policy.name,
        level: policy.level,
        urn: resource.urn,
        message,
      })),
  );
}

/** What a policy finds, exceptions included. */
export function findings(
  policy: Policy,
  resources: readonly Resource[],
): (Finding & { resource: Resource })[] {
  return "check" in policy
    ? resources.flatMap((resource) =>
        policy.check(resource).map((finding) => ({ ...finding, resource })),
      )
    : policy.checkStack(resources);
}
