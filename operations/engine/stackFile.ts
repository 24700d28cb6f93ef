import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import semver from "semver";
import { parse } from "yaml";

import { readEnvironmentFile } from "../../apps/environment";
import type { Environment } from "../../environment/schema";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";

/** The few keys of Pulumi.<stack>.yaml that operations needs even when others are wrong. */
export interface StackFile {
  /** Name of the datacenter in vCenter's inventory; empty when the file has none. */
  datacenter: string;
  /** Where the vCenter is, how it is known, and who enters; empty texts where the file has none. */
  vcenter: { server: string; user: string; insecure: boolean; thumbprint?: string };
  /**
   * Passphrase of an environment that stands on the embedded lab, from the key `lab:passphrase`.
   * It is public: what it encrypts are keys of machines that live on the operator's own computer.
   * Undefined for every environment that has no lab.
   */
  labPassphrase?: string;
  /** Where its state lives, from the key `state:backend`: a URL, or `local`. Undefined where the file does not say. */
  backend?: string;
  /** Version of its Kubernetes, where the file has one. */
  kubernetes?: string;
}

/**
 * Reads Pulumi.<stack>.yaml without judging it: a site must go down, and a shell be set up, whatever
 * has become of its configuration.
 * @throws OperatorError when there is no such file or it is no YAML.
 */
export function readStackFile(stack: string): StackFile {
  const path = join(checkout, `Pulumi.${stack}.yaml`);
  let content: { config?: Record<string, unknown> } | null;
  try {
    content = parse(readFileSync(path, "utf8")) as typeof content;
  } catch (error) {
    throw new OperatorError({
      what: `The configuration of environment "${stack}" cannot be read.`,
      where: path,
      why: (error as Error).message,
      next: "name an environment that has a file Pulumi.<name>.yaml, for example ENV=dev",
    });
  }
  const config = content?.config ?? {};
  const { datacenter, server, user, insecure, thumbprint } = (config["site:vsphere"] ??
    {}) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const { version } = (config["site:kubernetes"] ?? {}) as Record<string, unknown>;
  const labPassphrase = config["lab:passphrase"];
  const backend = config["state:backend"];
  return {
    datacenter: text(datacenter),
    vcenter: {
      server: text(server),
      user: text(user),
      insecure: insecure === true,
      ...(typeof thumbprint === "string" ? { thumbprint } : {}),
    },
    ...(typeof labPassphrase === "string" ? { labPassphrase } : {}),
    ...(typeof backend === "string" && backend !== "" ? { backend } : {}),
    ...(semver.valid(version as string) === null ? {} : { kubernetes: version as string }),
  };
}

/**
 * Checks the whole of Pulumi.<stack>.yaml, so that nothing starts on a configuration with faults.
 * @throws EnvironmentError with all faults at once.
 */
export function checkStackFile(stack: string): Environment {
  return readEnvironmentFile(stack, { directory: checkout, secrets: true });
}

/** Passphrases that are public because an environment's file contains them. */
export function publicPassphrases(): string[] {
  return readdirSync(checkout)
    .flatMap((file) => /^Pulumi\.([a-z0-9-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .flatMap((stack) => readStackFile(stack).labPassphrase ?? []);
}
