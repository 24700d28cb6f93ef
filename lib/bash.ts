import { quote as shellQuote } from "shell-quote";

/**
 * Pieces of bash that every remote script is made of. All of them are pure: data in, text out, so that a script can be
 * compared with its golden file and read in a preview.
 */

/** Quotes any text as one word of a POSIX shell. The only place where a remote script's words are quoted. */
export function quote(word: string): string {
  return shellQuote([word]);
}

/** A condition the script waits for. */
export interface Poll {
  /** What is waited for, as it reads in "<what> after 60 s". */
  what: string;
  /** Command whose exit code 0 ends the wait. Its output is shown if the deadline passes. */
  command: string;
  /** Seconds until the wait is given up. */
  deadlineSeconds: number;
}

/**
 * Asks every half second until the command succeeds. When the deadline passes the script ends with exit code 1, and
 * says what it waited for and what the last attempt answered.
 */
export function poll({ what, command, deadlineSeconds }: Poll): string {
  return [
    `deadline=$((SECONDS + ${deadlineSeconds}))`,
    `until answer=$(${command} 2>&1); do`,
    `  if ((SECONDS >= deadline)); then`,
    `    echo ${quote(`${what}: not so after ${deadlineSeconds} s. The last answer was:`)} >&2`,
    `    printf '%s\\n' "$answer" >&2`,
    `    exit 1`,
    `  fi`,
    `  sleep 0.5`,
    `done`,
  ].join("\n");
}

/** Puts the parts of a script one below the other, with an empty line between them. */
export function script(...parts: string[]): string {
  return `${parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

/** Sets every line that is not empty two blanks to the right, for use inside a function or a condition. */
export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
