import { readFileSync, writeFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";

import { execa } from "execa";

import { readIfThere, writeAtomically, writeNote } from "../../lib/files";
import { OperatorError } from "../../lib/operatorError";
import { find } from "../host/tools";
import { stateFile } from "../paths";
import { withHosts, withoutHosts } from "./hostsFile";
import { distrustCa, type Person, trustCa } from "./trustStore";

/** What a browser needs of a site. */
export interface Pages {
  stack: string;
  /** Where all of them answer. */
  address: string;
  names: readonly string[];
  /** CA of their certificates, PEM. */
  ca: string;
}

const HOSTS = "/etc/hosts";

/** What `make open` has changed, for `make down`. */
interface Opened {
  stack: string;
  /** Whose browser trusts the CA; undefined when none does. */
  person?: Person;
}

const note = stateFile("opened.json");

/** Path of the file with the CA, for browsers with a store of their own. */
export const caFile = stateFile("ingress-ca.crt");

/**
 * Lets a browser on this machine open a lab's pages by their names and trust their certificates: lines in the hosts file, and the
 * CA in the store of the person who runs this (under sudo, of the one who called it).
 *
 * @returns Whether the person's browser trusts the CA; not where certutil is missing.
 * @throws OperatorError when the hosts file cannot be written.
 */
export async function openPages({ stack, address, names, ca }: Pages): Promise<boolean> {
  const person = await personOf(process.env);
  const trusts = find("certutil") !== undefined;
  writeNote(note, `${JSON.stringify({ stack, ...(trusts ? { person } : {}) } satisfies Opened)}\n`);
  writeAtomically(caFile, ca, 0o644);
  writeHosts((text) => withHosts(text, stack, address, names));
  if (trusts) {
    await trustCa(person, stack, ca);
  }
  return trusts;
}

/** Takes back what `openPages` has changed. Where nothing was opened it does nothing. */
export async function closePages(): Promise<void> {
  const text = readIfThere(note);
  if (text === undefined) {
    return;
  }
  const { stack, person } = JSON.parse(text) as Opened;
  writeHosts((hosts) => withoutHosts(hosts, stack));
  if (person !== undefined) {
    // Someone may have taken it out by hand.
    await distrustCa(person, stack).catch(() => undefined);
  }
  writeNote(caFile, undefined);
  writeNote(note, undefined);
}

/** Writes the hosts file in place: in a container it is a mount, which nothing can be renamed over. */
function writeHosts(change: (text: string) => string): void {
  try {
    const before = readFileSync(HOSTS, "utf8");
    const after = change(before);
    if (after !== before) {
      writeFileSync(HOSTS, after);
    }
  } catch (error) {
    throw new OperatorError({
      what: "The names of the site's pages cannot be written.",
      where: HOSTS,
      why: (error as Error).message,
      next: "run the same command as root, for instance: sudo make open",
    });
  }
}

/** Under sudo the one who called it, else the one who runs this. */
export async function personOf({ SUDO_USER: user }: NodeJS.ProcessEnv): Promise<Person> {
  if (user === undefined || user === "" || user === userInfo().username) {
    return { home: homedir() };
  }
  const { stdout } = await execa("getent", ["passwd", user]);
  return { home: stdout.split(":")[5], user };
}
