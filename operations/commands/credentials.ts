import type { Credentials } from "../../environment/contracts";
import { OperatorError } from "../../lib/operatorError";
import { table } from "../../lib/table";
import { Engine } from "../engine/engine";
import { selectProjects } from "../engine/stacks";

/**
 * Prints what was generated for people, on standard output and nowhere else.
 * @throws OperatorError when the apps stack is not up.
 */
export async function credentials(environment: string): Promise<void> {
  const [project] = selectProjects("apps");
  const outputs = await new Engine(environment).outputs(project);
  const found = outputs?.credentials as Credentials | undefined;
  if (found === undefined) {
    throw new OperatorError({
      what: "There are no credentials yet: the apps stack is not up.",
      where: `stack ${environment} of project apps`,
      next: `make up ENV=${environment}`,
    });
  }
  console.log(credentialsTable(found));
}

/** As `make credentials` prints them. */
export function credentialsTable(found: Credentials): string {
  const rows = found.map(({ name, user = "-", secret }) => [name, user, secret]);
  return table(["FOR", "USER", "PASSWORD OR TOKEN"], rows);
}
