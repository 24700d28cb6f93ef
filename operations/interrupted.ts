import type { Engine } from "./engine";
import { OperatorError } from "./operatorError";
import type { StackProject } from "./stacks";

/** One entry of `pending_operations` in an exported stack: begun by an update that was killed. */
export interface PendingOperation {
  type: string;
  resource: {
    urn: string;
    type: string;
    /** URN and id of the provider, joined by `::`. */
    provider?: string;
    inputs?: Record<string, unknown>;
  };
}

/** A resource as the state has it. */
export interface StateResource {
  urn: string;
  type: string;
  /** The provider's. */
  id?: string;
  inputs?: Record<string, unknown>;
}

interface ExportedStack {
  version: number;
  deployment: {
    resources?: StateResource[];
    pending_operations?: PendingOperation[];
    [key: string]: unknown;
  };
}

/** Something that a killed update may have made in vCenter without the state knowing of it. */
export interface Remnant {
  type: string;
  /** Where vCenter holds it, in the notation of its inventory: /datacenter/vm/folder/name. */
  path: string;
  /** Name under which it is taken into the state. */
  name: string;
  /** URN of the provider that made it. */
  provider: string;
  /** False for what is as good as new: it stays in the state under its own name. */
  remove: boolean;
}

/** Begins the name of a machine that was taken into the state only to be removed. */
const CUT_OFF = "cut-off-";

const virtualMachine = "vsphere:index/virtualMachine:VirtualMachine";
const folder = "vsphere:index/folder:Folder";

/** What an operation may have left in vCenter; undefined when it can simply be repeated. */
export function remnantOf(operation: PendingOperation, datacenter: string): Remnant | undefined {
  const { type, urn, provider = "", inputs = {} } = operation.resource;
  if (operation.type !== "creating") {
    return undefined;
  }
  const common = { type, provider: provider.split("::").slice(0, -1).join("::") };
  switch (type) {
    case virtualMachine: {
      const path = ["", datacenter, "vm", inputs.folder, inputs.name].join("/");
      return { ...common, path, name: `${CUT_OFF}${String(inputs.name)}`, remove: true };
    }
    case folder: {
      const path = `/${datacenter}/vm/${String(inputs.path)}`;
      return { ...common, path, name: urn.split("::").at(-1) ?? "", remove: false };
    }
    default:
      return undefined;
  }
}

/** The part of the engine that is needed here. */
export type Driver = Pick<Engine, "environment" | "backendUrl" | "capture" | "run">;

/**
 * Makes a stack fit for `pulumi up` or `pulumi destroy` after an update of it was killed.
 *
 * The engine only warns of operations that were under way and would then try to create again what
 * vCenter already has. So what was being created there is looked up and taken into the state; a
 * machine is then removed, since nobody can tell how far its clone came and nothing has run on it.
 * All other operations of ours can be repeated, so their entries are dropped. They are dropped last:
 * whatever ends this early, the next run begins with the same entries.
 *
 * @returns The resources that the settled state has.
 * @throws OperatorError when vCenter does not say whether it has something.
 */
export async function settleInterruptedUpdate(
  engine: Driver,
  project: StackProject,
  datacenter: string,
): Promise<StateResource[]> {
  const { deployment } = await exportStack(engine, project);
  const begun = deployment.pending_operations ?? [];
  const resources = deployment.resources ?? [];
  const known = resources.map(({ urn }) => urn);
  const cutOff = known.filter((urn) => urn.split("::").at(-1)?.startsWith(CUT_OFF));
  if (begun.length > 0) {
    console.log(
      `The last update of ${project.name} was cut off during ${begun.length} operation(s); they are settled first.`,
    );
  }
  for (const remnant of begun.flatMap((operation) => remnantOf(operation, datacenter) ?? [])) {
    const { type, name, path, remove } = remnant;
    const urn = `urn:pulumi:${engine.environment}::${project.name}::${type}::${name}`;
    if (known.includes(urn)) {
      continue;
    }
    const found = await adopt(engine, project, remnant);
    console.log(`  ${path}: ${found ? "found in vCenter" : "not in vCenter"}`);
    if (found && remove) {
      cutOff.push(urn);
    }
  }
  if (cutOff.length > 0) {
    const targets = cutOff.flatMap((urn) => ["--target", urn]);
    await engine.run(project, [
      ...["destroy", "--yes", "--skip-preview", "--stack", engine.environment],
      ...targets,
    ]);
  }
  if (begun.length === 0) {
    return resources.filter(({ urn }) => !cutOff.includes(urn));
  }
  const exported = await exportStack(engine, project);
  exported.deployment.pending_operations = [];
  await importStack(engine, project, exported);
  return exported.deployment.resources ?? [];
}

/** The resources of a stack. */
export async function resourcesOf(engine: Driver, project: StackProject): Promise<StateResource[]> {
  return (await exportStack(engine, project)).deployment.resources ?? [];
}

/** Takes something that exists in vCenter into the state; false when it does not exist. */
async function adopt(engine: Driver, project: StackProject, remnant: Remnant): Promise<boolean> {
  const { type, name, path, provider } = remnant;
  const { ok, stdout, stderr } = await engine.capture(project, [
    ...["import", type, name, path, "--provider", `provider=${provider}`],
    ...["--protect=false", "--generate-code=false", "--yes", "--skip-preview"],
    ...["--stack", engine.environment],
  ]);
  const answer = `${stdout}\n${stderr}`;
  if (!ok && !/(vm|folder) '[^']*' not found/.test(answer)) {
    throw new OperatorError({
      what: `Whether a killed update of ${project.name} has made this cannot be told.`,
      where: path,
      why: answer.trim().split("\n").slice(-10).join("\n"),
      next: "mend the cause and try again: nothing was forgotten",
    });
  }
  return ok;
}

async function exportStack(engine: Driver, project: StackProject): Promise<ExportedStack> {
  const args = ["stack", "export", "--stack", engine.environment];
  const { ok, stdout, stderr } = await engine.capture(project, args);
  if (!ok) {
    throw new OperatorError({
      what: `The state of stack ${project.name} cannot be read.`,
      where: engine.backendUrl,
      why: stderr,
      next: "restore the state from its backup (the backend keeps one beside it), then try again",
    });
  }
  return JSON.parse(stdout) as ExportedStack;
}

async function importStack(
  engine: Driver,
  project: StackProject,
  stack: ExportedStack,
): Promise<void> {
  const args = ["stack", "import", "--stack", engine.environment];
  const { ok, stderr } = await engine.capture(project, args, { input: JSON.stringify(stack) });
  if (!ok) {
    throw new OperatorError({
      what: `The state of stack ${project.name} could not be settled.`,
      where: engine.backendUrl,
      why: stderr,
      next: `cd ${project.directory} && pulumi refresh --clear-pending-creates --stack ${engine.environment}`,
    });
  }
}
