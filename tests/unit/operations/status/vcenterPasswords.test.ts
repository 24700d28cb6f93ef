import { vcenterPasswordsSection } from "../../../../operations/status/vcenterPasswords";

const password = (user: string, key: string, lifetimeDays?: number) => ({
  ...{ user, key, since: "2026-01-01T08:00:00Z" },
  ...(lifetimeDays === undefined ? {} : { lifetimeDays }),
});
const now = new Date("2026-03-25T08:00:00Z");

test("every account of the vCenter, with what ends soon as a fault", () => {
  const section = vcenterPasswordsSection(
    [
      [password("provisioner@vsphere.local", "vsphere:password", 120)],
      [password("csi@vsphere.local", "cluster:csiPassword", 90)],
    ],
    now,
  );
  expect(section.text.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["VCENTER ACCOUNT", "PASSWORD SINCE", "ENDS", "LEFT"],
    ["provisioner@vsphere.local", "2026-01-01", "2026-05-01", "37 days"],
    ["csi@vsphere.local", "2026-01-01", "2026-04-01", "7 days"],
  ]);
  expect(section.missing).toEqual([
    expect.stringMatching(
      /^the vCenter's password of csi@vsphere.local \(cluster:csiPassword\) ends in 7 days,/,
    ),
  ]);
  expect(section.warnings).toEqual([]);
});

test("passwords that do not expire, and stacks of older programs", () => {
  const section = vcenterPasswordsSection(
    [undefined, [password("csi@vsphere.local", "cluster:csiPassword")]],
    now,
  );
  expect(section.text).toMatch(/csi@vsphere.local +2026-01-01 +never +-/);
  expect(section.missing).toEqual([]);
  expect(vcenterPasswordsSection([undefined, undefined], now).text).toBe("");
});
