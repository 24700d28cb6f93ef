import { rmSync } from "node:fs";

import { readIfThere, replaceFile } from "../lib/files";
import { OperatorError } from "../lib/operatorError";
import { stateFile } from "./paths";

/** Holds the name of the environment whose site has the lab. Networks, services and vCenter are one site's at a time. */
const note = stateFile("environment");

/** The environment that has the lab; undefined while none has it, or where a version before this note brought it up. */
export function occupant(): string | undefined {
  return readIfThere(note)?.trim();
}

/** Notes that an environment has the lab. */
export function occupy(environment: string): void {
  replaceFile(note, `${environment}\n`, 0o600);
}

/** Forgets who had the lab. */
export function vacate(): void {
  rmSync(note, { force: true });
}

/** @throws OperatorError when another environment has the lab: what would be changed or removed is not this one's. */
export function refuseOther(environment: string): void {
  const other = occupant();
  if (other !== undefined && other !== environment) {
    throw new OperatorError({
      what: `The lab is up for the environment ${other}, and it has room for one. Nothing was changed.`,
      where: note,
      next: `make down ENV=${other} first, then run this one again; or name that environment`,
    });
  }
}
