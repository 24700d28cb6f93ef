import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { sha256 as sha256Of } from "../../lib/digests/sha256";

/** A file of other makers that is fetched as they publish it. */
export interface PublishedFile {
  url: string;
  /** Of its content, hexadecimal. */
  sha256: string;
  /** Where it goes. */
  path: string;
}

/** Milliseconds that its server may take. */
const FETCH_MS = 60_000;

/**
 * Makes sure that a published file is on this machine. What lies in its place and has the checksum is taken, wherever it came from;
 * anything else is replaced.
 *
 * @param milliseconds - How long the server may take. @default 60 000
 * @throws Error that says why it could not be fetched; in its place is then what was there before.
 */
export async function ensurePublishedFile(
  { url, sha256, path }: PublishedFile,
  milliseconds = FETCH_MS,
): Promise<void> {
  if (existsSync(path) && sha256Of(readFileSync(path)) === sha256) {
    return;
  }
  let content: Buffer;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(milliseconds) });
    if (!response.ok) {
      throw new Error(`HTTP ${response.status}`);
    }
    content = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error([message, (cause as Error | undefined)?.message].filter(Boolean).join(": "));
  }
  const fetched = sha256Of(content);
  if (fetched !== sha256) {
    throw new Error(`what was fetched has the SHA-256 ${fetched}, and ${sha256} is expected`);
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
