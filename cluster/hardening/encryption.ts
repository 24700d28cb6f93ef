import { stringify } from "yaml";

import { sha256 } from "../../lib/digests/sha256";

/**
 * Name of a key, in the configuration and before every value in etcd. It is derived from the key, so that two keys never share a
 * name, however a rotation ended. A hash of 32 random bytes reveals nothing.
 */
export function keyName(key: string): string {
  return `key-${sha256(key).slice(0, 10)}`;
}

/**
 * What the API server encrypts and with which key: Secrets, by XSalsa20 and Poly1305. There is no way to read or write one in
 * the clear. The text ends with the list of keys, two lines for each: encryptionRotation.ts puts others beside this one.
 *
 * @param key - 32 random bytes, base64.
 * @see https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/
 */
export function encryptionConfiguration(key: string): string {
  return stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      {
        resources: ["secrets"],
        providers: [{ secretbox: { keys: [{ name: keyName(key), secret: key }] } }],
      },
    ],
  });
}
