import { OperatorError } from "../../lib/operatorError";
import { describeOlderPlugins, olderPlugins } from "../../pulumi/pluginVersions";
import type { StateResource } from "./exportedStack";
import type { StackProject } from "./stacks";
import type { Driver } from "./stackState";

/**
 * Refuses to work on a stack with plugins that are older than those its state was written with.
 *
 * @param resources - Of the state.
 * @param versionOf - See olderPlugins.
 * @throws OperatorError with all of them.
 */
export function refuseOlderPlugins(
  { backendUrl }: Pick<Driver, "backendUrl">,
  { name }: Pick<StackProject, "name">,
  resources: readonly Pick<StateResource, "type" | "inputs" | "outputs">[] = [],
  versionOf?: (name: string) => string | undefined,
): void {
  const older = olderPlugins(resources, versionOf);
  if (older.length > 0) {
    throw new OperatorError({
      what: `The state of stack ${name} was written with newer plugins than those of this checkout. Nothing was changed.`,
      where: backendUrl,
      ...describeOlderPlugins(older),
    });
  }
}
