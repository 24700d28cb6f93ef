import { Engine } from "./engine";
import { checkStackFile } from "./stackFile";
import { selectProjects } from "./stacks";

/**
 * Shows what `up` would change, stack by stack, with all differences. Changes nothing but that a stack which does not
 * exist is made, without resources, because the engine has no preview without one.
 */
export async function preview(environment: string, stack?: string): Promise<void> {
  checkStackFile(environment);
  const engine = new Engine(environment);
  for (const project of selectProjects(stack)) {
    console.log(`\n${project.name}: pulumi preview --stack ${environment}`);
    await engine.ensureStack(project);
    await engine.run(project, ["preview", "--diff", "--stack", environment]);
  }
}
