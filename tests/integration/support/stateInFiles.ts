import { statSync, truncateSync } from "node:fs";

import { plannedChanges } from "../../../operations/drift/plannedChanges";
import { Engine } from "../../../operations/engine/engine";
import { selectProjects } from "../../../operations/engine/stacks";
import { upWithAttempts } from "../../../operations/recovery/attempts";
import { EXCLUDED, Site } from "./vcenter";

/**
 * Machines that are up, with the engine that asks for them as operations do. The state is in files, as in the lab and at a site
 * without a backend of its own.
 *
 * @param port - Where the vCenter listens.
 */
export function stateInFiles(port: number) {
  const [infra] = selectProjects("infra");
  const site = new Site(port);
  const stateFile = site.path(".pulumi/stacks/sitewright-infra/dev.json");
  // It takes its folder for what it keeps from the environment, which the site has set.
  const engine = new Engine("dev", { ...process.env, ...site.variables(true) });

  const options = () => [...EXCLUDED, "--config-file", site.path("Pulumi.dev.yaml")];
  const changes = () => plannedChanges(engine, infra, options());
  const up = () =>
    upWithAttempts(engine, infra, site.vcenter(), [
      "--yes",
      "--skip-preview",
      ...EXCLUDED,
      ...site.select(),
    ]);

  /** Names and UUIDs of all machines. */
  const machines = async () => (await site.machines()).map(({ name, uuid }) => `${name} ${uuid}`);

  beforeAll(async () => {
    await site.start();
    const { exitCode, output } = await site.upMachines();
    expect([exitCode, output]).toEqual([0, expect.anything()]);
  });
  afterAll(() => site.stop());

  beforeEach(() => jest.spyOn(console, "log").mockImplementation());
  afterEach(() => jest.restoreAllMocks());

  return { site, infra, engine, stateFile, changes, up, machines };
}

/** Leaves the first half of a file. */
export const cut = (path: string): void => truncateSync(path, Math.floor(statSync(path).size / 2));
