import { selectProjects } from "../../../operations/engine/stacks";
import { upWithAttempts } from "../../../operations/recovery/attempts";
import { EXCLUDED, Site, VIRTUAL_MACHINE } from "./vcenter";

/**
 * A vCenter that fails in the middle of `make up`. After each test one run without faults leaves exactly the machines of the
 * configuration, in the vCenter and in the state, and a destroy nothing. Real engine, real plugin.
 *
 * @param port - Where the vCenter listens.
 */
export function failingVcenter(port: number) {
  const [infra] = selectProjects("infra");
  const site = new Site(port);
  /** What the engine has printed since the last look. */
  let printed = "";

  const driver = site.driver((output) => (printed += output));

  const up = (pauses: number[]) =>
    upWithAttempts(driver, infra, site.vcenter(), ["--yes", "--skip-preview", ...EXCLUDED], {
      pauses,
    });

  /** Machines in the vCenter and machines in the state, by name and UUID. */
  async function bothSides() {
    const found = await site.machines();
    const known = (await site.state()).filter(({ type }) => type === VIRTUAL_MACHINE);
    return {
      found: found.map(({ name, uuid, powerState }) => `${name} ${uuid} ${powerState}`).sort(),
      known: known
        .map(({ inputs, outputs }) => `${inputs?.["name"]} ${outputs?.["uuid"]} poweredOn`)
        .sort(),
    };
  }

  beforeAll(async () => {
    await site.start();
    await site.configure("infra");
  });
  afterAll(() => site.stop());

  beforeEach(() => {
    printed = "";
    jest.spyOn(console, "log").mockImplementation();
  });

  afterEach(async () => {
    await site.injectFaults({});
    await up([]);
    const { found, known } = await bothSides();
    expect(found).toHaveLength(6);
    expect(found).toEqual(known);
    const { exitCode } = await site.pulumi("infra", [
      ...["destroy", "--yes", "--skip-preview", ...site.select()],
    ]);
    expect(exitCode).toBe(0);
    expect(await site.machines()).toEqual([]);
    jest.restoreAllMocks();
  });

  return { site, up, bothSides, printed: () => printed };
}
