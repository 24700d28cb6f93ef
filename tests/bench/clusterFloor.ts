import "../membership/environment";

import type { Cluster, Infra } from "../../environment/contracts";
import { checkout } from "../../lib/paths";
import { Engine } from "../../operations/engine/engine";
import { selectProjects } from "../../operations/engine/stacks";
import { exportStack } from "../../operations/engine/stackState";
import { environment, expectSuccess, make, outputs } from "../e2e/support/harness";
import { takeLabDown } from "../e2e/support/lab";
import { readEnvironmentFile } from "../environment";
import { printFigures, stackSeconds } from "./figures";
import { type Exported, recordedCluster } from "./floor/recorded";
import { replay } from "./floor/replay";

/**
 * How long the stack cluster takes from new machines on, as a multiple of what a script takes that runs the same steps over SSH, each
 * as soon as it can. The state tells what the steps are; the script has machines of its own, as new as the program's. Leaves no site.
 */
async function main(): Promise<void> {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const machines = site.nodes.map(({ name }) => name);

  const newMachines = async (): Promise<Infra> => {
    await takeLabDown();
    expectSuccess(await make("up", { variables: { STACK: "infra" } }));
    return outputs<Infra>("infra", "infra");
  };

  const recorded = await newMachines();
  const made = await make("up", { variables: { STACK: "cluster" } });
  expectSuccess(made);
  const { caCertificate } = await outputs<Cluster>("cluster", "cluster");
  const [project] = selectProjects("cluster");
  const { deployment } = await exportStack(new Engine(environment), project, "--show-secrets");
  const cluster = recordedCluster((deployment.resources ?? []) as Exported[], machines);

  const fresh = await newMachines();
  const floor = await replay(site, cluster, {
    ...{ recorded, fresh, recordedCa: caCertificate },
    privateKey: await outputs<string>("infra", "sshPrivateKey"),
  });
  await takeLabDown();

  const program = stackSeconds(made.output, "cluster");
  console.log(
    `cluster: ${program.toFixed(0)} s by the program, ${floor.toFixed(0)} s by the script`,
  );
  printFigures([
    {
      name: "cluster from new machines, of a script that runs the same steps over SSH",
      ...{ measured: program / floor, unit: "times", atMost: 1.3 },
    },
  ]);
}

void main();
