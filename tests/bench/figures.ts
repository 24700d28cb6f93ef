import { table } from "../../lib/table";

/** One figure, and the most it may be. */
export interface Figure {
  name: string;
  measured: number;
  unit: string;
  atMost: number;
}

/** Seconds of one stack in `make up`, from its own closing line. */
export function stackSeconds(output: string, stack: string): number {
  const [, minutes = "0", seconds] =
    new RegExp(`${stack}: up after (?:([0-9]+) min )?([0-9]+) s`).exec(output) ?? [];
  return Number(minutes) * 60 + Number(seconds ?? NaN);
}

/** Prints figures as a table. The process ends with an error when one is missed. */
export function printFigures(figures: readonly Figure[]): void {
  const rows = figures.map(({ name, measured, unit, atMost }) => {
    const digits = unit === "GiB" || unit === "times" ? 1 : 0;
    const verdict = measured <= atMost ? "reached" : "MISSED";
    return [name, `${measured.toFixed(digits)} ${unit}`, `${atMost} ${unit}`, verdict];
  });
  console.log(table(["FIGURE", "MEASURED", "AT MOST", ""], rows));
  process.exitCode = figures.every(({ measured, atMost }) => measured <= atMost) ? 0 : 1;
}
