import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { execa } from "execa";

import { withTemporaryFolder } from "../../../lib/temporaryFolder";

/** Where a secret stands. The secret's names and the place's, never the content. */
export interface Hit {
  place: string;
  secrets: readonly string[];
}

/** Seconds for one search. */
const DEADLINE_SECONDS = 60;

/** Of grep: only what matches, as fixed texts, in any file, with the file's name before a NUL. */
const GREP = [
  "grep",
  "--only-matching",
  "--fixed-strings",
  "--text",
  "--with-filename",
  "--null",
  "--no-messages",
];

/** Looks for secrets in texts, files of this machine, and files and journals of the lab's machines. */
export class Search {
  /** @param patterns - What is looked for, and which secret it belongs to. */
  constructor(private readonly patterns: ReadonlyMap<string, readonly string[]>) {}

  /** Finds secrets in texts, each with its place. */
  async texts(texts: Iterable<readonly [place: string, text: string]>): Promise<Hit[]> {
    const places: string[] = [];
    return withTemporaryFolder(async (folder) => {
      for (const [place, text] of texts) {
        writeFileSync(join(folder, String(places.push(place) - 1)), text, { mode: 0o600 });
      }
      const hits = await this.files(places.map((_, index) => join(folder, String(index))));
      return hits.map(({ place, secrets }) => ({
        place: places[Number(place.slice(folder.length + 1))],
        secrets,
      }));
    });
  }

  /** Finds secrets in files below some folders, whatever their mode. */
  async files(folders: readonly string[], exclude: readonly string[] = []): Promise<Hit[]> {
    return withTemporaryFolder(async (folder) => {
      const list = join(folder, "patterns");
      writeFileSync(list, this.list(), { mode: 0o600 });
      const [grep, ...options] = GREP;
      const { stdout, exitCode, stderr } = await execa(
        grep,
        [
          ...options,
          ...["--recursive", `--file=${list}`],
          ...[basename(folder), ...exclude].map((name) => `--exclude-dir=${name}`),
          ...["--", ...folders],
        ],
        { reject: false, timeout: DEADLINE_SECONDS * 1000, maxBuffer: 1024 ** 3, stdin: "ignore" },
      );
      // 1: nothing found; 2 with a file that went meanwhile.
      if (exitCode === undefined || exitCode > 2) {
        throw new Error(`grep has failed: ${stderr}`);
      }
      return this.hits(stdout);
    });
  }

  /**
   * Finds secrets on one of the lab's machines: in files that users other than their owner may use and that are newer than the
   * machine, in its journal, and in the history of every user's shell.
   */
  async machine(name: string, since: string): Promise<Hit[]> {
    const { stdout } = await execa(
      "docker",
      [
        "exec",
        "--interactive",
        `sitewright-${name}`,
        "bash",
        "--norc",
        "-euo",
        "pipefail",
        "-c",
        SEARCH_MACHINE,
        "search",
        since,
      ],
      { input: this.list(), timeout: DEADLINE_SECONDS * 1000, maxBuffer: 1024 ** 3 },
    );
    const found = stdout.split("\n");
    const open = new Set(
      found.flatMap((line) => (line.endsWith("\0open") ? [line.split("\0")[0]] : [])),
    );
    const hits = this.hits(found.filter((line) => !line.endsWith("\0open")).join("\n"));
    return hits.map(({ place, secrets }) => ({
      place: `${name}:${place}${open.has(place) ? ", which everybody may read" : ""}`,
      secrets,
    }));
  }

  /** Finds secrets in all files below a folder of one of the lab's machines, whoever may read them. */
  async machineFolder(name: string, folder: string): Promise<Hit[]> {
    const inMachine = ["exec", "--interactive", `sitewright-${name}`];
    const { stdout, exitCode, stderr } = await execa(
      "docker",
      [...inMachine, ...GREP, "--recursive", "--file=-", "--", folder],
      {
        input: this.list(),
        reject: false,
        timeout: DEADLINE_SECONDS * 1000,
        maxBuffer: 1024 ** 3,
      },
    );
    // 1: nothing found.
    if (exitCode !== 0 && exitCode !== 1) {
      throw new Error(`grep on ${name} has failed: ${stderr}`);
    }
    return this.hits(stdout).map((hit) => ({ ...hit, place: `${name}:${hit.place}` }));
  }

  private list(): string {
    return [...this.patterns.keys(), ""].join("\n");
  }

  private hits(output: string): Hit[] {
    const found = new Map<string, Hit>();
    for (const line of output.split("\n").filter((text) => text !== "")) {
      const [place, match] = line.split("\0");
      const secrets = this.patterns.get(match) ?? ["(unknown)"];
      found.set([place, ...secrets].join("\0"), { place, secrets });
    }
    return [...found.values()];
  }
}

/**
 * Reads the patterns from standard input. Images are older than the machine they were unpacked on, so their files are not read; the
 * root file systems of containers are those of the snapshots once more.
 */
const SEARCH_MACHINE = `umask 077
patterns=$(mktemp /run/search.XXXXXX)
trap 'rm -f "$patterns" "$patterns.found"' EXIT
cat >"$patterns"
search=(${GREP.join(" ")} "--file=$patterns")
status=0
{
  find / \\( -path /proc -o -path /sys -o -path /dev -o -path '/run/containerd/*/rootfs' -o -path '*/io.containerd.content.v1.content' -o -path '*/log/journal' \\) -prune \\
    -o -type f -perm /077 -newermt "$1" -size -200M -print0 2>/dev/null || true
  find /root /home -name '.*history' -type f -print0
} | xargs --null --no-run-if-empty "\${search[@]}" -- >"$patterns.found" || status=$?
# 123: grep has found nothing in some of its calls.
[[ $status -eq 0 || $status -eq 123 ]]
cat "$patterns.found"
cut --delimiter='' --fields=1 "$patterns.found" | sort --unique | while IFS= read -r file; do
  if setpriv --reuid=65534 --regid=65534 --clear-groups test -r "$file"; then printf '%s\\0open\\n' "$file"; fi
done
journalctl --no-pager --quiet --output=export | "\${search[@]}" --label=journal - || [[ $? -eq 1 ]]`;

/** The content of a file, empty where there is none. */
export function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
