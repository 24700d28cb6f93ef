/** How many tests of a suite passed and failed. */
export interface Counts {
  passed: number;
  failed: number;
  /** Whether nobody could say: what the suite asks was out of reach. @default false */
  unanswered?: boolean;
}

/** A suite that ended badly without a failed test (a crash, a build error) still has one failure. */
function atLeastOneFailure(counts: Counts, ok: boolean): Counts {
  return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** Counts the tests in jest's JSON report. */
export function countJestTests(report: string, ok: boolean): Counts {
  const { numPassedTests, numFailedTests } = JSON.parse(report) as Record<string, number>;
  return atLeastOneFailure({ passed: numPassedTests, failed: numFailedTests }, ok);
}

interface GoEvent {
  Action: string;
  Package?: string;
  Test?: string;
  Output?: string;
  ImportPath?: string;
}

/** Counts the tests in the event stream of `go test -json`, and collects the output of those that failed. */
export function countGoTests(stream: string, ok: boolean): { counts: Counts; failures: string } {
  const counts: Counts = { passed: 0, failed: 0 };
  const output = new Map<string, string>();
  let failures = "";
  for (const line of stream.split("\n").filter((text) => text.startsWith("{"))) {
    const event = JSON.parse(line) as GoEvent;
    const key = `${event.Package ?? event.ImportPath ?? ""} ${event.Test ?? ""}`;
    if (event.Output !== undefined) {
      output.set(key, (output.get(key) ?? "") + event.Output);
    }
    if (event.Action === "build-fail" || event.Action === "fail") {
      failures += output.get(key) ?? "";
    }
    if (event.Test !== undefined && event.Action === "pass") {
      counts.passed += 1;
    }
    if (event.Test !== undefined && event.Action === "fail") {
      counts.failed += 1;
    }
  }
  return { counts: atLeastOneFailure(counts, ok), failures };
}
