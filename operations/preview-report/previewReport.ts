import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { EnvironmentError } from "../../environment/faults";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import { REPORT_VARIABLE } from "../../pulumi/reportOnly";
import { eachPreview, previewArgs } from "../commands/preview";
import type { Engine } from "../engine/engine";
import { readEventLog } from "../engine/eventLog";
import { selectProjects, type StackProject } from "../engine/stacks";
import { graphChanges, readGraph } from "./graphs";
import { knownSecrets } from "./knownSecrets";
import type { EnvironmentReport, Source, StackPreview } from "./model";
import { isMandatory } from "./policyResults";
import { previewedStack } from "./previewedStack";
import { countMasked } from "./scrub";
import { writeReport } from "./writeReport";

/** Where the report is written, in the checkout; git does not see it. */
const FOLDER = "preview-report";

/**
 * Previews the stacks of some environments and writes what comes of it as Markdown for a pull request: `comment.md`, no longer than a
 * comment may be, and `report.md`, the whole. An environment whose state is within reach is previewed against it, any other on a
 * simulated vCenter (preview.ts), with the difference of its committed graphs to the branch `BASE`. With GRAPHS=1 these
 * differences are all there is: no engine, no site and no secret is needed.
 *
 * @param environments - Names with commas between.
 * @throws OperatorError, after the report is written, when a preview failed, a policy that must be kept is broken, or something
 *   that looks like a secret had to be masked.
 */
export async function previewReport(environments: string, stack?: string): Promise<void> {
  const projects = selectProjects(stack).filter(({ name }) => name !== "site");
  const reports: EnvironmentReport[] = [];
  const secrets: string[] = [];
  for (const environment of environments.split(",")) {
    reports.push(await reportOn(environment, projects, secrets));
  }
  const folder = join(checkout, FOLDER);
  mkdirSync(folder, { recursive: true });
  const { comment, report } = writeReport(reports, secrets);
  writeFileSync(join(folder, "comment.md"), comment);
  writeFileSync(join(folder, "report.md"), report);
  console.log(
    `\nWritten: ${FOLDER}/comment.md (${comment.length} characters), ${FOLDER}/report.md`,
  );
  refuse(reports, countMasked(report));
}

async function reportOn(
  environment: string,
  projects: readonly StackProject[],
  secrets: string[],
): Promise<EnvironmentReport> {
  const names = projects.map(({ name }) => name);
  const graphs = () => graphChanges(environment, names, process.env.BASE || "main");
  if (process.env.GRAPHS === "1") {
    return { environment, source: "graphs", previews: [], graphs: await graphs() };
  }
  const previews: StackPreview[] = [];
  let source = "none" as Source;
  try {
    await eachPreview(environment, projects, async (engine, project, offline) => {
      source = offline ? "simulator" : "site";
      if (!offline) {
        secrets.push(...(await secretsOf(engine, project)));
      }
      previews.push(await previewed(engine, project));
    });
  } catch (error) {
    previews.push(...notPreviewed(projects.slice(previews.length), error));
  }
  const compared = source === "simulator" ? { graphs: await graphs() } : {};
  return { environment, source, previews, ...compared };
}

/** Runs a preview, which prints as always, and reads what the engine logged of it. One that fails is part of the report. */
async function previewed(engine: Engine, project: StackProject): Promise<StackPreview> {
  return withTemporaryFolder(async (folder) => {
    const eventLog = join(folder, "events.jsonl");
    const started = Date.now();
    console.log(`\n${project.name}: pulumi preview --stack ${engine.environment}, for the report`);
    const ok = await engine
      .run(project, [...previewArgs(engine.environment), "--event-log", eventLog], {
        [REPORT_VARIABLE]: "1",
      })
      .then(() => true)
      .catch(isFailedPreview);
    const seconds = (Date.now() - started) / 1000;
    return previewedStack(project.name, readEventLog(eventLog), { ok, seconds });
  });
}

function isFailedPreview(error: unknown): false {
  if (error instanceof OperatorError) {
    return false;
  }
  throw error;
}

/** What stands for stacks that there is no preview of, such as those of a configuration with faults. */
function notPreviewed(projects: readonly StackProject[], error: unknown): StackPreview[] {
  if (!(error instanceof OperatorError || error instanceof EnvironmentError)) {
    throw error;
  }
  console.error(`\nerror: ${error.message}`);
  return projects.map(({ name }, index) => ({
    stack: name,
    changes: [],
    same: 0,
    errors: [index === 0 ? error.message : "Not previewed, for the reason above."],
    warnings: [],
    policies: { packs: [], violations: [] },
    seconds: 0,
    ok: false,
  }));
}

/** All secrets of a stack, in this process' memory only, so that none of them gets into the report. */
async function secretsOf(engine: Engine, project: StackProject): Promise<string[]> {
  const read = async (...args: string[]) => {
    const { ok, stdout, stderr } = await engine.capture(project, [
      ...args,
      ...["--show-secrets", "--stack", engine.environment],
    ]);
    if (!ok) {
      throw new OperatorError({
        what: `The secrets of stack ${project.name} cannot be read, so the report cannot be searched for them.`,
        where: engine.backendUrl,
        why: stderr,
        next: "set the passphrase of the environment; for a report without secrets, GRAPHS=1",
      });
    }
    return stdout;
  };
  const file = readFileSync(join(checkout, `Pulumi.${engine.environment}.yaml`), "utf8");
  const graph = readGraph(engine.environment, project.name) ?? "";
  return knownSecrets(
    await read("stack", "export"),
    await read("config", "--json"),
    `${file}\n${graph}`,
  );
}

/** Ends with an error what a reviewer must not merge unseen. */
function refuse(reports: readonly EnvironmentReport[], masked: number): void {
  const previews = reports.flatMap(({ environment, previews: all }) =>
    all.map((preview) => ({ ...preview, name: `${environment} ${preview.stack}` })),
  );
  const failed = previews
    .filter(({ ok }) => !ok)
    .map(({ name }) => `the preview of ${name} failed`);
  const broken = previews
    .filter(({ policies }) => policies.violations.some(isMandatory))
    .map(({ name }) => `${name} breaks a policy that must be kept`);
  const leaks = masked > 0 ? [`${masked} values that look like secrets were masked`] : [];
  const why = [...failed, ...broken, ...leaks];
  if (why.length > 0) {
    throw new OperatorError({
      what: "The report is written, and says that this change is not well.",
      where: `${FOLDER}/comment.md`,
      why: why.join("\n"),
      next: "read the report; what is masked is a secret in clear, or a text that only looks like one",
    });
  }
}
