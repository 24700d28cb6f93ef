import type { Parameters } from "fast-check";

/**
 * How often a property is tried, and with which seed: the same cases in every run, so that a run fails by a change and not by
 * chance. Other cases: PROPERTY_SEED=<number>, and PROPERTY_RUNS=<factor> for more of them.
 */
export function runs<T>(numRuns: number): Parameters<T> {
  const { PROPERTY_SEED = "20261121", PROPERTY_RUNS = "1" } = process.env;
  return { seed: Number(PROPERTY_SEED), numRuns: numRuns * Number(PROPERTY_RUNS) };
}
