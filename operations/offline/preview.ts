import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { readEnvironmentFile } from "../../apps/environment";
import type { Environment } from "../../environment/schema";
import { startSimulator } from "../../lab/vcenter/simulator";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import { Engine } from "../engine/engine";
import { type StackProject, stackProjects } from "../engine/stacks";
import { offlineCluster, offlineInfra, type UpstreamOutputs } from "./outputs";
import { offlineConfig, OfflineSite, placeholders, type StackFileContent } from "./site";

/** How each stack's outputs are made up for the next stack. Nothing reads those of the last one. */
const exported: Record<string, (environment: Environment) => UpstreamOutputs> = {
  infra: offlineInfra,
  cluster: offlineCluster,
};

/**
 * Has what the first `up` of an environment would make looked at, on a machine that knows nothing of its site: the real engine, the
 * real plugins and the real programs, a simulated vCenter that has everything the environment names, and made up values where
 * a stack reads another's outputs. Neither site nor backend is asked, no secret is needed, and nothing is left behind.
 */
export async function offlinePreview(
  environment: string,
  wanted: readonly StackProject[],
  look: (engine: Engine, project: StackProject) => Promise<void>,
): Promise<void> {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const path = join(checkout, `Pulumi.${environment}.yaml`);
  const content = parse(readFileSync(path, "utf8")) as StackFileContent;
  const selected = wanted.map(({ name }) => name);
  await withTemporaryFolder(async (folder) => {
    const simulator = await startSimulator(site, randomUUID(), join(folder, "vcenter"));
    try {
      const values = await placeholders(
        content,
        site,
        simulator.password,
        join(folder, "certificate"),
      );
      const copy = new OfflineSite(environment, folder);
      const projects = copy.write(
        stackProjects.filter(({ name }) => name !== "site"),
        offlineConfig(content, simulator.server, values),
      );
      const engine = new Engine(environment, copy.variables(simulator));
      for (const project of projects) {
        await engine.ensureStack(project);
        if (selected.includes(project.name)) {
          await look(engine, project);
        }
        const outputs = exported[project.name]?.(site);
        if (outputs !== undefined) {
          await importState(engine, project, copy.state(project.name, outputs));
        }
      }
    } finally {
      await simulator.stop();
    }
  });
}

async function importState(engine: Engine, project: StackProject, state: string): Promise<void> {
  const args = ["stack", "import", "--stack", engine.environment];
  const { ok, stderr } = await engine.capture(project, args, { input: state });
  if (!ok) {
    throw new OperatorError({
      what: `The made up outputs of ${project.name} were not taken by the engine.`,
      where: engine.backendUrl,
      why: stderr,
      next: "nothing was changed anywhere; this is a defect of the offline preview",
    });
  }
}
