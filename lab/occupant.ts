import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { parseDocument } from "yaml";
import { z } from "zod";

import { readIfThere, replaceFile } from "../lib/files";
import { OperatorError } from "../lib/operatorError";
import { checkout } from "../lib/paths";
import { stateFile } from "./paths";

/** Holds the name of the environment whose site has the lab. Networks, services and vCenter are one site's at a time. */
const note = stateFile("environment");

/** The environment that has the lab; undefined while none has it. */
export function occupant(): string | undefined {
  return readIfThere(note)?.trim() ?? occupantWithoutNote();
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

const vcenterSchema = z.object({ listen: z.string() });
const environmentSchema = z.object({
  config: z.object({ "site:vsphere": z.object({ server: z.string() }) }),
});

/** A lab that was brought up before there was the note is known by the address of its vCenter. */
function occupantWithoutNote(): string | undefined {
  const vcenter = vcenterSchema.safeParse(contentOf(readIfThere(stateFile("vcenter.json")) ?? ""));
  if (!vcenter.success) {
    return undefined;
  }
  const { listen } = vcenter.data;
  return readdirSync(checkout)
    .flatMap((file) => /^Pulumi\.([a-z0-9-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .find((name) => {
      const text = readFileSync(join(checkout, `Pulumi.${name}.yaml`), "utf8");
      const { success, data } = environmentSchema.safeParse(contentOf(text));
      return success && data.config["site:vsphere"].server === listen;
    });
}

/** Does not throw: a lab is taken down also where a file has been broken since. */
function contentOf(text: string): unknown {
  return parseDocument(text).toJS();
}
