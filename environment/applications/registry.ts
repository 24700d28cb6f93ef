import { z } from "zod";

import type { Fault } from "../faults";
import { environmentSchema } from "../schema";
import type { Application, ApplicationSpec } from "./application";

/** Applications by the name of their section in `apps`, in the order in which they are deployed. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each has settings of its own, which come back by SettingsOf
export type Specs = Record<string, ApplicationSpec<any>>;

/** The section `apps` of an environment: any of the applications may be missing. */
export type SettingsOf<S extends Specs> = {
  [Name in keyof S]?: S[Name] extends ApplicationSpec<infer Settings> ? Settings : never;
};

/** The applications an environment may have, with the schema of all its sections. */
export interface Registry<Apps = object> {
  /** Every section of an environment, `apps` included; without `apps` it has no application. */
  schema: z.ZodObject<typeof environmentSchema.shape & { apps: z.ZodType<Apps> }>;
  specs: Specs;
}

/** Makes the registry of these applications. */
export function registry<S extends Specs>(specs: S): Registry<SettingsOf<S>> {
  const sections = Object.entries(specs).map(([name, { settings }]) => [name, settings.optional()]);
  const shape = Object.fromEntries(sections) as Record<string, z.ZodType>;
  const apps = z.strictObject(shape).prefault({});
  return {
    schema: environmentSchema.extend({ apps: apps as unknown as z.ZodType<SettingsOf<S>> }),
    specs,
  };
}

/** The applications that an environment has, in the registry's order. */
export function applicationsOf({ specs }: Registry, apps: object): Application[] {
  return present(specs, apps).map(({ name, spec, settings }) => ({
    name,
    ...spec.facts(settings),
  }));
}

/** Faults that only the applications themselves know of. */
export function ownFaults({ specs }: Registry, apps: object): Fault[] {
  return present(specs, apps).flatMap(
    ({ name, spec, settings }) => spec.faults?.(settings, `apps.${name}`) ?? [],
  );
}

function present(specs: Specs, apps: object) {
  const settingsOf = apps as Record<string, unknown>;
  return Object.entries(specs)
    .filter(([name]) => settingsOf[name] !== undefined)
    .map(([name, spec]) => ({ name, spec, settings: settingsOf[name] }));
}
