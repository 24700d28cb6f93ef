import { dataKept } from "./rules/data";
import { disruptionBudget } from "./rules/disruption";
import { fieldManager } from "./rules/fieldManager";
import { imageDigest, imageVersion } from "./rules/images";
import { explicitNames, workloadLabels } from "./rules/names";
import { diskBounded, resourcesSet } from "./rules/podResources";
import { nonRoot, privileges, readOnlyRoot } from "./rules/podSecurity";
import type { Policy } from "./policy";
import { noPlainSecrets } from "./rules/secrets";
import { hostKeyPinned, noPasswordLogin } from "./rules/ssh";
import { verifiedTls } from "./rules/tls";

/** All policies, in the order in which they are shown. */
export const policies: readonly Policy[] = [
  noPlainSecrets,
  hostKeyPinned,
  noPasswordLogin,
  verifiedTls,
  imageVersion,
  imageDigest,
  nonRoot,
  readOnlyRoot,
  privileges,
  resourcesSet,
  diskBounded,
  disruptionBudget,
  dataKept,
  explicitNames,
  fieldManager,
  workloadLabels,
];
