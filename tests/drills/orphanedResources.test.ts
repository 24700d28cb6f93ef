import { killedUpdate } from "../integration/support/killedUpdate";

/**
 * What an engine that was killed has made in vCenter without writing it down: the next `make up` neither stumbles over it nor
 * leaves it there twice. No lab is needed.
 */
jest.setTimeout(300_000);

const { site, driver, infra, begun, forget, takesOver } = killedUpdate(18_945, [
  "folder",
  "access-provisioner-machines",
  "access-CNS-VM",
  "tags-zone",
  "tag-role-worker",
]);

test("folder, roles, tag and category that a killed update has made are taken over or created again", async () => {
  await begun((config) => {
    Object.assign(config["site:vsphere"], { manageAccess: true, tags: ["role", "zone"] });
  });
  // A category that was being made has no tags yet.
  const tags = ["lan", "dmz"].flatMap((zone) => ["--target", `**::tag-zone-${zone}`]);
  await driver.run(infra, ["destroy", "--yes", "--skip-preview", ...tags]);
  forget();
  await takesOver();
  expect(await site.planned()).toEqual([]);
  const down = await site.pulumi("infra", ["destroy", "--yes", "--skip-preview", ...site.select()]);
  expect(down.exitCode).toBe(0);
});
