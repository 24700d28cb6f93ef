import { countGoTests, countJestTests, failureReport } from "../../counts";

const line = (event: Record<string, string>): string => JSON.stringify(event);

test("go tests are counted, and the output of a failed one is kept", () => {
  const stream = [
    line({ Action: "output", Package: "p", Test: "TestA", Output: "fine\n" }),
    line({ Action: "pass", Package: "p", Test: "TestA" }),
    line({ Action: "output", Package: "p", Test: "TestB", Output: "broken\n" }),
    line({ Action: "fail", Package: "p", Test: "TestB" }),
    line({ Action: "fail", Package: "p" }),
  ].join("\n");
  expect(countGoTests(stream, false)).toEqual({
    passed: 1,
    failed: 1,
    failures: ["p TestB\nbroken\n"],
  });
});

test("a package that does not build is a failure", () => {
  const stream = [
    line({ Action: "build-output", ImportPath: "p", Output: "undefined: x\n" }),
    line({ Action: "build-fail", ImportPath: "p" }),
  ].join("\n");
  expect(countGoTests(stream, false)).toEqual({
    passed: 0,
    failed: 1,
    failures: ["p\nundefined: x\n"],
  });
});

test("a jest run that ends badly without a failed test is a failure", () => {
  const report = JSON.stringify({ numPassedTests: 3, numFailedTests: 0, testResults: [] });
  expect(countJestTests(report, true)).toEqual({ passed: 3, failed: 0, failures: [] });
  expect(countJestTests(report, false)).toEqual({ passed: 3, failed: 1, failures: [] });
});

test("what failed in jest is told by name at the end, with the beginning of what it said", () => {
  const tests = [
    { fullName: "the site stands", status: "passed", failureMessages: [] },
    {
      fullName: "the site is fast",
      status: "failed",
      failureMessages: [`Expected: 45\n\nReceived: 46\n${"    at line\n".repeat(30)}`],
    },
  ];
  const report = JSON.stringify({
    numPassedTests: 1,
    numFailedTests: 1,
    testResults: [
      { name: "site.test.ts", message: "all of it", assertionResults: tests },
      { name: "broken.test.ts", message: "cannot be parsed", assertionResults: [] },
    ],
  });
  const lines = failureReport("e2e", countJestTests(report, false));
  expect(lines.slice(0, 3)).toEqual([
    "FAILED e2e: the site is fast",
    "  Expected: 45",
    "  Received: 46",
  ]);
  expect(lines.slice(16)).toEqual(["FAILED e2e: broken.test.ts", "  cannot be parsed"]);
});

test("a suite that ended badly without a failed test is told too, and one that passed is not", () => {
  const failed = { passed: 3, failed: 1, failures: [] };
  expect(failureReport("types", failed)).toEqual(["FAILED types: it ended badly, see above"]);
  expect(failureReport("types", { ...failed, failed: 0 })).toEqual([]);
});
