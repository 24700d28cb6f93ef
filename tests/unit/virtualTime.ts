let now = 0;

/**
 * The clock of a test: it stands still while code works, and moves on where code waits. So a deadline is a number of looks, however busy the
 * machine is. In the test file, above the tests:
 *
 * ```ts
 * jest.mock("node:timers/promises", () => jest.requireActual<typeof virtualTime>("…/virtualTime").timers());
 * ```
 */
export function timers() {
  jest.spyOn(Date, "now").mockImplementation(() => now);
  return {
    setTimeout: (milliseconds = 0) => {
      now += milliseconds;
      return new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
}
