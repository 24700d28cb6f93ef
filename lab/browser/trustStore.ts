import { existsSync } from "node:fs";
import { join } from "node:path";

import { run } from "../../lib/command";

/** Whose browser it is. */
export interface Person {
  home: string;
  /** Name of the user to become; undefined for the one who runs this. */
  user?: string | undefined;
}

/** Name of the site's CA in a store. */
const nickname = (stack: string): string => `sitewright ${stack}`;

/** Where Chromium, on Linux, looks for CAs beside the system's. */
export const storeOf = ({ home }: Person): string => join(home, ".pki", "nssdb");

/**
 * Makes a person's browser trust a CA for servers; one of the same name goes first.
 * @throws OperatorError when certutil fails.
 */
export async function trustCa(person: Person, stack: string, certificate: string): Promise<void> {
  const store = storeOf(person);
  if (!existsSync(join(store, "cert9.db"))) {
    await as(person, ["mkdir", "-p", store]);
    await certutil(person, ["-N", "--empty-password"]);
  }
  await distrustCa(person, stack).catch(() => undefined);
  // Without a file certutil reads standard input: a file of the operator's is not the person's to read.
  await certutil(person, ["-A", "-a", "-n", nickname(stack), "-t", "C,,"], certificate);
}

/** Takes the CA out again; fails where it is not there. */
export async function distrustCa(person: Person, stack: string): Promise<void> {
  await certutil(person, ["-D", "-n", nickname(stack)]);
}

function certutil(person: Person, args: string[], input = ""): Promise<string> {
  return as(person, ["certutil", "-d", `sql:${storeOf(person)}`, ...args], input);
}

/** Runs a program as the person, so that what it writes is that person's. */
function as(
  { user, home }: Person,
  [program, ...args]: [string, ...string[]],
  input = "",
): Promise<string> {
  const [name, ...words] =
    user === undefined
      ? [program, ...args]
      : ["runuser", "--user", user, "--", "env", `HOME=${home}`, program, ...args];
  const explanation = {
    what: "The site's CA could not be put into, or taken out of, a browser's store.",
    where: storeOf({ home }),
    next: "import it by hand, or mend the cause and run the same command again",
  };
  return run(name, words, explanation, { input });
}
