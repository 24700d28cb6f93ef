import { readFileSync, writeFileSync } from "node:fs";

import type { PendingOperation, StateResource } from "../../../operations/engine/exportedStack";
import { selectProjects } from "../../../operations/engine/stacks";
import { upWithAttempts } from "../../../operations/recovery/attempts";
import { EXCLUDED, type RawConfig, Site } from "./vcenter";

const UP = ["up", "--yes", "--skip-preview", ...EXCLUDED];

/** The state of infra as the backend keeps it. */
interface Checkpoint {
  checkpoint: { latest: { resources: StateResource[]; pending_operations?: PendingOperation[] } };
}

/**
 * What an engine that was killed has made in vCenter without writing it down: the real engine's state is given the form in which a
 * killed one leaves it.
 *
 * @param port - Where the vCenter listens.
 * @param cutOff - Names, at the end of their URNs, of what the vCenter has and the state is made to forget.
 */
export function killedUpdate(port: number, cutOff: readonly string[]) {
  const [infra] = selectProjects("infra");
  const site = new Site(port, [
    { user: "cloud-provider@vsphere.local" },
    { user: "csi@vsphere.local" },
  ]);
  const driver = site.driver();
  const isCutOff = ({ urn }: { urn: string }): boolean =>
    cutOff.includes(urn.split("::").at(-1) ?? "");

  beforeAll(() => site.start());
  beforeEach(() => jest.spyOn(console, "log").mockImplementation());
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => site.stop());

  /** Makes all that an update makes while no machine is cloned and no permission given. */
  async function begun(edit: (config: RawConfig) => void): Promise<void> {
    await site.configure("infra", edit);
    const method = ["CloneVM_Task", "SetEntityPermissions"];
    await site.injectFaults({
      faults: method.map((one) => ({ method: one, fault: "NoPermission" })),
    });
    await expect(driver.run(infra, [...UP, "--continue-on-error"])).rejects.toThrow(
      "Permission to perform this operation was denied",
    );
    await site.injectFaults({});
  }

  function forget(): void {
    const file = site.path(".pulumi/stacks/sitewright-infra/dev.json");
    const state = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
    const { latest } = state.checkpoint;
    const made = latest.resources.filter(isCutOff);
    expect(made).toHaveLength(cutOff.length);
    latest.resources = latest.resources.filter((one) => !isCutOff(one));
    latest.pending_operations = made.map((resource) => ({
      type: "creating",
      resource: { ...resource, id: undefined, outputs: undefined },
    }));
    writeFileSync(file, JSON.stringify(state));
  }

  /** The next `make up`. */
  async function takesOver(): Promise<void> {
    await upWithAttempts(driver, infra, site.vcenter(), UP.slice(1), { pauses: [] });
    expect((await site.state()).filter(isCutOff)).toHaveLength(cutOff.length);
  }

  return { site, driver, infra, begun, forget, takesOver };
}
