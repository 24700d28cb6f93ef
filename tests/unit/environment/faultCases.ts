import type { Fault } from "../../../environment/faults";
import { faultsOf, rawSite } from "./site";

/** One way to spoil the lab's environment, and the fault that must be reported. */
export interface FaultCase {
  name: string;
  spoil: (raw: ReturnType<typeof rawSite>) => void;
  path: string;
  /** What is shown as standing there. Default: not looked at. */
  value?: unknown;
  reason: string | RegExp;
  allowed: string | RegExp;
}

/**
 * Spoils the environment in each of these ways, and expects one fault of it.
 *
 * @param base - The environment to spoil.
 */
export function testFaults(cases: readonly FaultCase[], base = () => rawSite("dev")): void {
  test.each(cases)("$name is one fault", ({ spoil, path, reason, allowed, ...rest }) => {
    const raw = base();
    spoil(raw);
    const faults = faultsOf(raw);
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    const [fault] = faults as [Fault];
    if ("value" in rest) {
      expect(fault.value).toEqual(rest.value);
    }
    expect(fault.reason).toEqual(matching(reason));
    expect(fault.allowed).toEqual(matching(allowed));
  });
}

function matching(wanted: string | RegExp): unknown {
  return wanted instanceof RegExp ? expect.stringMatching(wanted) : wanted;
}
