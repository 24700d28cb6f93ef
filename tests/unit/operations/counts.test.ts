import { countGoTests, countJestTests } from "../../counts";

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
    counts: { passed: 1, failed: 1 },
    failures: "broken\n",
  });
});

test("a package that does not build is a failure", () => {
  const stream = [
    line({ Action: "build-output", ImportPath: "p", Output: "undefined: x\n" }),
    line({ Action: "build-fail", ImportPath: "p" }),
  ].join("\n");
  expect(countGoTests(stream, false)).toEqual({
    counts: { passed: 0, failed: 1 },
    failures: "undefined: x\n",
  });
});

test("a jest run that ends badly without a failed test is a failure", () => {
  const report = JSON.stringify({ numPassedTests: 3, numFailedTests: 0 });
  expect(countJestTests(report, true)).toEqual({ passed: 3, failed: 0 });
  expect(countJestTests(report, false)).toEqual({ passed: 3, failed: 1 });
});
