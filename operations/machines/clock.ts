import { span } from "../../lib/humanUnits";
import type { Section } from "../../lib/statusSection";

/** Milliseconds by which clocks may differ: a machine answers within 15 s. */
const TOLERANCE = 120_000;

/** The clock of a machine. */
export interface Clock {
  machine: string;
  /** Milliseconds by which it is ahead of this machine's; negative where it is behind. */
  ahead: number;
}

/** Bash that prints a machine's clock, in a line that clocksIn finds among others. */
export const PRINT_CLOCK = `echo "clock $(date +%s)"`;

/**
 * The clock in what a machine has printed; none where it has not.
 *
 * @param arrived - When that was here.
 */
export function clocksIn(machine: string, printed: string, arrived: Date): Clock[] {
  const seconds = /^clock (\d{1,12})$/m.exec(printed)?.[1];
  return seconds === undefined
    ? []
    : [{ machine, ahead: Number(seconds) * 1000 - arrived.getTime() }];
}

/** What `make status` says of clocks that are wrong. */
export function clocksSection(clocks: readonly Clock[]): Section {
  return {
    text: "",
    missing: clocks
      .filter(({ ahead }) => Math.abs(ahead) > TOLERANCE)
      .map(
        ({ machine, ahead }) =>
          `the clock of ${machine} is ${span(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} this machine's: certificates, ` +
          "tokens and the times of backups are judged by it. See timedatectl there, and here where several machines are named",
      ),
    warnings: [],
  };
}
