import { readFileSync } from "node:fs";
import { join } from "node:path";

import { keyRotation } from "../integration/support/keyRotation";
import { TransitService } from "../integration/support/transitService";

/** The key of a key management service, by a stand-in for one. No lab is needed. */
jest.setTimeout(240_000);

const transit = new TransitService();
const services: Record<string, string> = {};
// Register this before the hooks of the rotation, which run the engine.
beforeAll(async () => {
  Object.assign(services, await transit.start());
});
afterAll(() => transit.stop());

const { root, file, everything, rotated, opened, leavesNothing } = keyRotation(services);

test("a key management service's key takes the place of the passphrase, and gives it back", async () => {
  await rotated("hashivault://sitewright", "first");
  expect(await opened(undefined)).toEqual(everything);
  expect(readFileSync(file, "utf8")).toMatch(/^secretsprovider: hashivault:\/\/sitewright\n/m);
  expect(readFileSync(file, "utf8")).not.toMatch(/^encryptionsalt:/m);

  await rotated(join(root, "second"), undefined);
  expect(await opened("second")).toEqual(everything);
  expect(await opened(undefined)).toEqual([]);
  expect(readFileSync(file, "utf8")).not.toContain("hashivault");
});

leavesNothing([transit.token]);
