import type { Block } from "./fit";
import { code, fencedHalves, foldedHalves, head, row } from "./markdown";
import {
  type EnvironmentReport,
  type Operation,
  operations,
  type StackChanges,
  type StackPreview,
} from "./model";
import { RANK } from "./ranks";
import { policyBlocks, policyCell } from "./renderPolicies";
import { cells, isLoud, PAST, type Section, stackBlocks } from "./renderStack";

/** The comment of the report is known by its first line, and changed in place: GitHub shows nothing of it. */
export const MARKER = "<!-- sitewright-preview-report -->";

/** The report on all environments, what must not be missed first. */
export function reportBlocks(reports: readonly EnvironmentReport[]): Block[] {
  const sections = reports.flatMap((report) =>
    told(report).map((changes) => ({ environment: report.environment, changes })),
  );
  return [
    { what: "titles", rank: RANK.head, open: `${MARKER}\n## What this change does` },
    ...failures(reports),
    ...loudest(
      sections,
      reports.every(({ source, previews }) => source === "site" && previews.every(({ ok }) => ok)),
    ),
    counts(reports),
    ...policyBlocks(reports),
    ...reports.flatMap(environmentBlocks),
    cost(reports),
  ];
}

/** What tells how a change affects an environment: its state where there is one, else the graphs. */
function told({ source, previews, graphs }: EnvironmentReport): readonly StackChanges[] {
  return hasState(source) ? previews : (graphs?.stacks ?? []);
}

/** Whether what is told is what the state's previews say, or would say had they not failed. */
function hasState(source: EnvironmentReport["source"]): boolean {
  return source === "site" || source === "none";
}

function failures(reports: readonly EnvironmentReport[]): Block[] {
  return reports.flatMap(({ environment, previews }) =>
    previews
      .filter(({ ok }) => !ok)
      .map(({ stack, errors }) => {
        const text = errors.length > 0 ? errors.join("\n\n") : "The engine gave no reason.";
        const { open, close } = fencedHalves("text", text);
        const title = `**The preview of ${code(`${environment} ${stack}`)} failed**: it is not all there.`;
        return {
          what: "lines of errors",
          rank: RANK.loud,
          open: `> [!CAUTION]\n> ${title}\n\n${open}`,
          lines: text.split("\n"),
          close,
        };
      }),
  );
}

/** What is destroyed, on all stacks, before anything else. */
function loudest(sections: readonly Section[], siteKnown: boolean): Block[] {
  const rows = sections.flatMap(({ environment, changes }) =>
    changes.changes
      .filter(isLoud)
      .map((change) => row(code(`${environment} ${changes.stack}`), ...cells(change))),
  );
  const count = (operation: Operation) =>
    sections.flatMap(({ changes }) => changes.changes).filter((one) => one.operation === operation)
      .length;
  const open = siteKnown
    ? "Nothing is replaced and nothing is deleted."
    : "Nothing that is known here is deleted. What is replaced, only a preview with the site's state tells that did not fail.";
  if (rows.length === 0) {
    return [{ what: "titles", rank: RANK.loud, open }];
  }
  return [
    {
      what: "rows of what is replaced or deleted",
      rank: RANK.loud,
      open: `> [!CAUTION]\n> **${count("replace")} replaced, ${count("delete")} deleted**\n\n${head("stack", "", "resource", "type", "why")}`,
      lines: rows,
    },
  ];
}

function counts(reports: readonly EnvironmentReport[]): Block {
  const rows = reports.flatMap((report) =>
    told(report).map((changes) => {
      const preview = report.previews.find(({ stack }) => stack === changes.stack);
      const fromState = hasState(report.source);
      const failed = fromState && preview?.ok === false;
      const numbers = operations.map((operation) =>
        // Neither a preview that failed tells, nor a graph what is replaced.
        failed || (operation === "replace" && !fromState)
          ? "?"
          : String(changes.changes.filter((one) => one.operation === operation).length),
      );
      return row(
        code(`${report.environment} ${changes.stack}`),
        ...numbers,
        failed ? "?" : String(changes.same),
        policyCell(preview),
      );
    }),
  );
  return {
    what: "rows of counts",
    rank: RANK.head,
    open: head("stack", ...operations.map((one) => PAST[one]), "unchanged", "policies"),
    lines: rows,
  };
}

function environmentBlocks(report: EnvironmentReport): Block[] {
  const { environment, previews, source } = report;
  return [
    { what: "titles", rank: RANK.head, open: `### ${code(environment)}\n${provenance(report)}` },
    ...told(report).flatMap((changes) => stackBlocks({ environment, changes })),
    ...(source === "simulator" ? previews.map((preview) => firstUp(environment, preview)) : []),
    ...previews.flatMap((preview) => warnings(environment, preview)),
  ];
}

/** What the figures rest on, and what they cannot say. */
function provenance({ source, graphs }: EnvironmentReport): string {
  if (source === "site") {
    return "Previewed against the state of the site: this is what `up` would do.";
  }
  if (source === "none") {
    return "Nothing was previewed: the failure stands above.";
  }
  const compared = `Compared: the committed graphs (tests/goldens) with those of ${code(graphs?.base ?? "nothing")}. All that differs is called changed: a graph does not tell what replaces its resource. That the graphs are those of the programs is what make check tests.`;
  return source === "simulator"
    ? `${compared} A first up was previewed besides, by the real engine on a simulated vCenter, without the site or any secret.`
    : `${compared} No engine ran, and no secret was within reach.`;
}

/** Everything is new in a first up: how many of which type says enough. */
function firstUp(environment: string, { stack, changes, seconds }: StackPreview): Block {
  const types = new Map<string, number>();
  for (const { type } of changes) {
    types.set(type, (types.get(type) ?? 0) + 1);
  }
  const rows = [...types].sort(([, one], [, other]) => other - one);
  const { open, close } = foldedHalves(
    `A first up of ${environment} ${stack}: ${changes.length} resources, previewed in ${whole(seconds)} s`,
  );
  return {
    what: "rows of types",
    rank: RANK.other,
    open: `${open}\n\n${head("resources", "type")}`,
    lines: rows.map(([type, count]) => row(String(count), code(type))),
    close: `\n${close}`,
  };
}

function warnings(environment: string, { stack, warnings: all }: StackPreview): Block[] {
  if (all.length === 0) {
    return [];
  }
  const { open, close } = foldedHalves(`Warnings of ${environment} ${stack}: ${all.length}`);
  return [
    {
      what: "warnings",
      rank: RANK.changes,
      open: `${open}\n`,
      lines: all.map((one) => `- ${code(one)}`),
      close: `\n${close}`,
    },
  ];
}

function cost(reports: readonly EnvironmentReport[]): Block {
  const times = reports.flatMap(({ environment, previews }) =>
    previews.map(({ stack, seconds }) => ({ of: `${environment} ${stack}`, took: whole(seconds) })),
  );
  const sum = times.reduce((total, { took }) => total + took, 0);
  const each = times.map(({ of, took }) => `${of} ${took} s`).join(", ");
  const previews = times.length === 0 ? "no preview ran" : `previews of ${sum} s (${each})`;
  return { what: "titles", rank: RANK.head, open: `Cost of this report: ${previews}.` };
}

function whole(seconds: number): number {
  return Math.ceil(seconds);
}
