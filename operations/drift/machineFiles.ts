import type { Infra } from "../../environment/contracts";
import { OperatorError } from "../../lib/operatorError";
import { nameOf } from "../../pulumi/urn";
import { COMPARE_SCRIPT, type Keeper } from "../../ssh/lastApplied";
import type { StateResource } from "../engine/exportedStack";
import { runOnMachine } from "../machines/login";

/** A file on a machine that is not as our step has left it. */
export interface ChangedFile {
  machine: string;
  /** UUID of the machine. */
  vmId: string;
  /** The kind of step that wrote it. */
  keeper: Keeper;
  matter: "changed" | "missing" | "mode";
  path: string;
  /** Lines of a unified difference, from what it was to what it is; empty where there is none to show. */
  difference: string[];
}

/** Seconds for comparing a few dozen small files. */
const COMPARE_SECONDS = 30;

/** What is known of a machine whose files are compared. */
type Known = Pick<Infra["nodes"][number], "name" | "address" | "hostKey" | "vmId">;

/** Which step of which project writes the files of each kind again; the end of its name beside the machine's own. */
export const KEEPERS: Readonly<Record<Keeper, { project: "infra" | "cluster"; step: RegExp }>> = {
  haproxy: { project: "infra", step: /-haproxy$/ },
  keepalived: { project: "infra", step: /-keepalived$/ },
  prepare: { project: "cluster", step: /(?:^|-)prepare-/ },
  member: { project: "cluster", step: /(?:^|-)(?:initialize$|join-)/ },
  trust: { project: "cluster", step: /(?:^|-)trust-/ },
};

/**
 * Compares the files of all machines with what our steps have left, over one login each. Changes nothing.
 * @throws OperatorError with every machine that could not be looked at.
 */
export async function changedFiles(
  { loadBalancers, nodes, sshUser }: Infra,
  sshPrivateKey: string,
): Promise<{ compared: number; files: ChangedFile[] }> {
  const machines: Known[] = [...loadBalancers, ...nodes];
  const answers = await Promise.all(
    machines.map(async (machine) => {
      const login = { ...machine, user: sshUser, privateKey: sshPrivateKey };
      const { ok, stdout, stderr } = await runOnMachine(login, COMPARE_SCRIPT, COMPARE_SECONDS);
      return ok
        ? parseComparison(machine, stdout)
        : `${machine.name} (${machine.address}): ${stderr}`;
    }),
  );
  const silent = answers.filter((answer) => typeof answer === "string");
  if (silent.length > 0) {
    throw new OperatorError({
      what: `${silent.length} of ${machines.length} machines could not be looked at.`,
      why: silent.join("\n"),
      next: "see whether they run and are reached from here; a machine that proves another host key is not the one that was made",
    });
  }
  const parts = answers.filter((answer) => typeof answer !== "string");
  return {
    compared: parts.reduce((sum, { compared }) => sum + compared, 0),
    files: parts.flatMap(({ files }) => files),
  };
}

/**
 * Reads what COMPARE_SCRIPT prints.
 * @throws Error when it is cut off.
 */
export function parseComparison(
  { name, vmId }: Pick<Known, "name" | "vmId">,
  printed: string,
): { compared: number; files: ChangedFile[] } {
  const lines = printed.trimEnd().split("\n");
  const compared = /^compared ([0-9]+)$/.exec(lines.pop() ?? "")?.[1];
  if (compared === undefined) {
    throw new Error(`The comparison of the files on ${name} was cut off.`);
  }
  const files = lines.map((line): ChangedFile => {
    const words = line.split(" ");
    const [keeper, matter] = words;
    const difference = words[words.length - 1];
    return {
      machine: name,
      vmId,
      keeper: keeper as Keeper,
      matter: matter as ChangedFile["matter"],
      path: words.slice(2, -1).join(" "),
      difference:
        difference === "-"
          ? []
          : Buffer.from(difference, "base64").toString("utf8").trimEnd().split("\n"),
    };
  });
  return { compared: Number(compared), files };
}

/** URNs of the steps, among the resources of a project's state, that write changed files again. */
export function stepsToRepeat(
  project: string,
  resources: readonly StateResource[],
  files: readonly ChangedFile[],
): string[] {
  const wanted = files.filter(({ keeper }) => KEEPERS[keeper].project === project);
  return resources
    .filter(({ urn, type, inputs }) => {
      // Which machine a step is for stands in its script; in a state of older programs among its triggers.
      const text = JSON.stringify([inputs?.create, inputs?.triggers]);
      return (
        type === "command:remote:Command" &&
        wanted.some(
          ({ vmId, keeper }) => text.includes(vmId) && KEEPERS[keeper].step.test(nameOf(urn)),
        )
      );
    })
    .map(({ urn }) => urn);
}
