import { connect } from "node:net";

import { readEnvironmentFile } from "../../apps/environment";
import type { Environment } from "../../environment/schema";
import { elapsed } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { bindings, INSECURE_WARNING } from "../../vcenter/roleBindings";
import { Engine } from "../engine/engine";
import { type StateResource } from "../engine/exportedStack";
import { checkStackFile } from "../engine/stackFile";
import { selectProjects, type StackProject } from "../engine/stacks";
import { resourcesOf } from "../engine/stackState";
import { VIRTUAL_MACHINE } from "../recovery/orphanedResources";
import { vcenterAccess } from "../recovery/vcenter";
import {
  addressFindings,
  describeFindings,
  type Findings,
  type KnownMachine,
  machinesToMake,
  vcenterFindings,
} from "./findings";
import { placeholdersText } from "./placeholders";
import { type PreflightReport, reportSchema } from "./report";
import { preflightRequest, type PreflightRequest } from "./request";

/** TCP ports on which machines of all kinds answer. */
const PORTS = [22, 80, 443, 445, 3389, 6443];
/** TCP port on which no machine answers: tcpmux, which has died out. */
const UNUSED_PORT = 1;
/** Milliseconds a machine in the same site may take to answer. */
const ANSWER_MS = 1_000;

/**
 * Asks the vCenter of an environment for everything that could end `up` half-way: certificate, accounts, objects, privileges,
 * template, machines of the same name, addresses that are taken. Changes nothing there.
 * @throws OperatorError with all findings.
 */
export async function preflight(environment: string): Promise<void> {
  checkStackFile(environment);
  warnOfPlaceholders(readEnvironmentFile(environment, { directory: checkout }));
  const engine = new Engine(environment);
  const [project] = selectProjects("infra");
  await engine.ensureStack(project);
  const { notes } = await judge(engine, project, await resourcesOf(engine, project));
  notes.forEach((note) => console.warn(`warning: ${note}`));
  console.log(`The vCenter has all that ${environment} needs.`);
}

/**
 * The same before infra makes machines. Where the state has them all nothing is asked: what infra looks up by itself is enough.
 * @throws OperatorError with all findings.
 */
export async function preflightWhereNeeded(engine: Engine, project: StackProject): Promise<void> {
  const environment = readEnvironmentFile(engine.environment, { directory: checkout });
  const resources = await resourcesOf(engine, project);
  if (machinesToMake(environment, machinesIn(resources)).length === 0) {
    return;
  }
  warnOfPlaceholders(environment);
  const begun = Date.now();
  const { notes } = await judge(engine, project, resources);
  notes
    // The program infra reports this; it runs next.
    .filter((note) => note !== INSECURE_WARNING)
    .forEach((note) => console.warn(`warning: ${note}`));
  console.log(`  preflight: the vCenter has all that is needed (${elapsed(begun)})`);
}

/** First of all: a placeholder may be why nothing answers. */
function warnOfPlaceholders(environment: Environment): void {
  const text = placeholdersText(environment);
  if (text !== undefined) {
    console.warn(`warning: ${text}`);
  }
}

async function judge(
  engine: Engine,
  project: StackProject,
  resources: readonly StateResource[],
): Promise<Findings> {
  const environment = readEnvironmentFile(engine.environment, { directory: checkout });
  const known = machinesIn(resources);
  const toMake = machinesToMake(environment, known);
  const secrets = await engine.secrets(project);
  const request = preflightRequest(environment, secrets, accessIsMade(environment, resources));
  const [report, answering] = await Promise.all([
    ask(environment, request),
    answeringAddresses(toMake.map(({ machine }) => machine.address)),
  ]);
  const { faults, notes } = vcenterFindings(environment, request, report, known);
  // A machine of that name in the folder is reported already, and may well be what answers.
  const absent = toMake.filter(
    ({ machine }) => !report.machines.some(({ name }) => name === machine.name),
  );
  const all = [...faults, ...addressFindings(absent, answering)];
  if (all.length > 0) {
    notes.forEach((note) => console.warn(`warning: ${note}`));
    const { stack, vsphere } = environment;
    throw new OperatorError({
      what: `The site ${stack} cannot be made on ${vsphere.server}: ${all.length === 1 ? "1 fault" : `${all.length} faults`}. Nothing was created or changed.`,
      why: describeFindings(all),
      next: `mend them, then: make preflight ENV=${stack}`,
    });
  }
  return { faults, notes };
}

/** Whether infra has given every permission: what an update that failed has left out, the next one gives. */
export function accessIsMade(
  environment: Environment,
  resources: readonly StateResource[],
): boolean {
  const given = resources.filter(({ urn }) =>
    urn.includes("sitewright:infra:Access$command:local:Command"),
  );
  return given.length >= bindings(environment).length;
}

/** The machines that a state has. Their id is their UUID, also where a clone that failed has left no outputs. */
function machinesIn(resources: readonly StateResource[]): KnownMachine[] {
  return resources
    .filter(({ type }) => type === VIRTUAL_MACHINE)
    .map(({ id = "", inputs = {} }) => ({ name: String(inputs.name), uuid: id }));
}

async function ask(environment: Environment, request: PreflightRequest): Promise<PreflightReport> {
  const { stack } = environment;
  // Only kind and name of an entity are for the program; the key is for people.
  const entities = Object.fromEntries(
    Object.entries(request.entities).map(([name, { kind, name: path }]) => [
      name,
      { kind, name: path },
    ]),
  );
  const report = await vcenterAccess(
    stack,
    "check",
    { ...request, entities },
    `mend the cause, then: make preflight ENV=${stack}`,
  );
  return reportSchema.parse(JSON.parse(report));
}

/**
 * Which of the addresses accept a connection, with the port. An address that only refuses one may be a firewall, and is left out.
 * So is one that accepts on an unused port: that is a proxy on the way, which says nothing about what is behind it.
 */
async function answeringAddresses(addresses: readonly string[]): Promise<Map<string, number>> {
  const found = await Promise.all(
    addresses.map(async (address) => {
      const [unused, ...answers] = await Promise.all(
        [UNUSED_PORT, ...PORTS].map((port) => accepts(address, port)),
      );
      const port = PORTS[answers.indexOf(true)];
      return unused || port === undefined ? [] : [[address, port] as const];
    }),
  );
  return new Map(found.flat());
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("connect", () => end(true));
    socket.on("timeout", () => end(false));
    socket.on("error", () => end(false));
  });
}
