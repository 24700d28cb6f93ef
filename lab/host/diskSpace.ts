import { existsSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

import { OperatorError } from "../../lib/operatorError";
import { docker } from "../docker";
import { labCache } from "../paths";

const GIB = 1024 ** 3;

/** GiB that must be free: for the machines' disks and images, and for what is made once and kept. */
const NEEDED = { machines: 8, cache: 4 };

/** One place that must have room. */
export interface Place {
  path: string;
  purpose: string;
  /** GiB. */
  needed: number;
}

/** One file system, and all that is to lie on it. */
export interface Disk {
  places: Place[];
  /** GiB. */
  free: number;
}

/** Asks the system where a path lies: number of the device, and GiB that are free on it. */
export type Look = (path: string) => Promise<{ device: number; free: number }>;

/**
 * Checks that the lab's disks have room, before anything is made.
 * @throws OperatorError with what is free and what is needed.
 */
export async function checkDiskSpace(): Promise<void> {
  const root = (await docker(["info", "--format", "{{.DockerRootDir}}"])).trim();
  const places = [
    { path: root, purpose: "docker: images and machines", needed: NEEDED.machines },
    { path: labCache, purpose: "cache of the lab", needed: NEEDED.cache },
  ];
  refuseShortage(await disksOf(places, lookAt));
}

/** Puts the places together that lie on the same file system: its room is there once. */
export async function disksOf(places: Place[], look: Look): Promise<Disk[]> {
  const disks = new Map<number, Disk>();
  for (const place of places) {
    const { device, free } = await look(place.path);
    const disk = disks.get(device) ?? { places: [], free };
    disk.places.push(place);
    disks.set(device, disk);
  }
  return [...disks.values()];
}

/** @throws OperatorError that lists every disk without enough room for all that is to lie on it. */
export function refuseShortage(disks: Disk[]): void {
  const needed = (disk: Disk): number => disk.places.reduce((sum, place) => sum + place.needed, 0);
  const short = disks.filter((disk) => disk.free < needed(disk));
  if (short.length > 0) {
    throw new OperatorError({
      what: "There is too little disk space for the lab. Nothing was created.",
      why: short
        .map((disk) => {
          const names = disk.places.map(({ path, purpose }) => `${path} (${purpose})`);
          return `${names.join(" and ")}: ${disk.free.toFixed(1)} GiB free, ${needed(disk)} GiB needed`;
        })
        .join("\n"),
      next: "make room (docker system prune removes what docker does not use), then run make up again",
    });
  }
}

async function lookAt(path: string): Promise<{ device: number; free: number }> {
  const there = existing(path);
  const [{ dev }, { bavail, bsize }] = await Promise.all([stat(there), statfs(there)]);
  return { device: dev, free: (bavail * bsize) / GIB };
}

/** The nearest folder above that is there. */
function existing(path: string): string {
  return existsSync(path) ? path : existing(dirname(path));
}
