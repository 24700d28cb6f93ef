import { dataKept } from "./data";
import { disruptionBudget } from "./disruption";
import { fieldManager } from "./fieldManager";
import { imageDigest, imageVersion } from "./images";
import { explicitNames, workloadLabels } from "./names";
import { resourcesSet } from "./podResources";
import { nonRoot, privileges } from "./podSecurity";
import type { Policy } from "./policy";
import { noPlainSecrets } from "./secrets";
import { hostKeyPinned, noPasswordLogin } from "./ssh";
import { verifiedTls } from "./tls";

/** All policies, in the order in which they are shown. */
export const policies: readonly Policy[] = [
  noPlainSecrets,
  hostKeyPinned,
  noPasswordLogin,
  verifiedTls,
  imageVersion,
  imageDigest,
  nonRoot,
  privileges,
  resourcesSet,
  disruptionBudget,
  dataKept,
  explicitNames,
  fieldManager,
  workloadLabels,
];
