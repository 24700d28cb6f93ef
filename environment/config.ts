import * as pulumi from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime";

import { EnvironmentError } from "./faults";
import { parseEnvironment, type RawSite } from "./parse";
import { Refusal } from "./refusal";
import type { Environment } from "./schema";
import { secretFaults, VSPHERE_PASSWORD } from "./secrets";

const NAMESPACE = "site:";

/**
 * Reads the environment of the current stack from Pulumi's configuration. This module is the only one that does;
 * everything below works on the value it returns.
 *
 * @throws Refusal with all faults, which ends the program with that text and without a stack trace.
 */
export function readEnvironment(): Environment {
  const stack = pulumi.getStack();
  const config = allConfig();
  const site: RawSite = Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(NAMESPACE))
      .map(([key, value]) => [key.slice(NAMESPACE.length), decode(value)]),
  );
  // Whether a value was encrypted is not public to a program; file.ts, which operations ask, sees it.
  const stateOf = (key: string) => (key in config ? "encrypted" : "missing");
  try {
    return parseEnvironment(stack, site, secretFaults(stack, stateOf));
  } catch (error) {
    throw error instanceof EnvironmentError ? new Refusal(error.message) : error;
  }
}

/** The password of the account that clones. Secret. */
export function vspherePassword(): pulumi.Output<string> {
  const [namespace, key] = VSPHERE_PASSWORD.split(":");
  return new pulumi.Config(namespace).requireSecret(key);
}

/** Lists and maps arrive as JSON, single values as they are. */
function decode(value: string): unknown {
  return /^[[{]/.test(value) ? JSON.parse(value) : value;
}
