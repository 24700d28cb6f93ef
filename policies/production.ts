import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { load } from "js-yaml";

import { checkout } from "../lib/paths";
import { environmentOf, type Resource } from "./resource";

/** What policies ask of an environment's file. */
interface Environment {
  /** Whether people rely on what runs: some policies ask more there. Other environments are disposable. */
  isProduction: boolean;
  /** Its storage classes whose volumes outlive their claims (`reclaimPolicy: Retain`). */
  retainingClasses: ReadonlySet<string>;
  /** Whether every image must have a digest: in production, unless that is pending and there is no lockfile yet. */
  asksForDigests: boolean;
}

const read = new Map<string, Environment>();

/** The environment that a resource is of, by its key `site:protection`. One whose file cannot be read counts as production. */
export function productionOf(resource: Pick<Resource, "urn">): Environment {
  const name = environmentOf(resource);
  const known = read.get(name) ?? readEnvironment(name);
  read.set(name, known);
  return known;
}

export function isProduction(resource: Pick<Resource, "urn">): boolean {
  return productionOf(resource).isProduction;
}

export function asksForDigests(resource: Pick<Resource, "urn">): boolean {
  return productionOf(resource).asksForDigests;
}

function readEnvironment(name: string): Environment {
  let config: Record<string, unknown>;
  try {
    const path = join(checkout, `Pulumi.${name}.yaml`);
    config = (load(readFileSync(path, "utf8")) as { config: Record<string, unknown> }).config;
  } catch {
    return { isProduction: true, retainingClasses: new Set(), asksForDigests: true };
  }
  const classes = (config["site:storageClasses"] ?? []) as {
    name: string;
    reclaimPolicy?: string;
  }[];
  const isProduction = config["site:protection"] !== "none";
  const { digests = isProduction ? "required" : undefined } = (config["site:images"] ?? {}) as {
    digests?: string;
  };
  const isLocked = existsSync(join(checkout, `Pulumi.${name}.images.lock`));
  return {
    isProduction,
    asksForDigests: digests === "required" || (isProduction && isLocked),
    retainingClasses: new Set(
      classes.filter(({ reclaimPolicy }) => reclaimPolicy === "Retain").map((one) => one.name),
    ),
  };
}
