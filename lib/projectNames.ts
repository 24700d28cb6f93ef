/**
 * The names of the Pulumi projects. A stack of the site is called by its short name, which is its folder's and what `STACK=` takes:
 * infra, cluster, apps, and site for the overview. In a backend its project has a longer one, since others share that and call their
 * projects `infra` too. The files Pulumi.yaml repeat it.
 */

/** The name of a stack's project, from the stack's short name. */
export function projectName(stack: string): string {
  return `sitewright-${stack}`;
}

/** The name that the project had in the backends of sites which older versions have brought up: the short one. */
export function formerProjectName(stack: string): string {
  return stack;
}

/** The stacks that the overview, which has nothing of its own, refers to. */
const REFERENCES = ["infra", "cluster", "apps"];

/**
 * Whether these resources are of a stack of this project. A stack of the former name in a shared backend may be anybody's.
 *
 * @param resources - All that the stack's state has.
 */
export function isOfSite(resources: readonly { urn: string; type: string }[]): boolean {
  const references = resources
    .filter(({ type }) => type === "pulumi:pulumi:StackReference")
    .map(({ urn }) => urn.split("/").at(-2) ?? "");
  return (
    resources.some(({ type }) => type.startsWith("sitewright:")) ||
    REFERENCES.every((stack) => references.includes(stack))
  );
}
