import { upWithAttempts } from "../../operations/recovery/attempts";
import { OperatorError } from "../../lib/operatorError";
import { selectProjects } from "../../operations/engine/stacks";
import { EXCLUDED, Site, VIRTUAL_MACHINE } from "./support/vcenter";

/**
 * A vCenter that fails in the middle of `make up`: what it is asked again, what is said, and that a further run leaves exactly
 * the machines of the configuration. Real engine, real plugin; the simulator injects the faults.
 */
jest.setTimeout(300_000);

const [infra] = selectProjects("infra");
const site = new Site(18_962);
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
  await site.trouble({});
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

test("sessions end and calls time out while machines are made: tried again, and that is enough", async () => {
  await site.trouble({
    cloneSeconds: 1,
    faults: [
      // While clones are waited for: they go on, and nobody knows of them.
      { method: "WaitForUpdatesEx", fault: "NotAuthenticated", skip: 4, times: 2 },
      { method: "PowerOnVM_Task", fault: "NotAuthenticated", skip: 1, times: 1 },
      { method: "CloneVM_Task", fault: "Timeout", skip: 4, times: 1 },
    ],
  });
  await up([1, 1, 1]);
  expect(printed.match(/^Updating/gm)?.length).toBeGreaterThan(1);
  const { found, known } = await bothSides();
  expect(found).toHaveLength(6);
  expect(found).toEqual(known);
});

test("one request in twenty is lost: tried again, and what does not help is said in one message", async () => {
  await site.trouble({ lostConnections: 0.05 });
  const outcome = await up([0]).catch((error: unknown) => error);
  if (outcome !== undefined) {
    expect(outcome).toBeInstanceOf(OperatorError);
    // Attempts used up; a remnant that could not be looked for; one that could not be removed.
    expect((outcome as OperatorError).fault.what).toMatch(
      /^The vCenter failed in 2 attempts|cannot be told\.$|^pulumi destroy failed$/,
    );
  }
});

test("a missing privilege is said at once and not tried again", async () => {
  await site.trouble({ faults: [{ method: "CloneVM_Task", fault: "NoPermission" }] });
  await expect(up([0, 0])).rejects.toThrow("pulumi up failed");
  expect(printed.match(/^Updating/gm)).toHaveLength(1);
  expect(printed).toContain("Permission to perform this operation was denied.");
});
