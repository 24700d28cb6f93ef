import { join } from "node:path";

import { OperatorError } from "../../../lib/operatorError";
import { stateDirectory } from "../../../lib/paths";
import { readStackFile } from "../stackFile";

/** What the key `state:backend` of an environment's file says where its state is in this machine's folder. */
export const LOCAL = "local";

/** Beginnings of the URLs that name a backend, as the engine knows them; one of files has to be absolute. */
const SCHEMES = /^(s3|gs|azblob|postgres|https|file):\/\/\S/;

/** URL of this machine's folder. */
export function localBackend(variables: NodeJS.ProcessEnv = process.env): string {
  // Without the attributes that the engine can do without, and that a killed one leaves cut off (backendFiles.ts). Those of a
  // backend from before stay, and are read until their files are gone.
  return `file://${join(stateDirectory(variables), "pulumi")}?metadata=skip`;
}

/**
 * URL of the backend that was chosen for an environment: by PULUMI_BACKEND_URL, else by its file. That of the lab is always this
 * machine's folder. Undefined where none is chosen.
 * @throws OperatorError when the file names none that it could name.
 */
export function chosenBackend(
  environment: string,
  variables: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (readStackFile(environment).labPassphrase !== undefined) {
    return localBackend(variables);
  }
  // CI has an empty variable where it has no such secret.
  return variables.PULUMI_BACKEND_URL || backendInFile(environment, variables);
}

/** URL of the backend that an environment's file names. @throws OperatorError when it could name none of that form. */
export function backendInFile(
  environment: string,
  variables: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const { backend } = readStackFile(environment);
  const why = backend === undefined ? undefined : backendFault(backend);
  if (why !== undefined) {
    throw new OperatorError({
      what: "The file names no backend that a state could be in. Nothing was changed.",
      where: `state:backend of Pulumi.${environment}.yaml`,
      why,
      next: "correct that key; docs/state.md has the forms",
    });
  }
  return backend === LOCAL ? localBackend(variables) : backend;
}

/** URL of the backend with the environment's state, where no passphrase is asked for yet. */
export function backendOf(environment: string, variables: NodeJS.ProcessEnv = process.env): string {
  return chosenBackend(environment, variables) ?? localBackend(variables);
}

/**
 * The variables that lead the engine to a backend. A password in the URL of a PostgreSQL goes into a variable of its own: the engine
 * prints URLs in its messages.
 */
export function backendVariables(
  url: string,
  variables: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const parsed = url.startsWith("postgres://") && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) {
    return { PULUMI_BACKEND_URL: url };
  }
  // The driver would wait for a silent server for ever.
  const common = { PGCONNECT_TIMEOUT: variables.PGCONNECT_TIMEOUT || "15" };
  if (parsed.password === "") {
    return { ...common, PULUMI_BACKEND_URL: url };
  }
  const PGPASSWORD = decodeURIComponent(parsed.password);
  parsed.password = "";
  return { ...common, PULUMI_BACKEND_URL: parsed.href, PGPASSWORD };
}

/** Why an answer names no backend that an environment's file could have; undefined where it does. */
export function backendFault(answer: string): string | undefined {
  if (answer === LOCAL) {
    return undefined;
  }
  if (!SCHEMES.test(answer) || !URL.canParse(answer)) {
    return `wanted: ${LOCAL}, or a URL such as s3://bucket?region=eu-central-1, postgres://user@host/database, gs://, azblob://, https://, file:///mount/folder`;
  }
  const { protocol, host, password } = new URL(answer);
  if (protocol === "file:" && host !== "") {
    return "a folder is named by its whole path: file:///mount/folder";
  }
  return password === ""
    ? undefined
    : "a password has no place in a file that is committed: leave it out, and set PGPASSWORD or PGPASSFILE instead";
}
