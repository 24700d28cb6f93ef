import { join } from "node:path";

import { stringify } from "yaml";

import { readEnvironmentFile } from "../../apps/environment";
import { imagesOf } from "../../environment/images/imagesOf";
import { type ImageLock, lockFileName } from "../../environment/images/lock";
import { replaceFile } from "../../lib/files";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { RegistryClient, type RegistryOptions } from "./registryClient";
import { resolve } from "./resolve";

/**
 * Asks the registries of an environment's images, or its mirror in their place, for the digests under their tags, and writes them into the
 * lockfile beside Pulumi.<stack>.yaml: all of them, or nothing.
 * @throws OperatorError with all faults.
 */
export async function lockImages(environment: string): Promise<void> {
  console.log(await writeLock(environment, checkout));
}

/**
 * The same in another folder.
 * @returns What was done, for people.
 */
export async function writeLock(
  environment: string,
  directory: string,
  options: RegistryOptions = {},
): Promise<string> {
  const site = readEnvironmentFile(environment, { directory });
  const mirror = site.containerd.registryMirror;
  const images = imagesOf(site);
  const client = new RegistryClient({ mirror, ...options });
  const { lock, moved, faults } = await resolve(images, client).finally(() => client.close());
  const name = lockFileName(environment);
  if (faults.length > 0) {
    throw new OperatorError({
      what: `${images.length - faults.length} of ${images.length} images have a digest. ${name} is as it was.`,
      where: mirror ?? "the registries that the images' names begin with",
      why: faults.join("\n"),
      next: `mend them, then: make images ENV=${environment}`,
    });
  }
  const isNew = replaceFile(join(directory, name), lockFile(environment, lock), 0o644);
  return [
    ...moved.map(
      (line) => `warning: ${line}. To take it, remove its line from ${name}, then again.`,
    ),
    `${images.length} of ${images.length} images have a digest. ${name} ${isNew ? "is written: commit it" : "is as it was"}.`,
  ].join("\n");
}

function lockFile(environment: string, lock: ImageLock): string {
  return `# Written by make images ENV=${environment}: what the pods of ${environment} are made of. docs/images.md\n${stringify(lock, { lineWidth: 0 })}`;
}
