import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { exitWith } from "../lib/exit";
import { elapsed } from "../lib/humanUnits";
import { ensureTools, prepareLab, type Tools } from "../operations/tools";
import { UNANSWERED } from "../supply-chain/unanswered";
import { countGoTests, countJestTests, type Counts, failureReport } from "./counts";

/** A group of tests: one command, and how its results are counted. */
interface Suite {
  name: string;
  command: string[];
  /** Folder below the checkout. @default the checkout */
  directory?: string;
  /** What it runs of the toolchain. @default nothing */
  tools?: Tools[];
  /**
   * Suites of different lanes run side by side, those of one lane in their order. Only `lab` has the lab, and measures; the others
   * have what it leaves of the processors: `node` is busy, `go` mostly waits.
   */
  lane: "lab" | "node" | "go";
  /** Whether it runs only when named, or with `all`. @default false */
  onDemand?: boolean;
  /** `status` counts the command itself as one test. */
  counted: "jest" | "go" | "status";
  /** Exit code that says: what it asks could not be reached. It is told at the end then, and counts for nothing. */
  unanswered?: number;
}

const npx = (...words: string[]): string[] => ["npx", "--no-install", ...words];
const jest = (project: string, ...options: string[]): string[] =>
  npx("jest", "--selectProjects", project, ...options);
const supplyChain = (name: string): string[] => ["node", "dist/supply-chain/cli.js", name];
/** With the flags of the toolchain (internal/recipe/go.go): what a piece has compiled is then not compiled again for its tests. */
const goTest = [
  "env",
  "CGO_ENABLED=0",
  "go",
  "test",
  "-trimpath",
  "-gcflags=all=-dwarf=false -c=1",
  "-count=1",
  // Go's own limit of ten minutes is missed on a busy machine; the whole run has one.
  "-timeout=30m",
  "-json",
  "./...",
];

/**
 * `make check` is there for who wants to know of a slip within a minute. What runs a vCenter or plugins of its own comes first: at
 * the end of e2e none is to be left on the machine.
 */
const suites: Suite[] = [
  {
    name: "integration",
    tools: ["operator", "lab", "versitygw"],
    command: jest("integration", "--maxWorkers=2"),
    counted: "jest",
    lane: "node",
  },
  { name: "vCenter", command: goTest, directory: "lab/simulator", counted: "go", lane: "go" },
  {
    name: "CSI driver",
    tools: ["lab", "vsphere-csi", "snapshots"],
    command: goTest,
    directory: "tests/csi",
    counted: "go",
    lane: "go",
  },
  {
    name: "format",
    command: npx("prettier", "--check", "."),
    counted: "status",
    lane: "node",
  },
  {
    name: "types and lint",
    tools: ["sdk-vsphere"],
    command: ["node", "dist/tests/typesAndLint.js"],
    counted: "status",
    lane: "node",
  },
  {
    name: "imports",
    command: ["make", "imports"],
    counted: "status",
    lane: "node",
  },
  {
    name: "unit",
    tools: ["operator"],
    command: jest("unit", "--runInBand"),
    counted: "jest",
    lane: "node",
  },
  {
    name: "properties",
    tools: ["operator"],
    command: jest("properties", "--runInBand"),
    counted: "jest",
    lane: "node",
  },
  {
    name: "licences",
    tools: ["operator", "lab", "tests"],
    command: supplyChain("licences"),
    counted: "status",
    lane: "node",
  },
  {
    name: "audit",
    tools: ["operator", "lab", "tests"],
    command: supplyChain("audit"),
    counted: "status",
    lane: "node",
    unanswered: UNANSWERED,
  },
  { name: "toolchain", command: goTest, directory: "toolchain", counted: "go", lane: "go" },
  {
    name: "command plugin",
    command: goTest,
    directory: "toolchain/plugins/command",
    counted: "go",
    lane: "go",
  },
  {
    name: "policy host",
    command: goTest,
    directory: "toolchain/plugins/policy-host",
    counted: "go",
    lane: "go",
  },
  {
    name: "Confluence stand-in",
    command: goTest,
    directory: "lab/stand-ins/confluence",
    counted: "go",
    lane: "go",
  },
  {
    name: "dashboard stand-in",
    command: goTest,
    directory: "lab/stand-ins/dashboard",
    counted: "go",
    lane: "go",
  },
  {
    name: "vCenter access",
    command: goTest,
    directory: "vcenter/access-tool",
    counted: "go",
    lane: "go",
  },
  { name: "images", command: goTest, directory: "lab/images", counted: "go", lane: "go" },
  {
    name: "e2e",
    tools: ["operator", "lab"],
    command: jest("e2e", "--runInBand"),
    counted: "jest",
    lane: "lab",
  },
  {
    name: "membership",
    tools: ["operator", "lab"],
    command: jest("membership", "--runInBand"),
    counted: "jest",
    lane: "lab",
  },
  {
    name: "drills",
    tools: ["operator", "lab"],
    command: jest("drills", "--runInBand"),
    counted: "jest",
    lane: "lab",
    onDemand: true,
  },
];

