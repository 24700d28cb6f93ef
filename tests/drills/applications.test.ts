import "../membership/environment";

import { madeOrHopeless, part } from "../e2e/parts";
import { expectSuccess, make } from "../e2e/support/harness";
import { takeLabDown } from "../e2e/support/lab";
import { applications } from "../membership/scenarios/applications";

/** What users see of the applications of Pulumi.ha.yaml while its machines are replaced. */
jest.setTimeout(30 * 60_000);

describe("make up of the whole site", () => {
  beforeAll(takeLabDown);

  test("succeeds", () => madeOrHopeless(async () => expectSuccess(await make("up"))));
});
part("the applications", applications);
describe("make down", () => {
  test("takes the site and its lab away", async () => {
    expectSuccess(await make("down"));
  });
});
