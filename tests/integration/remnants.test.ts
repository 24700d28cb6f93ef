import { readFileSync, writeFileSync } from "node:fs";

import { upWithAttempts } from "../../operations/recovery/attempts";
import type { PendingOperation, StateResource } from "../../operations/engine/exportedStack";
import { selectProjects } from "../../operations/engine/stacks";
import { EXCLUDED, Site } from "./support/vcenter";

/**
 * What an engine that was killed has made in vCenter without writing it down: the next `make up` neither stumbles over it nor
 * leaves it there twice. The real engine's state is given the form in which a killed one leaves it.
 */
jest.setTimeout(300_000);

const [infra] = selectProjects("infra");
const site = new Site(18_964, [
  { user: "cloud-provider@vsphere.local" },
  { user: "csi@vsphere.local" },
]);
const driver = site.driver();
const UP = ["up", "--yes", "--skip-preview", ...EXCLUDED];

/** Names, at the end of their URNs, of what the vCenter has and the state is made to forget. */
const CUT_OFF = [
  "folder",
  "access-provisioner-machines",
  "access-CNS-VM",
  "tags-zone",
  "tag-role-worker",
];
const isCutOff = ({ urn }: { urn: string }): boolean =>
  CUT_OFF.includes(urn.split("::").at(-1) ?? "");

/** The state of infra as the backend keeps it. */
interface Checkpoint {
  checkpoint: { latest: { resources: StateResource[]; pending_operations?: PendingOperation[] } };
}

beforeAll(async () => {
  await site.start();
  await site.configure("infra", (config) => {
    Object.assign(config["site:vsphere"], { manageAccess: true, tags: ["role", "zone"] });
  });
  jest.spyOn(console, "log").mockImplementation();
});

afterAll(() => site.stop());

test("folder, roles, tag and category that a killed update has made are taken over or made anew", async () => {
  // As far as an update comes while no machine is cloned and no permission given.
  const method = ["CloneVM_Task", "SetEntityPermissions"];
  await site.trouble({ faults: method.map((one) => ({ method: one, fault: "NoPermission" })) });
  await expect(driver.run(infra, [...UP, "--continue-on-error"])).rejects.toThrow(
    "Permission to perform this operation was denied",
  );
  await site.trouble({});
  // A category that was being made has no tags yet.
  const tags = ["lan", "dmz"].flatMap((zone) => ["--target", `**::tag-zone-${zone}`]);
  await driver.run(infra, ["destroy", "--yes", "--skip-preview", ...tags]);

  const file = site.path(".pulumi/stacks/infra/dev.json");
  const state = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
  const { latest } = state.checkpoint;
  const made = latest.resources.filter(isCutOff);
  expect(made).toHaveLength(CUT_OFF.length);
  latest.resources = latest.resources.filter((one) => !isCutOff(one));
  latest.pending_operations = made.map((resource) => ({
    type: "creating",
    resource: { ...resource, id: undefined, outputs: undefined },
  }));
  writeFileSync(file, JSON.stringify(state));

  await upWithAttempts(driver, infra, site.vcenter(), UP.slice(1), { pauses: [] });
  expect((await site.state()).filter(isCutOff)).toHaveLength(CUT_OFF.length);
  expect(await site.planned()).toEqual([]);
  const down = await site.pulumi("infra", ["destroy", "--yes", "--skip-preview", ...site.select()]);
  expect(down.exitCode).toBe(0);
});
