/**
 * Variable with the path of the file that gets the TCP port, on 127.0.0.1, of policies which run for all stacks of a command. The engine's
 * process of policies reads it.
 */
export const POLICIES_PORT_FILE = "SITEWRIGHT_POLICIES_PORT_FILE";

/** Content of that file where they have not come up. */
export const NO_PORT = "none";
