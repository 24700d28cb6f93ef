import { join } from "node:path";

import { PARTS } from "../../cluster/etcd-backup/controlPlane";
import { HARDEN_DEADLINE_SECONDS, hardenScript } from "../../cluster/hardening/controlPlaneFiles";
import { PREPARE_DEADLINE_SECONDS, prepareScript } from "../../cluster/node/prepare";
import type { Environment } from "../../environment/schema";
import { OperatorError } from "../../lib/operatorError";
import { runOnMachine } from "../machines/login";
import { type Archive, authorityFiles, pack } from "./archive";
import { nameOf, type Origin, recoverCommand } from "./choice";
import type { OpenedBackup } from "./opened";
import { INIT_CONFIG, REBUILD_SECONDS, rebuildConfig, rebuildScript } from "./rebuildScript";
import { RECOVER_SECONDS, recoverScript } from "./recoverScript";
import type { MadeNode, SavedSite } from "./savedSite";
/** @throws OperatorError with what the machine has said. */
async function onMachine(
  { login }: SavedSite,
  machine: MadeNode,
  script: string,
  seconds: number,
  { doing, again, input }: { doing: string; again: string; input?: string },
): Promise<void> {
  const { ok, stdout, stderr } = await runOnMachine(
    { ...machine, ...login },
    script,
    seconds,
    undefined,
    input === undefined ? {} : { input },
  );
  if (!ok) {
    throw new OperatorError({
      what: `The cluster is not recovered: ${doing} has failed.`,
      where: machine.name,
      why: stderr.trim(),
      next: `mend the cause, then ${again}: it begins again, and deletes nothing`,
    });
  }
  if (stdout.trim() !== "") {
    console.log(stdout.trim());
  }
}

/** Gives a control plane whose machine stands other data. */
export async function restoreInPlace(
  site: SavedSite,
  machine: MadeNode,
  origin: Origin,
  opened: OpenedBackup | undefined,
): Promise<void> {
  const again = recoverCommand(site.environment, nameOf(origin));
  const archive: Archive | undefined =
    opened && (await pack(opened.folder, [PARTS.snapshot, PARTS.encryption]));
  const source =
    archive === undefined
      ? { kind: "data" as const, folder: nameOf(origin) }
      : { kind: "sent" as const, sent: archive };
  await onMachine(site, machine, recoverScript(machine, source), RECOVER_SECONDS, {
    doing: "making etcd's data",
    again,
    ...(archive === undefined ? {} : { input: archive.path }),
  });
}

/** Makes the control plane on a machine without one: as the program cluster does, with the backup's keys and data. */
export async function rebuild(
  site: SavedSite,
  machine: MadeNode,
  opened: OpenedBackup,
  { specification, from }: { specification: Environment; from: string },
): Promise<void> {
  const again = recoverCommand(site.environment, from);
  const node = specification.nodes.find(({ name }) => name === machine.name);
  if (node === undefined) {
    throw new OperatorError({
      what: "The control plane is not in the environment's file any more. Nothing was made from a backup.",
      where: machine.name,
      next: `list it again in Pulumi.${site.environment}.yaml, then ${again}`,
    });
  }
  const { vmId } = machine;
  console.log(`${machine.name} is prepared for kubeadm`);
  await onMachine(
    site,
    machine,
    prepareScript(specification, { node, vmId }),
    PREPARE_DEADLINE_SECONDS,
    { doing: "preparing the machine", again },
  );
  // With the keys of the backup's time: the program cluster adds its own, and has all Secrets encrypted with it.
  await onMachine(
    site,
    machine,
    hardenScript(specification, node, "use"),
    HARDEN_DEADLINE_SECONDS,
    {
      doing: "writing the API server's files",
      again,
      input: join(opened.folder, PARTS.encryption),
    },
  );
  const archive = await pack(
    opened.folder,
    [PARTS.snapshot, ...authorityFiles(opened.folder, site.cluster.caCertificate)],
    { [INIT_CONFIG]: rebuildConfig(specification, node) },
  );
  console.log(`kubeadm makes the control plane again`);
  await onMachine(
    site,
    machine,
    rebuildScript(specification, node, { vmId, sent: archive, from }),
    REBUILD_SECONDS,
    { doing: "making the control plane", again, input: archive.path },
  );
}
