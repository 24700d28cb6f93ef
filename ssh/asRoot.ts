import { quote } from "../lib/bash";

/** Linux refuses a single argument of 128 KiB or more (MAX_ARG_STRLEN). */
const LONGEST_SCRIPT_BYTES = 128 * 1024 - 1;

/**
 * The command line that runs a script as root. The script stands in it as it is, line by line, so that a preview shows
 * which line changes; standard input stays free for data.
 *
 * @throws Error when the script cannot be passed as one argument.
 */
export function asRoot(script: string, deadlineSeconds: number): string {
  const body = script.trimEnd();
  if (Buffer.byteLength(body) > LONGEST_SCRIPT_BYTES) {
    throw new Error(
      `A remote script has ${Buffer.byteLength(body)} bytes; at most ${LONGEST_SCRIPT_BYTES} are possible. Pass its data through stdin.`,
    );
  }
  const end = endMarker(body);
  // Fed through a socket, as sshd does it, bash would read root's bashrc first: --norc.
  return [
    `sudo -n -- timeout --kill-after=10 ${deadlineSeconds} bash --norc -euo pipefail -c "$(cat <<'${end}'`,
    body,
    end,
    `)" || { code=$?; [ $code -ne 124 ] || echo ${quote(`stopped: not finished after ${deadlineSeconds} s`)} >&2; exit $code; }`,
  ].join("\n");
}

/** A here-document marker that is no line of the text. */
function endMarker(text: string): string {
  const lines = new Set(text.split("\n"));
  let marker = "STEP";
  while (lines.has(marker)) {
    marker += "_";
  }
  return marker;
}
