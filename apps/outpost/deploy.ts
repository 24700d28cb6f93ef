import { deployAs } from "../whoami/deploy";

/** whoami in another zone, as the outpost. */
export const deploy = deployAs("outpost");
