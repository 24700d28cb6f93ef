/** One read of a key, on the clock that pods and tests have in common. */
export interface Read {
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  ok: boolean;
  /** Whether the Service's answer was good; false when another server had to be asked. */
  first: boolean;
  /** What a failed one answered. */
  answer: string;
}

/** What a series of reads shows. */
export interface Series {
  reads: number;
  failed: Read[];
  /** Reads that the Service did not answer. */
  notFirst: number;
  /** Milliseconds from one good answer to the next, the longest. */
  longestGap: number;
  /** Milliseconds that the slowest good read took. */
  slowest: number;
}

/** Reads what the pod prints: start, end, result, answer. Further lines of an answer are left out. */
export function parseReads(log: string): Read[] {
  return log.split("\n").flatMap((line) => {
    const match = /^([0-9]{13}) ([0-9]{13}) (first|other|failed) (.*)$/.exec(line);
    return match === null
      ? []
      : [
          {
            start: Number(match[1]),
            end: Number(match[2]),
            ok: match[3] !== "failed",
            first: match[3] === "first",
            answer: match[4],
          },
        ];
  });
}

/** Sums up reads in the order they began. */
export function series(reads: readonly Read[]): Series {
  const good = reads.filter(({ ok }) => ok).map(({ end }) => end);
  // Until the first good one, and after the last one, time counts too.
  const times = reads.length === 0 ? [] : [reads[0].start, ...good, reads[reads.length - 1].end];
  return {
    reads: reads.length,
    failed: reads.filter(({ ok }) => !ok),
    slowest: reads.reduce((most, { ok, start, end }) => Math.max(most, ok ? end - start : 0), 0),
    notFirst: reads.filter(({ first }) => !first).length,
    longestGap: times
      .slice(1)
      .reduce((most, time, index) => Math.max(most, time - times[index]), 0),
  };
}
