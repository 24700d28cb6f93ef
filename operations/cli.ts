import { parseArgs } from "node:util";

import { GIVE_UP_VOLUMES_VARIABLE, LOST_VARIABLE } from "../kubernetes/lostMachines";
import { exitWith } from "../lib/exit";
import { OperatorError } from "../lib/operatorError";
import { ETCD } from "./etcd-backups/name";
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
  giveUpVolumes?: string;
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

/** The commands. Each loads what it needs when it is typed: all of them together take longer to load than most take to run. */
const commands: Record<string, Command> = {
  up: async (environment, { stack, lost, giveUpVolumes }) => {
    giveUp(lost, giveUpVolumes);
    await (await import("./commands/up.js")).up(environment, stack);
  },
  down: async (environment, { stack, lost }) =>
    (await import("./commands/down.js")).down(environment, stack, lost),
  "let-go": async (environment, { lost }) =>
    (await import("./lost-nodes/letGo.js")).letGo(environment, lost),
  preview: async (environment, { stack, lost }) => {
    giveUp(lost);
    await (await import("./commands/preview.js")).preview(environment, stack);
  },
  drift: async (environment, { stack }) =>
    (await import("./drift/drift.js")).drift(environment, stack),
  "preview-report": async (environment, { stack }) =>
    (await import("./preview-report/previewReport.js")).previewReport(environment, stack),
  preflight: async (environment) =>
    (await import("./preflight/preflight.js")).preflight(environment),
  "new-site": async (_environment, { name, from }) =>
    (await import("./new-site/newSite.js")).createSite(name, from),
  access: async (environment) => (await import("./commands/access.js")).access(environment),
  status: async (environment) => (await import("./commands/status.js")).status(environment),
  smoke: async (environment) => (await import("./commands/smoke.js")).smoke(environment),
  hardening: async (environment) =>
    (await import("./hardening/hardening.js")).hardening(environment),
  backup: async (environment, { app }) =>
    app === ETCD
      ? (await import("./commands/etcdBackups.js")).backupEtcd(environment)
      : (await import("./commands/backups.js")).backup(environment, app),
  backups: async (environment, { app }) =>
    app === ETCD
      ? (await import("./commands/etcdBackups.js")).etcdBackups(environment)
      : (await import("./commands/backups.js")).backups(environment, app),
  restore: async (environment, { app, from }) =>
    app === ETCD
      ? (await import("./commands/etcdBackups.js")).restoreEtcd(environment, from)
      : (await import("./commands/restore.js")).restore(environment, app, from),
  recover: async (environment, { from }) =>
    (await import("./commands/recover.js")).recover(environment, from),
  "rotate-key": async (environment, { to }) =>
    (await import("./commands/rotateKey.js")).rotate(environment, to),
  "backup-state": async (environment) =>
    (await import("./commands/backupState.js")).backupState(environment),
  "restore-state": async (environment, { stack, from }) =>
    (await import("./commands/restoreState.js")).restoreState(environment, stack, from),
  adopt: async (environment, { from }) =>
    (await import("./commands/adopt.js")).adopt(environment, from),
  credentials: async (environment) =>
    (await import("./commands/credentials.js")).credentials(environment),
  open: async (environment) => (await import("./commands/open.js")).open(environment),
  dashboard: async (environment) =>
    (await import("./commands/dashboard.js")).dashboard(environment),
  kubeconfig: async (environment, { user, role, namespace, days, revoke }) =>
    (await import("./commands/kubeconfig.js")).kubeconfig(environment, {
      ...{ user, role, namespace, days, revoke },
    }),
  kubeconfigs: async (environment) =>
    (await import("./commands/kubeconfig.js")).kubeconfigs(environment),
  flows: async (environment, { format }) =>
    (await import("./commands/flows.js")).printFlows(environment, format),
  images: async (environment) => (await import("./images/images.js")).lockImages(environment),
  versions: async (environment) =>
    (await import("./commands/versions.js")).printVersions(environment),
  env: async (environment) => {
    const { chooseBackend } = await import("./engine/backend/chooseBackend.js");
    const { engineVariables } = await import("./engine/engine.js");
    const { shellExports } = await import("./engine/shellExports.js");
    await chooseBackend(environment);
    console.log(shellExports(engineVariables(environment)));
  },
};

/** Hands the names of given up machines, and of nodes whose volumes are given up, to the programs and delete steps that pulumi runs. */
function giveUp(lost: string | undefined, volumes?: string): void {
  if (lost !== undefined) {
    process.env[LOST_VARIABLE] = lost;
  }
  if (volumes !== undefined) {
    process.env[GIVE_UP_VOLUMES_VARIABLE] = volumes;
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
      "give-up-volumes": { type: "string" },
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
    giveUpVolumes: values["give-up-volumes"] || undefined,
    name: name || undefined,
    // Given and empty is a fault: it would widen what a person gets.
    ...{ user, role, namespace, days, revoke },
  });
}

// Ctrl-C reaches pulumi and the lab as members of this process group; they end in their own time and
// report, so this process only has to outlive them.
process.on("SIGINT", () => undefined);

exitWith(main());
