// Values a field of cron stands for, in order: *, 5, 1-5, */15, and lists of these.
function values(field: string, first: number, last: number): number[] {
  const found = new Set<number>();
  for (const part of field.split(",")) {
    const [range, step] = part.split("/");
    const [from, to] = range === "*" ? [first, last] : range.split("-").map(Number);
    const end = to ?? (step === undefined ? from : last);
    for (let value = from; value <= end; value += Number(step ?? 1)) {
      found.add(value);
    }
  }
  return [...found].sort((a, b) => a - b);
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Any day does; over four years every kind of month and day of the week has its turn. */
const START = Date.UTC(2024, 0, 1);
const DAYS = 4 * 366;

/**
 * The longest time between two runs of a schedule, in hours; four years for one that runs once in them, or never.
 * @param schedule Five fields of cron, in UTC.
 */
export function longestGapHours(schedule: string): number {
  const [minute, hour, dayOfMonth, month, dayOfWeek] = schedule.split(" ");
  const times = values(hour, 0, 23).flatMap((h) => values(minute, 0, 59).map((m) => h * 60 + m));
  const months = values(month, 1, 12);
  const monthDays = values(dayOfMonth, 1, 31);
  // Both 0 and 7 are Sunday.
  const weekDays = values(dayOfWeek, 0, 7).map((day) => day % 7);
  const isRunDay = (day: Date): boolean => {
    const inMonth = monthDays.includes(day.getUTCDate());
    const inWeek = weekDays.includes(day.getUTCDay());
    // Cron's own rule: when both are restricted, either does.
    const either = !dayOfMonth.startsWith("*") && !dayOfWeek.startsWith("*");
    return (
      months.includes(day.getUTCMonth() + 1) && (either ? inMonth || inWeek : inMonth && inWeek)
    );
  };
  const runs = Array.from({ length: DAYS }, (_, index) => START + index * DAY)
    .filter((day) => isRunDay(new Date(day)))
    .flatMap((day) => times.map((time) => day + time * 60_000));
  const gaps = runs.slice(1).map((run, index) => run - runs[index]);
  return (gaps.length === 0 ? DAYS * DAY : gaps.reduce((a, b) => Math.max(a, b))) / HOUR;
}
