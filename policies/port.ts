/** Variable with the TCP port on 127.0.0.1 of policies that run already, for the engine's process of policies. */
export const POLICIES_PORT = "SITEWRIGHT_POLICIES_PORT";
