import { Secret } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

import type { BackupKey } from "../../environment/contracts";

/** Key in the Secret of what signs. */
export const SIGNING_KEY = "key.pem";

/** Whose backups the keys are for. */
export interface BackupKeysArgs {
  app: string;
  namespace: string;
  labels: Record<string, string>;
}

/** The keys of one application's backups. */
export interface BackupKeys {
  /** What backups are encrypted for, PEM. Public. */
  recipient: pulumi.Output<string>;
  /** What proves the signature of a backup, PEM. Public. */
  signer: pulumi.Output<string>;
  /** Has what signs, for the container that encrypts and no other. */
  signing: Secret;
  /** What a restore needs: the contract `backupKeys`. Secret. */
  output: pulumi.Output<BackupKey>;
}

/**
 * Makes the keys of an application's backups: one pair that they are encrypted for, whose private half is in the state alone, and one
 * that the task signs with. Each application has its own, so that what is in the cluster for a restore opens no other's backups.
 */
export function backupKeys(
  name: string,
  { app, namespace, labels }: BackupKeysArgs,
  opts: pulumi.CustomResourceOptions,
): BackupKeys {
  const recipient = new tls.PrivateKey(`${name}-key`, { algorithm: "RSA", rsaBits: 3072 }, opts);
  const signer = new tls.PrivateKey(
    `${name}-signing-key`,
    { algorithm: "ECDSA", ecdsaCurve: "P256" },
    opts,
  );
  const signing = new Secret(
    `${name}-signing-secret`,
    {
      metadata: { name: `backup-${app}-signing`, namespace, labels },
      stringData: { [SIGNING_KEY]: pulumi.secret(signer.privateKeyPem) },
    },
    opts,
  );
  return {
    recipient: recipient.publicKeyPem,
    signer: signer.publicKeyPem,
    signing,
    output: pulumi.secret(
      pulumi.output({
        app,
        privateKey: recipient.privateKeyPem,
        signer: signer.publicKeyPem,
      }),
    ),
  };
}
