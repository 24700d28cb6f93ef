import { constants, createDecipheriv, pbkdf2Sync, privateDecrypt, verify } from "node:crypto";

import type { BackupKey } from "../../../environment/contracts";

/**
 * Opens a backup of an application by other means than the tasks do: without openssl's program.
 * @throws Error when the signature of its manifest is not that of the site.
 */
export function openedBackup(
  content: Buffer,
  manifest: Buffer,
  { privateKey, signer }: BackupKey,
): Buffer {
  const at = manifest.lastIndexOf("\n", manifest.length - 2) + 1;
  const [document, signature] = [manifest.subarray(0, at), manifest.toString("latin1", at).trim()];
  if (!verify("sha256", document, signer, Buffer.from(signature, "base64"))) {
    throw new Error("The manifest is not signed by the site.");
  }
  const { key } = JSON.parse(document.toString("utf8")) as { key: string };
  const password = privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
    Buffer.from(key, "base64"),
  )
    .toString("latin1")
    .trim();
  // As openssl enc writes it: the word Salted__, eight bytes of salt, and what is encrypted.
  const derived = pbkdf2Sync(password, content.subarray(8, 16), 10_000, 48, "sha256");
  const decipher = createDecipheriv("aes-256-ctr", derived.subarray(0, 32), derived.subarray(32));
  return Buffer.concat([decipher.update(content.subarray(16)), decipher.final()]);
}
