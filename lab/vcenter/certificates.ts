import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

import { run } from "../../lib/command";
import { replaceFile } from "../../lib/files";
import { labBinaries, stateFile } from "../paths";

/** Folder with the lab's authority and the vCenter's certificate. */
export const certificatesFolder = stateFile("certificates");

/** Certificates of the authorities that a program of the lab's environment trusts; SSL_CERT_FILE points to it. */
export const bundleFile = stateFile("ca-bundle.crt");

const SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Provides the lab's own certificate authority, the vCenter's certificate, and a bundle of the system's authorities and ours.
 * What is there and still good is left alone.
 * @param server host:port of the vCenter
 */
export async function ensureCertificates(server: string): Promise<void> {
  const host = server.split(":")[0] as string;
  await issueCertificate(certificatesFolder, [...new Set([host, "localhost"])]);
  replaceFile(bundleFile, bundleWith(join(certificatesFolder, "ca.crt")), 0o644);
}

/**
 * Makes `vcenter.crt` and `vcenter.key` for names and addresses, and the authority `ca.crt` that signs them. What is in the
 * folder and still good is left alone.
 */
export async function issueCertificate(directory: string, hosts: string[]): Promise<void> {
  const args = ["certificates", "--directory", directory, "--host", hosts.join(",")];
  await run(join(labBinaries(), "vcenter"), args, {
    what: `A certificate for ${hosts[0]} could not be made.`,
    where: directory,
    next: "mend the cause, or remove the folder to have new ones made, then try again",
  });
}

/** The system's authorities and one more, as one text. */
export function bundleWith(authority: string): string {
  return `${systemBundle().trimEnd()}\n${readFileSync(authority, "utf8")}`;
}

/** The system's authorities; those of node where the package ca-certificates is not installed. */
function systemBundle(): string {
  try {
    return readFileSync(SYSTEM_BUNDLE, "utf8");
  } catch {
    return rootCertificates.join("\n");
  }
}
