import { exitWith } from "../lib/exit";
import { OperatorError } from "../lib/operatorError";
import type { Answer } from "./engine/backend/backend";
import { readStack } from "./engine/formerStack";
import { isNoSuchStack } from "./engine/backend/noSuchStack";
import { selectProjects } from "./engine/stacks";
import { refuseProtected } from "./protectedMachines";
import type { ExportedStack } from "./engine/exportedStack";
import { surroundingEngine } from "./engine/surroundingEngine";

/**
 * Decides from the state of the downstream stack whether its upstream may go.
 * @throws OperatorError when it has resources, or when that cannot be told.
 */
export function refuseWhileInUse(downstream: string, environment: string, answer: Answer): void {
  if (!answer.ok) {
    if (isNoSuchStack(answer.stderr)) {
      return;
    }
    throw new OperatorError({
      what: `Whether stack ${downstream} is still in use cannot be told; nothing was deleted.`,
      why: answer.stderr,
      next: "mend the cause and try again",
    });
  }
  const { deployment } = JSON.parse(answer.stdout) as {
    deployment: { resources?: { type: string }[] };
  };
  // The engine's own entries, such as a StackReference that a refused `up` leaves, are not real resources.
  const inUse = (deployment.resources ?? []).filter(({ type }) => !type.startsWith("pulumi:"));
  if (inUse.length > 0) {
    throw new OperatorError({
      what: `Stack ${downstream} still stands on this one (${inUse.length} resources); nothing was deleted.`,
      where: `stack ${environment} of project ${downstream}`,
      next: `destroy it first: make down STACK=${downstream} ENV=${environment}, or cd ${downstream} && pulumi destroy`,
    });
  }
}

/**
 * The delete step of the guard resource, which every destroy of a stack deletes first. It asks the
 * same engine and the same backend as the destroy it is part of. A downstream stack that still has its former name counts too. Of infra it
 * also asks whether machines are protected.
 */
async function guard(downstream: string, environment: string): Promise<void> {
  const engine = surroundingEngine(environment);
  const state = (name: string) => readStack(engine, selectProjects(name)[0], ["stack", "export"]);
  refuseWhileInUse(downstream, environment, await state(downstream));
  if (downstream === "cluster") {
    const infra = await state("infra");
    refuseProtected(
      environment,
      infra.ok ? (JSON.parse(infra.stdout) as ExportedStack) : undefined,
    );
  }
}

if (require.main === module) {
  const [downstream, environment] = process.argv.slice(2);
  exitWith(guard(downstream, environment));
}
