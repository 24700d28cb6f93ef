import type { Violation } from "../../policies/policy";
import type { Block } from "./fit";
import { code, head, row } from "./markdown";
import type { EnvironmentReport, StackPreview } from "./model";
import { isMandatory } from "./policyResults";
import { nameOf } from "./previewedStack";
import { RANK } from "./ranks";

/** What the policies said of a stack, in a cell. */
export function policyCell(preview: StackPreview | undefined): string {
  if (preview === undefined || preview.policies.packs.length === 0) {
    return "not run";
  }
  const { violations } = preview.policies;
  const mandatory = violations.filter(isMandatory).length;
  const advisory = violations.length - mandatory;
  if (violations.length === 0) {
    return "kept";
  }
  return [
    ...(mandatory > 0 ? [`**${mandatory} broken**`] : []),
    ...(advisory > 0 ? [`${advisory} advice`] : []),
  ].join(", ");
}

/** Violations of all stacks: those that stop an `up` are loud, advice is not. */
export function policyBlocks(reports: readonly EnvironmentReport[]): Block[] {
  const all = reports.flatMap(({ environment, previews }) =>
    previews.flatMap(({ stack, policies }) =>
      policies.violations.map((violation) => ({ where: `${environment} ${stack}`, violation })),
    ),
  );
  const rows = (mandatory: boolean) =>
    all
      .filter(({ violation }) => isMandatory(violation) === mandatory)
      .map(({ where, violation }) => violationRow(where, violation));
  const columns = head("stack", "policy", "resource", "what to do");
  const [broken, advice] = [rows(true), rows(false)];
  return [
    ...(broken.length === 0
      ? []
      : [
          {
            what: "rows of broken policies",
            rank: RANK.loud,
            open: `> [!CAUTION]\n> **Policies that must be kept are broken: ${broken.length}**\n\n${columns}`,
            lines: broken,
          },
        ]),
    ...(advice.length === 0
      ? []
      : [
          {
            what: "rows of advice",
            rank: RANK.changes,
            open: `### Advice of the policies\n${columns}`,
            lines: advice,
          },
        ]),
  ];
}

function violationRow(where: string, { policy, level, urn, message }: Violation): string {
  const resource = urn === "" ? "the stack" : code(nameOf(urn));
  const named = isMandatory({ policy, level, urn, message })
    ? code(policy)
    : `${code(policy)} (${level})`;
  return row(code(where), named, resource, code(message));
}
