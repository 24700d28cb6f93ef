/** How many tests of a suite passed and failed. */
export interface Counts {
  passed: number;
  failed: number;
  /** What failed: for each test its name, and below it what it said. */
  failures: string[];
  /** Whether there is no result: what the suite asks was out of reach. @default false */
  unanswered?: boolean;
}

/** A suite that ended badly without a failed test (a crash, a build error) still has one failure. */
function atLeastOneFailure(counts: Counts, ok: boolean): Counts {
  return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  /** Of each file. */
  testResults: {
    name: string;
    /** Why the file as a whole failed; otherwise the messages of its tests in a row. */
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

/** Counts the tests in jest's JSON report. */
export function countJestTests(report: string, ok: boolean): Counts {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(report) as JestReport;
  const failures = testResults.flatMap(({ name, message, assertionResults }) =>
    assertionResults.length === 0
      ? [`${name}\n${message}`]
      : assertionResults
          .filter(({ status }) => status === "failed")
          .map(({ fullName, failureMessages }) => [fullName, ...failureMessages].join("\n")),
  );
  return atLeastOneFailure({ passed: numPassedTests, failed: numFailedTests, failures }, ok);
}

interface GoEvent {
  Action: string;
  Package?: string;
  Test?: string;
  Output?: string;
  ImportPath?: string;
}

/** Counts the tests in the event stream of `go test -json`. */
export function countGoTests(stream: string, ok: boolean): Counts {
  const counts: Counts = { passed: 0, failed: 0, failures: [] };
  const output = new Map<string, string>();
  for (const line of stream.split("\n").filter((text) => text.startsWith("{"))) {
    const event = JSON.parse(line) as GoEvent;
    const key = `${event.Package ?? event.ImportPath ?? ""} ${event.Test ?? ""}`.trim();
    if (event.Output !== undefined) {
      output.set(key, (output.get(key) ?? "") + event.Output);
    }
    const said = output.get(key);
    if ((event.Action === "build-fail" || event.Action === "fail") && said !== undefined) {
      counts.failures.push(`${key}\n${said}`);
    }
    if (event.Test !== undefined && event.Action === "pass") {
      counts.passed += 1;
    }
    if (event.Test !== undefined && event.Action === "fail") {
      counts.failed += 1;
    }
  }
  return atLeastOneFailure(counts, ok);
}

/** Lines of a failed test's output that are repeated at the end; all of them stand where it failed. */
const TOLD_LINES = 15;

/** What failed in a suite, by lines, for the end of a run that many read from its end. */
export function failureReport(suite: string, { failed, failures }: Counts): string[] {
  const told = failed > 0 && failures.length === 0 ? ["it ended badly, see above"] : failures;
  return told.flatMap((failure) => {
    const [name, ...said] = failure.split("\n").filter((line) => line.trim() !== "");
    return [`FAILED ${suite}: ${name}`, ...said.slice(0, TOLD_LINES).map((line) => `  ${line}`)];
  });
}
