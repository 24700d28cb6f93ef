import { longestGapHours } from "../../../apps/backups/schedule";

test.each([
  ["15 * * * *", 1],
  ["*/15 * * * *", 0.25],
  ["0 2 * * *", 24],
  ["0 2,14 * * *", 12],
  ["30 8-18/5 * * *", 14],
  ["0 2 * * 1-5", 72],
  ["0 2 * * 7", 168],
  ["0 0 1 * *", 31 * 24],
  // Either the first, or a Monday.
  ["0 0 1 * 1", 168],
  ["0 0 29 2 *", 4 * 366 * 24],
  ["0 0 31 2 *", 4 * 366 * 24],
])("%s: at most %d hours", (schedule, hours) => {
  expect(longestGapHours(schedule)).toBe(hours);
});
