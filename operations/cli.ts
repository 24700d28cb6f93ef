import { parseArgs } from "node:util";

import { LOST_VARIABLE } from "../kubernetes/lostMachines";
import { exitWith } from "../lib/exit";
import { OperatorError } from "../lib/operatorError";
import { access } from "./commands/access";
import { adopt } from "./commands/adopt";
import { backup, backups } from "./commands/backups";
import { backupState } from "./commands/backupState";
import { credentials } from "./commands/credentials";
import { dashboard } from "./commands/dashboard";
import { down } from "./commands/down";
import { backupEtcd, ETCD, etcdBackups, restoreEtcd } from "./commands/etcdBackups";
import { drift } from "./commands/drift";
import { printFlows } from "./commands/flows";
import { hardening } from "./commands/hardening";
import { kubeconfig, kubeconfigs } from "./commands/kubeconfig";
import { createSite } from "./commands/newSite";
import { open } from "./commands/open";
import { preview } from "./commands/preview";
import { restore } from "./commands/restore";
import { restoreState } from "./commands/restoreState";
import { rotate } from "./commands/rotateKey";
import { smoke } from "./commands/smoke";
import { status } from "./commands/status";
import { up } from "./commands/up";
import { chooseBackend } from "./engine/chooseBackend";
import { engineVariables } from "./engine/engine";
import { shellExports } from "./engine/shellExports";
import { letGo } from "./lost-nodes/letGo";
import { preflight } from "./preflight/preflight";
import { previewReport } from "./preview-report/previewReport";

/** What `make` passes on; empty where nothing was given. */
interface Options {
  stack?: string;
  /** Name of an application. */
  app?: string;
  /** Name of a backup. */
  from?: string;
  /** How flows are printed. */
  format?: string;
  /** What encrypts secrets: the file of a passphrase, or the URL of a key. */
  to?: string;
  /** Name of a new environment. */
  name?: string;
  /** Names of machines that are given up; `cluster` for the whole cluster. */
  lost?: string;
  /** Name of a person. */
  user?: string;
  /** ClusterRole of the person. */
  role?: string;
  /** Namespaces in which the role counts. */
  namespace?: string;
  /** How long the person's kubeconfig is valid. */
  days?: string;
  /** 1: the person's kubeconfigs are revoked. */
  revoke?: string;
}

type Command = (environment: string, options: Options) => Promise<void> | void;

const commands: Record<string, Command> = {
  up: (environment, { stack, lost }) => {
    giveUp(lost);
    return up(environment, stack);
  },
  down: (environment, { stack, lost }) => down(environment, stack, lost),
  "let-go": (environment, { lost }) => letGo(environment, lost),
  preview: (environment, { stack, lost }) => {
    giveUp(lost);
    return preview(environment, stack);
  },
  drift: (environment, { stack }) => drift(environment, stack),
  "preview-report": (environment, { stack }) => previewReport(environment, stack),
  preflight: (environment) => preflight(environment),
  "new-site": (_environment, { name, from }) => createSite(name, from),
  access: (environment) => access(environment),
  status: (environment) => status(environment),
  smoke: (environment) => smoke(environment),
  hardening: (environment) => hardening(environment),
  backup: (environment, { app }) =>
    app === ETCD ? backupEtcd(environment) : backup(environment, app),
  backups: (environment, { app }) =>
    app === ETCD ? etcdBackups(environment) : backups(environment, app),
  restore: (environment, { app, from }) =>
    app === ETCD ? restoreEtcd(environment, from) : restore(environment, app, from),
  "rotate-key": (environment, { to }) => rotate(environment, to),
  "backup-state": (environment) => backupState(environment),
  "restore-state": (environment, { stack, from }) => restoreState(environment, stack, from),
  adopt: (environment, { from }) => adopt(environment, from),
  credentials: (environment) => credentials(environment),
  open: (environment) => open(environment),
  dashboard: (environment) => dashboard(environment),
  kubeconfig: (environment, { user, role, namespace, days, revoke }) =>
    kubeconfig(environment, { user, role, namespace, days, revoke }),
  kubeconfigs: (environment) => kubeconfigs(environment),
  flows: (environment, { format }) => printFlows(environment, format),
  env: async (environment) => {
    await chooseBackend(environment);
    console.log(shellExports(engineVariables(environment)));
  },
};

/** Hands the names of given up machines to the program infra and to its machines' guards, which pulumi runs. */
function giveUp(lost: string | undefined): void {
  if (lost !== undefined) {
    process.env[LOST_VARIABLE] = lost;
  }
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      environment: { type: "string", default: "dev" },
      stack: { type: "string" },
      app: { type: "string" },
      from: { type: "string" },
      format: { type: "string" },
      to: { type: "string" },
      lost: { type: "string" },
      name: { type: "string" },
      user: { type: "string" },
      role: { type: "string" },
      namespace: { type: "string" },
      days: { type: "string" },
      revoke: { type: "string" },
    },
  });
  const { environment, stack, app, from, format, to, lost, name } = values;
  const { user, role, namespace, days, revoke } = values;
  const command = commands[positionals[0] ?? ""];
  if (command === undefined) {
    throw new OperatorError({
      what: `There is no command "${positionals[0] ?? ""}".`,
      next: `use one of ${Object.keys(commands).join(", ")}; make help explains them`,
    });
  }
  await command(environment, {
    stack: stack || undefined,
    app: app || undefined,
    from: from || undefined,
    format: format || undefined,
    to: to || undefined,
    lost: lost || undefined,
    name: name || undefined,
    // Given and empty is a fault: it would widen what a person gets.
    ...{ user, role, namespace, days, revoke },
  });
}

// Ctrl-C reaches pulumi and the lab as members of this process group; they end in their own time and
// report, so this process only has to outlive them.
process.on("SIGINT", () => undefined);

exitWith(main());
