import { OperatorError } from "../../lib/operatorError";
import { poll } from "../../lib/poll";
import { Engine } from "../engine/engine";
import { checkStackFile, readStackFile } from "../engine/stackFile";
import { selectProjects } from "../engine/stacks";
import { resourcesOf } from "../engine/stackState";
import { readAgain } from "../lost-nodes/vanishedMachines";
import { VIRTUAL_MACHINE } from "../recovery/orphanedResources";
import { upStage } from "../stages";
import { open, preflight, runUpWithAttempts, settle, type Update } from "../update";
import { look, type Looked } from "./lostControlPlane";
import { savedSite } from "./savedSite";

/** Milliseconds that a machine may take from its start to its first login. */
const LOGIN = { deadline: 300_000, interval: 2_000 };

/**
 * Brings infra up, so that a machine that the vCenter has no more is made again, with its name, address and host key. Of the state only
 * that machine is compared with the vCenter. One that the vCenter has stays: whether it is needed, only a person knows.
 *
 * @returns The machine, once it answers.
 * @throws OperatorError where it does not answer then either.
 */
export async function remakeMachine(
  { machine: { name }, condition: { standing } }: Looked,
  environment: string,
): Promise<Looked> {
  const why = standing === "silent" ? "does not answer" : "has no control plane";
  console.log(
    `${name} ${why}: infra asks the vCenter for it, and makes it again where it is gone.`,
  );
  const engine = new Engine(environment);
  const [project] = selectProjects("infra");
  // Without the note of make drift, which is for the next `make up`: a refresh of everything fails where others refer to a machine that is
  // gone.
  await upStage(
    { engine, project, site: checkStackFile(environment), file: readStackFile(environment) },
    {
      prepare: [open, settle],
      mend: [],
      up: [readMachineAgain(name), preflight, runUpWithAttempts],
    },
    "infra",
  );
  const site = await savedSite(environment);
  const machine = site.controlPlanes.find((one) => one.name === name)!;
  const looked = await poll(
    () => look(machine, site),
    ({ condition }) => condition.standing !== "silent",
    LOGIN,
  );
  if (looked.condition.standing === "silent") {
    throw new OperatorError({
      what: `The vCenter has the machine ${name}, and it does not answer. The cluster was not touched.`,
      where: `${machine.address}:22`,
      why: looked.condition.says,
      next:
        "start it, or mend its network. If it is lost for good, delete it in the vCenter; then the same command again makes it again: " +
        "no program here deletes what may have the only data",
    });
  }
  return looked;
}

/** Compares a machine's entry in the state with the vCenter: it goes where the vCenter has no such machine. */
export const readMachineAgain =
  (name: string) =>
  async ({ engine, project }: Pick<Update, "engine" | "project">): Promise<void> => {
    // None for one that an interrupted run has already found to be gone.
    const entries = (await resourcesOf(engine, project)).filter(
      ({ urn, type }) => type === VIRTUAL_MACHINE && urn.endsWith(`::${name}-vm`),
    );
    await readAgain(
      engine,
      project,
      entries.map(({ urn }) => urn),
    );
  };
