import {
  cpuText,
  mebibytes,
  memoryText,
  milliCpus,
} from "../../../../environment/schema/quantities";

test.each([
  ["1m", 1],
  ["500m", 500],
  ["1500m", 1500],
  ["2", 2000],
  ["0.1", 100],
  ["1.5", 1500],
  ["0.001", 1],
  ["1.005", 1005],
  ["9999", 9_999_000],
])("%s of CPU are %d thousandths", (text, millis) => {
  expect(milliCpus(text)).toBe(millis);
});

test.each([
  "",
  "0",
  "0m",
  "0.0",
  "0.000",
  "00",
  "-1",
  "1.5m",
  "1e3",
  "1k",
  ".5",
  "1.",
  "0.0001",
  "2 ",
  "100u",
  "1,5",
])("%j is no amount of CPU", (text) => {
  expect(() => milliCpus(text)).toThrow(`${text} is no amount of CPU`);
});

test.each([
  ["1Mi", 1],
  ["512Mi", 512],
  ["2500Mi", 2500],
  ["2Gi", 2048],
  ["3Ti", 3 * 1024 * 1024],
])("%s of memory are %d MiB", (text, mebi) => {
  expect(mebibytes(text)).toBe(mebi);
});

test.each([
  "",
  "0Mi",
  "512",
  "512M",
  "128m",
  "1.5Gi",
  "-1Gi",
  "1e3Mi",
  "64Ki",
  "2GiB",
  "2 Gi",
  "2gi",
])("%j is no amount of memory", (text) => {
  expect(() => mebibytes(text)).toThrow(`${text} is no amount of memory`);
});

test.each(["1m", "999m", "1", "1001m", "20"])("%s of CPU is written as it is read", (text) => {
  expect(cpuText(milliCpus(text))).toBe(text);
});

test.each(["1Mi", "1023Mi", "1Gi", "1025Mi", "5Gi", "1Ti"])(
  "%s of memory is written as it is read",
  (text) => {
    expect(memoryText(mebibytes(text))).toBe(text);
  },
);

test("nothing is written as nothing", () => {
  expect([cpuText(0), memoryText(0)]).toEqual(["0", "0Mi"]);
});
