import { type Answers, below, each } from "./answer";

/** What applications have in common. */

const MOVE = "set it back, or move the data: [apps/README.md](../apps/README.md)";

/** A key of an application whose change restarts its pods. */
export const restarts = (...keys: string[]): Answers =>
  each(keys, {
    kind: "applied",
    by: ["apps"],
    how: "its pods restart with it, as its budget and its replicas allow",
  });

/** A key that its pods do not notice. */
export const follows = (...keys: string[]): Answers =>
  each(keys, { kind: "applied", by: ["apps"], how: "its objects follow; no pod of it restarts" });

/** A key that data was made with. */
export const tiedToData = (...keys: string[]): Answers =>
  each(keys, { kind: "refused", by: ["apps"], way: MOVE });

/** Where it runs, without data. */
export const moves = (...keys: string[]): Answers =>
  each(keys, {
    kind: "applied",
    by: ["apps"],
    how: "it is made there and deleted here",
  });

/** Section `volume` of data.ts in schema/. */
export const volumeChanges = (key: string): Answers => below(key, VOLUME);

/** Section `backup` of data.ts in schema/. */
export const backupChanges = (key: string): Answers => ({
  ...follows(`${key}.schedule`, `${key}.keep`, `${key}.keepDays`),
  ...volumeChanges(`${key}.volume`),
});

const VOLUME: Answers = {
  ...tiedToData("storageClass"),
  ...each(["nfs.server", "nfs.path"], {
    kind: "applied",
    by: ["apps"],
    how: "pods restart on the other folder, which is used as it is: copy its content first",
  }),
  ...each(["size"], {
    kind: "applied",
    by: ["apps"],
    how: "the volume grows where its class lets it; otherwise, and where it is smaller, it is refused",
  }),
};
