import { homedir } from "node:os";
import { join } from "node:path";

import { z } from "zod";

import { readIfThere } from "../../lib/files";

const config = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
});

/**
 * What `docker login` has noted for a registry, as the value of a header Authorization; undefined where there is nothing. Credentials that a
 * helper program keeps are not asked for.
 * @param host - With its port, as in an image's name.
 */
export function basicAuthorization(
  host: string,
  variables: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const folder = variables.DOCKER_CONFIG || join(variables.HOME ?? homedir(), ".docker");
  const text = readIfThere(join(folder, "config.json"));
  const read = text === undefined ? undefined : config.safeParse(asJson(text));
  const auths = read?.data?.auths ?? {};
  // Docker Hub is noted under an address of its own.
  const names = host === "docker.io" ? [host, "https://index.docker.io/v1/"] : [host];
  const auth = names
    .map((name) => auths[name]?.auth)
    .find((one) => one !== undefined && one !== "");
  return auth === undefined ? undefined : `Basic ${auth}`;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