/** Stands for every suite, those on demand too. */
const ALL = "all";

async function run(suite: Suite, scratch: string): Promise<Counts> {
  const cwd = join(__dirname, "..", "..", suite.directory ?? ".");
  const [file, ...words] =
    suite.lane === "lab" ? suite.command : ["nice", "-n", "10", ...suite.command];
  const results = join(scratch, `${suite.name}.json`);
  const args = suite.counted === "jest" ? [...words, "--json", "--outputFile", results] : words;
  const finished = await execa(file, args, {
    cwd,
    reject: false,
    stdin: "ignore",
    // The suites call make as an operator does. One that knows itself called by another prints its folders.
    env: { MAKELEVEL: undefined, MAKEFLAGS: undefined, MFLAGS: undefined },
    // Only the long ones speak while they run; what the others print is not to be mixed into that.
    stderr: suite.lane === "lab" ? "inherit" : "pipe",
    maxBuffer: 512 * 1024 * 1024,
  });
  const ok = finished.exitCode === 0;
  process.stderr.write(finished.stderr ?? "");
  switch (suite.counted) {
    case "status":
      process.stdout.write(`${finished.stdout ?? ""}\n`);
      return suite.unanswered !== undefined && finished.exitCode === suite.unanswered
        ? { passed: 0, failed: 0, failures: [], unanswered: true }
        : { passed: ok ? 1 : 0, failed: ok ? 0 : 1, failures: [] };
    case "go": {
      const counts = countGoTests(finished.stdout ?? "", ok);
      process.stdout.write(counts.failures.join("\n"));
      return counts;
    }
    case "jest":
      return existsSync(results)
        ? countJestTests(readFileSync(results, "utf8"), ok)
        : { passed: 0, failed: 1, failures: [] };
  }
}

async function main(names: string[]): Promise<void> {
  const unknown = names.filter((one) => one !== ALL && suites.every(({ name }) => name !== one));
  if (unknown.length > 0) {
    const known = suites.map(({ name }) => name).join(", ");
    console.error(
      `error: there is no suite "${unknown.join('", "')}"; there are: ${known}; or ${ALL}`,
    );
    process.exitCode = 1;
    return;
  }
  const started = Date.now();
  const scratch = mkdtempSync(join(tmpdir(), "sitewright-test-"));
  const total = { passed: 0, failed: 0 };
  const failures: string[] = [];
  const unanswered: string[] = [];
  const chosen = suites.filter(({ name, onDemand = false }) =>
    names.length === 0 ? !onDemand : names.includes(ALL) || names.includes(name),
  );
  // All at once: what compiles beside a suite slows it, and what one of them measures is a ratio to what it measured before.
  const tools = [...new Set(chosen.flatMap((suite) => suite.tools ?? []))];
  await ensureTools(tools, {
    beside: tools.includes("lab") ? () => prepareLab("dev") : undefined,
  });
  const inOrder = async (lane: readonly Suite[]): Promise<void> => {
    for (const suite of lane) {
      const place = `[${chosen.indexOf(suite) + 1} of ${chosen.length}] ${suite.name}`;
      const begun = Date.now();
      console.log(`\n${place}`);
      const counts = await run(suite, scratch);
      if (counts.unanswered) {
        unanswered.push(suite.name);
      } else if (counts.passed + counts.failed === 0) {
        console.error(`error: the suite ${suite.name} has run no test`);
        counts.failed = 1;
      }
      failures.push(...failureReport(suite.name, counts));
      total.passed += counts.passed;
      total.failed += counts.failed;
      console.log(`${place}: ${counts.passed} passed, ${counts.failed} failed, ${elapsed(begun)}`);
    }
  };
  const lanes = [...new Set(chosen.map(({ lane }) => lane))];
  await Promise.all(lanes.map((name) => inOrder(chosen.filter(({ lane }) => lane === name))));
  rmSync(scratch, { recursive: true });
  unanswered.forEach((name) =>
    console.log(`\nNOT CHECKED: ${name}; what it asks could not be reached from here, see above`),
  );
  failures.forEach((line) => console.log(line));
  console.log(`\nAll suites: ${elapsed(started)}\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

exitWith(main(process.argv.slice(2)));
