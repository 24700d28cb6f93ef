import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** A key pair in OpenSSH form, without final newlines. */
export interface SshKeyPair {
  /** Secret. */
  privateKey: pulumi.Output<string>;
  publicKey: pulumi.Output<string>;
}

/** Makes an Ed25519 key pair, which exists in the stack's state only, encrypted. */
export function sshKeyPair(name: string, opts?: pulumi.CustomResourceOptions): SshKeyPair {
  const key = new tls.PrivateKey(name, { algorithm: "ED25519" }, opts);
  return {
    privateKey: pulumi.secret(key.privateKeyOpenssh),
    publicKey: key.publicKeyOpenssh.apply((text) => text.trim()),
  };
}
