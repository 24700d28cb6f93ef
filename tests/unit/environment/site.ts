import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { EnvironmentError, type Fault } from "../../../environment/faults";
import type { RawSite } from "../../../environment/load/parse";
import { parseEnvironment, type WholeSite } from "../../environment";

const root = join(__dirname, "../../..");

/** The environments of this repository. */
export const COMMITTED = ["dev", "ha", "prd"] as const;
export type Committed = (typeof COMMITTED)[number];

/**
 * The keys of the namespace `site:` of a committed environment, as a fresh copy a test may spoil. Without the list of placeholders, whose keys
 * would be further faults of what a test takes out.
 */
export function rawSite(stack: Committed): ReturnType<typeof rawFile> {
  const raw = rawFile(stack);
  delete raw["placeholders"];
  return raw;
}

/** The same with all that is in the file. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests reach deep into raw configuration and spoil it
export function rawFile(stack: Committed): Record<string, any> {
  const file = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(file.config)
      .filter(([key]) => key.startsWith("site:"))
      .map(([key, value]) => [key.slice("site:".length), value]),
  );
}

/** The production site with PhotonOS' own packages, which end with Kubernetes 1.27, and what goes with that. */
export function rawPhoton(): ReturnType<typeof rawSite> {
  const raw = rawSite("prd");
  raw["packages"].source = "photon";
  raw["packages"].repositories = [];
  raw["kubernetes"].version = "1.27.16";
  raw["kubernetes"].cloudProvider.version = "1.27.0";
  raw["containerd"].sandboxImage = "registry.k8s.io/pause:3.9";
  raw["volumes"].version = "3.2.0";
  return raw;
}

/** The same as an environment. */
export function photonSite(): WholeSite {
  return parseEnvironment("prd", rawPhoton());
}

/** Passwords that an environment may need, by full key; told apart by their text. */
export const passwords = {
  "vsphere:password": "secret",
  "cluster:cloudProviderPassword": 'cloud "provider" \\ password',
  "cluster:csiPassword": 'csi "driver" \\ password',
};

/** The engine's configuration for a content of the namespace `site:`, with all passwords. */
export function configOf(raw: RawSite): Record<string, unknown> {
  return {
    ...Object.fromEntries(Object.entries(raw).map(([key, value]) => [`site:${key}`, value])),
    ...passwords,
  };
}

/** A committed environment. */
export function site(stack: Committed): WholeSite {
  return parseEnvironment(stack, rawSite(stack));
}

/** The faults of a configuration; none if it is right. */
export function faultsOf(raw: RawSite, stack = "dev"): readonly Fault[] {
  try {
    parseEnvironment(stack, raw);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) {
      return error.faults;
    }
    throw error;
  }
}
