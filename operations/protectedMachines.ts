import { OperatorError } from "../lib/operatorError";
import { nameOf } from "../pulumi/urn";
import { selectProjects } from "./engine/stacks";
import { stateOf } from "./engine/stackState";

/**
 * Refuses to destroy infra while resources of it are protected. The engine would refuse as well, but only after the stacks above are gone.
 *
 * @throws OperatorError with their names, and the way to unprotect them.
 */
export async function refuseProtected(engine: Parameters<typeof stateOf>[0]): Promise<void> {
  const stack = await stateOf(engine, selectProjects("infra")[0]);
  const names = (stack?.deployment.resources ?? [])
    .filter(({ protect }) => protect === true)
    .map(({ urn }) => nameOf(urn).replace(/-vm$/, ""));
  if (names.length > 0) {
    const { environment } = engine;
    throw new OperatorError({
      what: `The machines of ${environment} are protected from deletion; nothing was destroyed.`,
      where: names.join(", "),
      why: `site:protection is production, or was when infra was brought up last`,
      next:
        `if the site is to go with all its data: site:protection: none in Pulumi.${environment}.yaml, then make up STACK=infra ENV=${environment}, then make down again;\n` +
        `a single machine leaves when it is taken out of the list of nodes: docs/membership.md`,
    });
  }
}
