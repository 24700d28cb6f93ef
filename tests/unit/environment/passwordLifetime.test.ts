import { passwordEnd, passwordWarning } from "../../../environment/vcenterPasswords";
import { testFaults } from "./faultCases";
import { parseEnvironment } from "../../environment";
import { rawSite } from "./site";

const DAY = 86_400_000;
const since = "2026-01-01T00:00:00Z";
const used = { user: "csi@vsphere.local", key: "cluster:csiPassword", since };
const after = (days: number): Date => new Date(Date.parse(since) + days * DAY);

testFaults(
  (
    [
      [0, "a whole number of days from 1 to 99999"],
      [-1, "a whole number of days from 1 to 99999"],
      [100_000, "a whole number of days from 1 to 99999"],
      [1.5, "a whole number"],
      ["ninety", "a number"],
    ] as const
  ).map(([value, allowed]) => ({
    name: `a lifetime of passwords of ${value}`,
    spoil: (raw) => (raw["vsphere"].passwordLifetimeDays = value),
    path: "vsphere.passwordLifetimeDays",
    value,
    reason: /./,
    allowed,
  })),
);

test("a lifetime may be left out, and then passwords do not end", () => {
  expect(parseEnvironment("dev", rawSite("dev")).vsphere.passwordLifetimeDays).toBeUndefined();
  expect(passwordEnd(used)).toBeUndefined();
  expect(passwordWarning(used, after(10_000))).toBeUndefined();
});

test("a password is told of in its last 14 days, and after its end", () => {
  const password = { ...used, lifetimeDays: 90 };
  expect(passwordEnd(password)).toEqual(after(90));
  expect(passwordWarning(password, after(76))).toBeUndefined();
  expect(passwordWarning(password, after(76.5))).toBe(
    "the vCenter's password of csi@vsphere.local (cluster:csiPassword) ends in 13 days 12 h, by site:vsphere.passwordLifetimeDays. " +
      "Next: change it as docs/vcenter-access.md says",
  );
  expect(passwordWarning(password, after(93))).toMatch(/\) has ended 3 days ago, by /);
});

test("one that is good for a few days only is told of in its last third", () => {
  const password = { ...used, lifetimeDays: 6 };
  expect(passwordWarning(password, after(3.9))).toBeUndefined();
  expect(passwordWarning(password, after(4.1))).toMatch(/ends in 1 days/);
});
