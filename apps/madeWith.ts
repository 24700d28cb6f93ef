import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { Application } from "../environment/applications/application";
import { pathOf, volumesOf } from "../environment/applications/exposed";
import type { Environment } from "../environment/schema";
import { mebibytes } from "../environment/schema/quantities";
import { qualifiedName } from "../pulumi/qualifiedName";
import { Refusal } from "../pulumi/refusal";
import { readStackResources, type StackResources } from "../pulumi/stackResources";

/** What the data of the applications was made with. */
const madeWithSchema = z.object({
  /** Settings that cannot change as long as there is data, as text by their paths. */
  settings: z.record(z.string(), z.string()),
  /** Sizes of volumes that a class has made, by the paths of their keys. */
  sizes: z.record(z.string(), z.string()),
});
export type MadeWith = z.output<typeof madeWithSchema>;

type Site = Pick<Environment, "applications" | "storageClasses" | "stack">;
type Volume = ReturnType<typeof volumesOf>[number];

/** What this update makes data with, or finds that it was made with. The next one compares it. */
export function madeWith({ applications }: Pick<Site, "applications">): MadeWith {
  const volumes = volumesOf({ applications });
  return {
    settings: Object.fromEntries([
      ...applications.flatMap((application) =>
        Object.entries(fixedSettings(application)).map(([key, value]) => [
          pathOf(application, key),
          value,
        ]),
      ),
      ...volumes.map(({ path, volume: { storageClass = "a file server" } }) => [
        `${path}.storageClass`,
        storageClass,
      ]),
    ]) as Record<string, string>,
    sizes: Object.fromEntries(
      volumes
        .filter(({ volume }) => volume.storageClass !== undefined)
        .map(({ path, volume }) => [`${path}.size`, volume.size]),
    ),
  };
}

function fixedSettings({
  namespace,
  fixed = {},
  volumes = [],
}: Application): Record<string, string> {
  return volumes.length === 0 ? fixed : { namespace, ...fixed };
}

const NOTHING: MadeWith = { settings: {}, sizes: {} };
const answerSchema = z.object({ outputs: z.object({ made: madeWithSchema }) });

/** What this stack recorded when it last succeeded. Empty if it has not, or if that cannot be read. */
async function readMadeWith(): Promise<MadeWith> {
  try {
    const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {
      name: qualifiedName("apps"),
    });
    return answerSchema.safeParse(answer).data?.outputs.made ?? NOTHING;
  } catch {
    return NOTHING;
  }
}

/** An edit, and the volumes that are in its way as long as they are there. */
interface Edit {
  fault: string;
  volumes: readonly Volume[];
}

/**
 * Refuses edits that would end the data of an application, or that its volumes would not follow. The resources of this stack tell
 * whether there still is a volume; they are read only if there is such an edit.
 *
 * @throws Refusal with all of them.
 */
export async function refuseLostData(site: Site): Promise<void> {
  const recorded = await readMadeWith();
  const edits = editsOf(site, recorded);
  if (edits.length === 0) {
    return;
  }
  const own = await readStackResources("apps");
  const faults = edits
    .filter(({ volumes }) => volumes.some((volume) => isThere(volume, recorded, own)))
    .map(({ fault }) => fault);
  if (faults.length > 0) {
    throw new Refusal(
      `Pulumi.${site.stack}.yaml changes what data of applications was made with. Nothing was touched.\n` +
        `${faults.map((fault) => `  ${fault}\n`).join("")}` +
        "Set it back; or move the data: a backup, the claim deleted by hand, pulumi refresh, up, a restore (apps/README.md, Volumes).",
    );
  }
}

function editsOf(site: Site, recorded: MadeWith): Edit[] {
  const now = madeWith(site);
  const volumes = volumesOf(site);
  const change = (path: string) => {
    const [before, is] = [recorded.settings[path], now.settings[path]];
    return before === undefined || is === undefined || before === is ? undefined : { before, is };
  };
  const edit = (path: string, concerned: readonly Volume[]): Edit[] => {
    const changed = change(path);
    return changed === undefined
      ? []
      : [
          {
            fault: `site:${path}: ${changed.is}; its data was made with ${changed.before}, and would be lost, left behind or not read`,
            volumes: concerned,
          },
        ];
  };
  return [
    ...site.applications.flatMap((application) =>
      Object.keys(fixedSettings(application)).flatMap((key) =>
        edit(
          pathOf(application, key),
          volumes.filter((volume) => volume.application === application),
        ),
      ),
    ),
    ...volumes.flatMap((volume) => edit(`${volume.path}.storageClass`, [volume])),
    ...volumes.flatMap((volume) => sizeEdit(volume, site, recorded, now)),
  ];
}

/** A volume that would have to shrink, or to grow where nothing lets it. */
function sizeEdit(
  volume: Volume,
  { storageClasses }: Site,
  recorded: MadeWith,
  now: MadeWith,
): Edit[] {
  const key = `${volume.path}.size`;
  const [before, is] = [recorded.sizes[key], now.sizes[key]];
  if (before === undefined || is === undefined || mebibytes(before) === mebibytes(is)) {
    return [];
  }
  const own = storageClasses.find(({ name }) => name === volume.volume.storageClass);
  const why =
    mebibytes(is) < mebibytes(before)
      ? "no volume shrinks"
      : volume.grows === false
        ? "the API does not change the claims that a StatefulSet makes"
        : own?.allowVolumeExpansion === false
          ? `its class ${own.name} lets no volume grow (allowVolumeExpansion)`
          : undefined;
  return why === undefined
    ? []
    : [
        {
          fault: `site:${key}: ${is}; its volume was made with ${before}, and ${why}`,
          volumes: [volume],
        },
      ];
}

const objectSchema = z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) });

/** Whether a volume is in the state, in the namespace in which it was made. If the state cannot be read, it may be there. */
function isThere(
  { application, name }: Volume,
  { settings }: MadeWith,
  own: StackResources,
): boolean {
  const namespace = settings[pathOf(application, "namespace")] ?? application.namespace;
  return own.kind === "read"
    ? own.resources
        .filter(({ type }) => /^kubernetes:.*:(PersistentVolumeClaim|StatefulSet)$/.test(type))
        .map(({ outputs }) => objectSchema.safeParse(outputs).data?.metadata)
        .some((object) => object?.name === name && object.namespace === namespace)
    : own.kind === "unreadable";
}
