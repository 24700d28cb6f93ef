import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

import { run } from "./command";
import { labBinaries, stateFile } from "./places";
import { replaceFile } from "./files";

/** Folder with the lab's authority and the vCenter's certificate. */
export const certificatesFolder = stateFile("certificates");

/** Certificates of the authorities that a program of the lab's environment trusts; SSL_CERT_FILE points to it. */
export const bundleFile = stateFile("ca-bundle.crt");

const SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Sees to the lab's own certificate authority, the vCenter's certificate, and a bundle of the system's authorities and ours.
 * What is there and still good is left alone.
 * @param server host:port of the vCenter
 */
export async function ensureCertificates(server: string): Promise<void> {
  const host = server.split(":")[0] as string;
  const args = [
    "certificates",
    "--directory",
    certificatesFolder,
    "--host",
    [...new Set([host, "localhost"])].join(","),
  ];
  await run(join(labBinaries(), "vcenter"), args, {
    what: "The certificates of the simulated vCenter could not be made.",
    where: certificatesFolder,
    next: "mend the cause, or remove the folder to have new ones made, then run make up again",
  });
  const ours = readFileSync(join(certificatesFolder, "ca.crt"), "utf8");
  replaceFile(bundleFile, `${systemBundle().trimEnd()}\n${ours}`, 0o644);
}

/** The system's authorities; those of node where the package ca-certificates is not installed. */
function systemBundle(): string {
  try {
    return readFileSync(SYSTEM_BUNDLE, "utf8");
  } catch {
    return rootCertificates.join("\n");
  }
}
