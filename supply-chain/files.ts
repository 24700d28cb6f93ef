import { readFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import { parse } from "yaml";
import type { z } from "zod";

import { OperatorError } from "../lib/operatorError";
import { checkout, toolchain } from "../lib/paths";
import type { Component } from "./component";
import { FINISHED, goModules } from "./goModules";
import { npmPackages } from "./npmPackages";

/** Folders of the toolchain that hold programs; the tools that look at them are not among them. */
export const PROGRAMS = ["bin", "lab", "pulumi-home/plugins"].map((name) => join(toolchain, name));

/** Lockfiles of npm: of the project, and of the compiler of the SDK that the toolchain generates. */
const LOCKFILES = ["package-lock.json", "toolchain/modules/vsphere-sdk/package-lock.json"];

/** A program that the toolchain built for looking at the others. */
export function tool(name: "inventory" | "govulncheck"): string {
  return join(toolchain, "supply-chain", name);
}

/** A file of this folder, checked. */
export function readPolicy<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
): z.output<Schema> {
  return schema.parse(parse(readFileSync(join(checkout, "supply-chain", name), "utf8")));
}

/**
 * All third-party components that are run or built here. A component in both lockfiles counts once.
 * @throws OperatorError when the programs cannot be looked at.
 */
export async function components(): Promise<Component[]> {
  const npm = LOCKFILES.flatMap((name) => npmPackages(readFileSync(join(checkout, name), "utf8")));
  const unique = new Map(npm.reverse().map((one) => [`${one.name} ${one.version}`, one]));
  const looked = await execa(tool("inventory"), ["-finished", FINISHED.join(","), ...PROGRAMS], {
    reject: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (looked.exitCode !== 0) {
    throw new OperatorError({
      what: "What is in the programs of the toolchain could not be read.",
      where: toolchain,
      why: looked.stderr || looked.shortMessage,
      next: "make toolchain, with Go's module proxy in reach, and the same command again",
    });
  }
  return [...unique.values(), ...goModules(looked.stdout)];
}
