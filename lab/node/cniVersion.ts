import { execa } from "execa";

import { OperatorError } from "../../lib/operatorError";

/**
 * Release of the CNI plugins, as one of them tells it: called without a command it prints "CNI bridge plugin v1.9.1".
 * @param plugin Path of the plugin.
 * @throws OperatorError when it says nothing of the kind.
 */
export async function cniPluginsVersion(plugin: string): Promise<string> {
  const { all, shortMessage } = await execa(plugin, ["--version"], {
    all: true,
    reject: false,
    stdin: "ignore",
    timeout: 10_000,
    // With a command in its environment it would answer that.
    env: { CNI_COMMAND: undefined },
  });
  const found = /^CNI \S+ plugin v(\d+\.\d+\.\d+\S*)$/m.exec(all);
  if (found === null) {
    throw new OperatorError({
      what: "The CNI plugins of the lab do not tell their version.",
      where: plugin,
      why: all.trim() || shortMessage,
      next: "make toolchain, then run make up again",
    });
  }
  return found[1];
}
