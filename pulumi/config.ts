import * as pulumi from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime";

import type { Registry } from "../environment/applications/registry";
import { EnvironmentError } from "../environment/faults";
import { certificateFaults } from "../environment/load/certificate";
import { readImageLock } from "../environment/load/imageLock";
import { parseEnvironment, type RawSite } from "../environment/load/parse";
import {
  CLOUD_PROVIDER_PASSWORD,
  CSI_PASSWORD,
  ownCertificateKeys,
  secretFaults,
  VSPHERE_PASSWORD,
} from "../environment/load/secrets";
import type { Environment } from "../environment/schema";
import { checkout } from "../lib/paths";
import { Refusal } from "./refusal";

const NAMESPACE = "site:";

/**
 * Reads the environment of the current stack from Pulumi's configuration. This module is the only one that does;
 * everything below works on the value it returns.
 *
 * @param registry - The applications there are.
 * @throws Refusal with all faults, which ends the program with that text and without a stack trace.
 */
export function readEnvironment<Apps extends object>(
  registry: Registry<Apps>,
): Environment & { apps: Apps } {
  const stack = pulumi.getStack();
  const config = allConfig();
  const site: RawSite = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(NAMESPACE))
      .map(([key, value]) => [key.slice(NAMESPACE.length), decode(value)]),
  );
  // A program cannot see whether a value was encrypted. environment/load/file.ts can, and operations use that.
  const stateOf = (key: string) => (key in config ? "encrypted" : "missing");
  try {
    const { lock, faults } = readImageLock(stack, checkout);
    const secrets = secretFaults(registry, stack, site, stateOf);
    return parseEnvironment(registry, stack, site, [...secrets, ...faults], lock);
  } catch (error) {
    throw error instanceof EnvironmentError ? new Refusal(error.message) : error;
  }
}

/** The password of the account that clones. Secret. */
export function vspherePassword(): pulumi.Output<string> {
  return secret(VSPHERE_PASSWORD);
}

/** The password of the account of the cloud controller manager. Secret. */
export function cloudProviderPassword(): pulumi.Output<string> {
  return secret(CLOUD_PROVIDER_PASSWORD);
}

/** The password of the account of the CSI driver. Secret. */
export function csiPassword(): pulumi.Output<string> {
  return secret(CSI_PASSWORD);
}

function secret(fullKey: string): pulumi.Output<string> {
  const [namespace, key] = fullKey.split(":");
  return new pulumi.Config(namespace).requireSecret(key);
}

/** A certificate that the owner brings. */
export interface OwnCertificate {
  /** PEM, the server's own certificate first. */
  chain: pulumi.Output<string>;
  /** PEM. Secret. */
  privateKey: pulumi.Output<string>;
}

/**
 * The certificate that the owner brings for a host of an application. For the stack apps, before it makes anything: the other
 * stacks do not stop for a certificate that has expired.
 *
 * @param application - Its name, which its keys in the configuration begin with.
 * @param name - The host name.
 * @param now - @default the present
 * @throws Refusal with all faults of certificate and key.
 */
export function readOwnCertificate(
  application: string,
  name: string,
  now = new Date(),
): OwnCertificate {
  // A program reads the value in the clear, encrypted or not. This function returns it as a secret.
  const config = allConfig();
  const keys = ownCertificateKeys(application);
  const [chain, key] = [keys.certificate, keys.key].map((fullKey) => config[fullKey] ?? "");
  const faults = certificateFaults({ keys, name, chain, key, now });
  if (faults.length > 0) {
    const file = `Pulumi.${pulumi.getStack()}.yaml`;
    throw new Refusal(new EnvironmentError(file, faults).message);
  }
  return {
    chain: pulumi.output(`${chain.trim()}\n`),
    privateKey: pulumi.secret(`${key.trim()}\n`),
  };
}

/** Lists and maps arrive as JSON, single values as they are. */
function decode(value: string): unknown {
  return /^[[{]/.test(value) ? JSON.parse(value) : value;
}
