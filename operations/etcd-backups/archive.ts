import { createHash, createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import {
  copyFileSync,
  createReadStream,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

import { execa } from "execa";

import { PARTS } from "../../cluster/etcd-backup/controlPlane";
import { OperatorError } from "../../lib/operatorError";
import type { Sent } from "./restoreData";

/** A cluster's CAs, and the key that signs tokens of ServiceAccounts, relative to PARTS.pki: what kubeadm does not make again. */
const AUTHORITIES = ["ca", "front-proxy-ca", "etcd/ca"];
const TOKENS = "sa";

/** An archive for a machine, on this one. */
export interface Archive extends Sent {
  path: string;
}

/**
 * Packs what a machine needs of an opened backup.
 *
 * @param folder - The opened backup.
 * @param parts - Paths in it.
 * @param more - Further files, by their names.
 */
export async function pack(
  folder: string,
  parts: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Archive> {
  const content = join(folder, "archive");
  for (const part of parts) {
    mkdirSync(dirname(join(content, part)), { recursive: true, mode: 0o700 });
    copyFileSync(join(folder, part), join(content, part));
  }
  for (const [name, text] of Object.entries(more)) {
    writeFileSync(join(content, name), text, { mode: 0o600 });
  }
  const path = join(folder, "archive.tar");
  await execa("tar", ["-cf", path, "-C", content, "."]);
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return { path, bytes: statSync(path).size, sha256: hash.digest("hex") };
}

/**
 * The files of a backup by which a new control plane is one of the same cluster.
 *
 * @param caCertificate - Certificate of the cluster's CA in the state, PEM.
 * @throws OperatorError where the backup's CA is another one, or a key does not belong to its certificate: a control plane that is made
 * with them would not be the cluster that nodes and kubeconfigs know.
 */
export function authorityFiles(folder: string, caCertificate: string): string[] {
  const read = (name: string): string => readFileSync(join(folder, PARTS.pki, name), "utf8");
  const faults: string[] = [];
  const check = (name: string, isRight: () => boolean, fault: string): void => {
    try {
      if (!isRight()) {
        faults.push(`${name}: ${fault}`);
      }
    } catch (error) {
      faults.push(`${name}: cannot be read (${(error as Error).message})`);
    }
  };
  for (const name of AUTHORITIES) {
    check(
      name,
      () =>
        new X509Certificate(read(`${name}.crt`)).checkPrivateKey(
          createPrivateKey(read(`${name}.key`)),
        ),
      "the key does not belong to the certificate",
    );
  }
  check(
    TOKENS,
    () => createPublicKey(read(`${TOKENS}.key`)).equals(createPublicKey(read(`${TOKENS}.pub`))),
    "the two keys are no pair",
  );
  check(
    "ca.crt",
    () =>
      new X509Certificate(read("ca.crt")).fingerprint256 ===
      new X509Certificate(caCertificate).fingerprint256,
    "it is not the cluster's CA in the state",
  );
  if (faults.length > 0) {
    throw new OperatorError({
      what: "No control plane of this cluster can be made from the backup; nothing was touched.",
      why: faults.join("\n"),
      next: "make backups APP=etcd lists the others",
    });
  }
  return [
    ...AUTHORITIES.flatMap((name) => [`${name}.crt`, `${name}.key`]),
    `${TOKENS}.key`,
    `${TOKENS}.pub`,
  ].map((name) => join(PARTS.pki, name));
}
