/** Runs of what is measured: one alone varies by a fifth on the same machine. */
const RUNS = 3;

/** The median of what several runs, one after the other, have measured. */
export async function medianOfRuns(measure: () => Promise<number>): Promise<number> {
  const measured: number[] = [];
  while (measured.length < RUNS) {
    measured.push(await measure());
  }
  return measured.sort((a, b) => a - b)[Math.floor(RUNS / 2)];
}
