import { occupant } from "../../../lab/occupant";
import { environment, expectSuccess, make } from "./harness";

/** Leaves the machine without a site and its lab, whichever environment has it: a test that ended early may have left another's. */
export async function takeLabDown(): Promise<void> {
  const other = occupant();
  if (other !== undefined && other !== environment) {
    expectSuccess(await make("down", { variables: { ENV: other } }));
  }
  expectSuccess(await make("down"));
}
