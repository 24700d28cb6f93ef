import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import { PARTS } from "../../cluster/etcd-backup/controlPlane";
import type { EtcdBackupOutput } from "../../environment/contracts";
import { OperatorError } from "../../lib/operatorError";

/** What a backup of etcd was opened to. */
export interface OpenedBackup {
  /** Folder with its parts (PARTS). Secret. */
  folder: string;
  /** What it is a backup of, such as `cluster` and `node`. */
  facts: ReadonlyMap<string, string>;
}

const OTHERS = "make backups APP=etcd lists the others";

/** What is still possible where the key is lost. */
const LOST_KEY =
  "Where the state is not the one of that time: a backup of the states has its key (make restore-state), and data that is left on the " +
  "control plane needs none (make recover)";

/** Whose backup it has to be. */
export interface Expected {
  clusterName: string;
  /** Certificate of the cluster's CA, PEM: it vouches for the control plane that has signed the backup. */
  caCertificate: string;
  key: EtcdBackupOutput;
}

/**
 * Opens a backup of etcd in a folder that only this user can read.
 *
 * @param file - Path of the backup.
 * @param folder - Empty folder for its parts, and for what openssl has to read from files meanwhile.
 * @throws OperatorError when it is encrypted for another key, was changed, was not signed by a control plane of this cluster, or is
 * the backup of another one.
 */
export async function openBackup(
  file: string,
  folder: string,
  { clusterName, caCertificate, key }: Expected,
): Promise<OpenedBackup> {
  const path = (name: string): string => join(folder, name);
  const refuse = (why: string, next = OTHERS): OperatorError =>
    new OperatorError({
      what: "This backup of etcd cannot be used; nothing was touched.",
      where: file,
      why,
      next,
    });
  const openssl = async (why: string, ...args: string[]): Promise<string> => {
    const { failed, stdout, stderr } = await execa("openssl", args, { reject: false });
    if (failed) {
      throw refuse(
        `${why} (openssl: ${stderr.trim().split("\n").at(-1)})`,
        args.includes("-decrypt") ? `${OTHERS}. ${LOST_KEY}` : OTHERS,
      );
    }
    return stdout;
  };
  for (const [name, content] of [
    ["certificate", key.certificate],
    ["key", key.privateKey],
    ["ca", caCertificate],
  ] as const) {
    writeFileSync(path(name), content, { mode: 0o600 });
  }
  await openssl(
    "it is not whole, or it was encrypted for another key than the one in the state: another cluster's, or that of a cluster of this name that was destroyed",
    ...["cms", "-decrypt", "-binary", "-inform", "DER", "-in", file],
    ...["-recip", path("certificate"), "-inkey", path("key"), "-out", path("signed")],
  );
  await openssl(
    "no machine of this cluster has signed it",
    ...["cms", "-verify", "-binary", "-inform", "DER", "-in", path("signed")],
    // The signer's own certificate lives a year, its signature for ever.
    ...["-CAfile", path("ca"), "-purpose", "any", "-no_check_time"],
    ...["-signer", path("signer"), "-out", path("archive")],
  );
  const signer = await openssl(
    "its signer cannot be read",
    ...["x509", "-in", path("signer"), "-noout", "-subject", "-nameopt", "RFC2253"],
  );
  const parts = path("parts");
  mkdirSync(parts, { mode: 0o700 });
  await execa("tar", [
    "-xzf",
    path("archive"),
    "-C",
    parts,
    "--no-same-owner",
    "--no-overwrite-dir",
  ]);
  const facts = new Map(
    readFileSync(join(parts, PARTS.facts), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  if (facts.get("cluster") !== clusterName) {
    throw refuse(`it is one of the cluster ${facts.get("cluster")}; this one is ${clusterName}`);
  }
  if (!signer.includes(`CN=system:node:${facts.get("node")},`)) {
    throw refuse(`it says that it is of ${facts.get("node")}, and ${signer.trim()} has signed it`);
  }
  return { folder: parts, facts };
}
