import { Engine } from "../engine/engine";
import { saveStates } from "../recovery/saveStates";

/**
 * Saves the states of all stacks of an environment, and its configuration, in one file. Its secrets stay encrypted: it is worth
 * nothing without the passphrase. The last line on standard output is its path alone.
 * @throws OperatorError when a stack is being changed, or there is none.
 */
export async function backupState(environment: string): Promise<void> {
  console.log(await saveStates(new Engine(environment)));
}
