import { killedUpdate } from "./support/killedUpdate";

/**
 * What an engine that was killed has made in vCenter without writing it down: the next `make up` neither stumbles over it nor
 * leaves it there twice. With tags, and to its end: tests/drills/orphanedResources.test.ts.
 */
jest.setTimeout(300_000);

const { begun, forget, takesOver } = killedUpdate(18_964, [
  "folder",
  "access-provisioner-machines",
  "access-CNS-VM",
]);

test("folder and roles that a killed update has made are taken over or created again", async () => {
  await begun((config) => {
    config["site:vsphere"].manageAccess = true;
  });
  forget();
  await takesOver();
});
