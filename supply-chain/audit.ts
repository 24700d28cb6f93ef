import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

import { execa } from "execa";

import { checkout } from "../lib/paths";
import { PROGRAMS, readPolicy, tool } from "./files";
import { merged, vulnerabilitiesOf } from "./govulncheck";
import { LOCKFILE, npmVulnerabilities } from "./npmAudit";
import { UNANSWERED } from "./unanswered";
import { described, exceptionFile, judge, type Vulnerability } from "./vulnerability";

/** What one of the two sources knows, or why it gave no answer. */
type Answer =
  | { source: string; looked: string[]; found: Vulnerability[] }
  | { source: string; unanswered: string };

/**
 * Compares what is run and built here with npm's database of advisories and Go's of vulnerabilities. GOVULNDB names another
 * place for the latter, `file:///…` for a copy.
 *
 * @returns 0 when all that is known is accepted, 1 when something is not, UNANSWERED when a database gave no answer and the
 *   other one has nothing against what is here.
 */
export async function audit(): Promise<number> {
  const answers = [await askNpm(), await askGo()];
  const { exceptions } = readPolicy("exceptions.yaml", exceptionFile);
  const known = answers.flatMap((answer) => ("found" in answer ? [answer] : []));
  const { open, accepted, stale } = judge(
    known.flatMap(({ found }) => found),
    exceptions,
    new Date().toISOString().slice(0, 10),
    known.flatMap(({ looked }) => looked),
  );
  for (const answer of answers) {
    console.log(
      "found" in answer
        ? `${answer.source}: looked at ${answer.looked.length}, ${answer.found.length} known vulnerabilities`
        : `${answer.source}: NOT CHECKED, the database gave no answer: ${answer.unanswered}`,
    );
  }
  stale.forEach((line) => console.log(`note: ${line}`));
  console.log(
    `${accepted.length} accepted by supply-chain/exceptions.yaml, ${open.length} not accepted`,
  );
  open.forEach((one) => console.log(`  ${described(one)}`));
  if (known.length < answers.length) {
    console.log(
      "This says nothing about what was not checked. Run it again where the databases can be reached.",
    );
  }
  if (open.length > 0) {
    console.log(
      "next: take a version without it, or accept it for a time in supply-chain/exceptions.yaml",
    );
    return 1;
  }
  return known.length < answers.length ? UNANSWERED : 0;
}

async function askNpm(): Promise<Answer> {
  const source = "npm audit";
  const { stdout, stderr } = await execa("npm", ["audit", "--json"], {
    cwd: checkout,
    reject: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  try {
    const answer = npmVulnerabilities(stdout);
    return "unanswered" in answer
      ? { source, ...answer }
      : { source, looked: [LOCKFILE], found: answer };
  } catch {
    return { source, unanswered: stderr.trim() || "it printed no report" };
  }
}

async function askGo(): Promise<Answer> {
  const source = "govulncheck";
  const found: Vulnerability[] = [];
  const looked: string[] = [];
  const place = process.env["GOVULNDB"] ? ["-db", process.env["GOVULNDB"]] : [];
  for (const path of PROGRAMS.flatMap(filesBelow)) {
    const answer = await execa(
      tool("govulncheck"),
      [...place, "-mode", "binary", "-format", "json", path],
      {
        reject: false,
        maxBuffer: 256 * 1024 * 1024,
      },
    );
    if (answer.exitCode !== 0) {
      return { source, unanswered: (answer.stderr || (answer.shortMessage ?? "")).trim() };
    }
    looked.push(basename(path));
    found.push(...vulnerabilitiesOf(basename(path), answer.stdout));
  }
  return { source, looked, found: merged(found) };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
