import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** Hours: for ever, since nothing checks when it ends. A backup must be readable however old it is. */
const VALIDITY_HOURS = 100 * 8760;

/** The key pair of a cluster's backups of etcd. */
export interface BackupKey {
  /** What backups are encrypted for, PEM. Public. */
  certificate: pulumi.Output<string>;
  /** What opens them, PEM. It is in the state alone: no machine can read what it has sent away. */
  privateKey: pulumi.Output<string>;
}

/**
 * Makes the key pair, in the form that `openssl cms` takes on every machine.
 *
 * @param name - Beginning of the resources' names.
 */
export function backupKey(
  name: string,
  clusterName: string,
  opts?: pulumi.CustomResourceOptions,
): BackupKey {
  const { privateKeyPem } = new tls.PrivateKey(
    `${name}-key`,
    { algorithm: "RSA", rsaBits: 3072 },
    opts,
  );
  const { certPem } = new tls.SelfSignedCert(
    `${name}-certificate`,
    {
      privateKeyPem,
      subject: { commonName: `backups of etcd of ${clusterName}` },
      allowedUses: ["key_encipherment"],
      validityPeriodHours: VALIDITY_HOURS,
    },
    opts,
  );
  return { certificate: certPem, privateKey: pulumi.secret(privateKeyPem) };
}
