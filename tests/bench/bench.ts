import { readEnvironmentFile } from "../environment";
import { checkout } from "../../lib/paths";
import { Engine } from "../../operations/engine/engine";
import { POLICY_PACK } from "../../operations/engine/policyPack";
import { sharePolicies } from "../../operations/engine/sharedPolicies";
import { selectProjects, type StackProject } from "../../operations/engine/stacks";
import { labMemory } from "../e2e/cluster/memory";
import { emptyProgramSeconds } from "../e2e/support/emptyProgram";
import { environment, expectSuccess, logins, make, unchangedStacks } from "../e2e/support/harness";
import { takeLabDown } from "../e2e/support/lab";
import { medianOfRuns } from "../e2e/support/median";
import { type Figure, printFigures, stackSeconds } from "./figures";

/**
 * Seconds of the step that makes the first control plane, as the engine measured it: from the first
 * dial to the kubeconfig, with kubeadm's preflight and the pull of its images.
 */
function initSeconds(output: string): number {
  return Number(
    /command:remote:Command \S*-init\S* created \(([0-9]+)s\)/.exec(output)?.[1] ?? NaN,
  );
}

/**
 * A preview of one stack that is as its program says, as a multiple of what it may cost at all: an empty program, and 10 ms for each
 * resource.
 */
function previewRatio(project: StackProject, emptySeconds: number): Promise<number> {
  return medianOfRuns(() => onePreviewRatio(project, emptySeconds));
}

async function onePreviewRatio(project: StackProject, emptySeconds: number): Promise<number> {
  const begun = Date.now();
  const { ok, stdout, stderr } = await new Engine(environment).capture(project, [
    ...["preview", "--stack", environment, ...POLICY_PACK],
  ]);
  const seconds = (Date.now() - begun) / 1000;
  const resources = Number(/^ +([0-9]+) unchanged$/m.exec(stdout)?.[1]);
  if (!ok || Number.isNaN(resources)) {
    throw new Error(`the preview of ${project.name} does not say "unchanged":\n${stdout}${stderr}`);
  }
  return seconds / (emptySeconds + resources / 100);
}

/** Prints the figures of a warm run, ratios of medians: everything built, the lab down at the start. Leaves the site up. */
async function main(): Promise<void> {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const machines = [site.loadBalancer, ...site.nodes].map(({ name }) => name);

  await takeLabDown();
  const first = await make("up");
  expectSuccess(first);
  expectSuccess(await make("status"));
  const before = await logins(machines);
  const second = await make("up");
  expectSuccess(second);
  const afterSecond = await logins(machines);
  const upAgain = await medianOfRuns(async () => {
    const again = await make("up");
    expectSuccess(again);
    return again.seconds;
  });

  const empty = await emptyProgramSeconds();
  sharePolicies(environment);
  const previews: Figure[] = [];
  for (const project of selectProjects()) {
    previews.push({
      name: `preview of ${project.name}, of an empty program and 10 ms a resource`,
      measured: await previewRatio(project, empty),
      unit: "times",
      atMost: 1.3,
    });
  }

  const figures: Figure[] = [
    {
      name: "make up, warm, from no lab to all applications answering",
      measured: first.seconds,
      unit: "s",
      atMost: 300,
    },
    {
      name: "kubeadm init, the whole step",
      measured: initSeconds(first.output),
      unit: "s",
      atMost: 30,
    },
    {
      name: "apps: from a ready cluster to all applications healthy",
      measured: stackSeconds(first.output, "apps"),
      unit: "s",
      atMost: 180,
    },
    { name: "second make up", measured: upAgain, unit: "s", atMost: 45 },
    {
      name: "second make up, of four empty programs",
      measured: upAgain / (4 * empty),
      unit: "times",
      atMost: 2,
    },
    ...previews,
    {
      name: "second make up: stacks with changes",
      measured: 4 - unchangedStacks(second),
      unit: "",
      atMost: 0,
    },
    {
      name: "second make up: SSH logins",
      measured: afterSecond - before,
      unit: "",
      atMost: 0,
    },
    { name: "memory of the lab", measured: await labMemory(), unit: "GiB", atMost: 12 },
  ];
  printFigures(figures);
}

void main();
