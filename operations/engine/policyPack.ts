import { join } from "node:path";

import { checkout } from "../../lib/paths";

/** Arguments by which `preview` and `up` hold every resource against the policies of the checkout (policies/README.md). */
export const POLICY_PACK = ["--policy-pack", join(checkout, "policies")];
