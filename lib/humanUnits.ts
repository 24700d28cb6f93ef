const UNITS: readonly [name: string, milliseconds: number][] = [
  ["days", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
];

/** A time span as an operator reads it, by its two greatest units: 3 days 4 h, 12 min 5 s. */
export function span(milliseconds: number): string {
  const first = UNITS.findIndex(([, unit]) => milliseconds >= unit);
  if (first === -1) {
    return "0 s";
  }
  const [[name, unit], second] = UNITS.slice(first, first + 2);
  const rest = second === undefined ? 0 : Math.floor((milliseconds % unit) / second[1]);
  return `${Math.floor(milliseconds / unit)} ${name}${rest === 0 ? "" : ` ${rest} ${second[0]}`}`;
}

/** Bytes as an operator reads them: 512 B, 1.5 MiB. */
export function size(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}

/** Time since `start` (milliseconds of Date.now()), in seconds below a minute: 7 s, 3 min 12 s. */
export function elapsed(start: number, now: number = Date.now()): string {
  const seconds = Math.round((now - start) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
