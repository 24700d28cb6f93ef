import { OperatorError } from "../lib/operatorError";
import { nameOf } from "../pulumi/urn";
import type { ExportedStack } from "./engine/exportedStack";

/**
 * Refuses to destroy the stack infra while machines in it are protected. The engine deletes none of them either, but only after what is not
 * protected is gone.
 *
 * @param infra - Its state. Undefined where there is none.
 * @throws OperatorError with their names, and the way to unprotect them.
 */
export function refuseProtected(environment: string, infra: ExportedStack | undefined): void {
  const names = (infra?.deployment.resources ?? [])
    .filter(({ protect }) => protect === true)
    .map(({ urn }) => nameOf(urn).replace(/-vm$/, ""));
  if (names.length > 0) {
    throw new OperatorError({
      what: `The machines of ${environment} are protected from deletion; nothing was deleted.`,
      where: names.join(", "),
      why: `site:protection was production when infra was brought up last`,
      next:
        `if the site is to go with all its data: site:protection: none in Pulumi.${environment}.yaml, make up STACK=infra ENV=${environment}, then this again;\n` +
        `a single machine leaves when it is taken out of the list of nodes: docs/membership.md`,
    });
  }
}
