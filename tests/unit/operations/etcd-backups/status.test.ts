import { merged } from "../../../../operations/etcd-backups/stores";
import { etcdBackupsSection } from "../../../../operations/status/etcdBackups";

const backups = merged([
  { store: "lb1", listed: "cp1/20261130T120000Z.cms 9\ncp1/20261130T060000Z.cms 9\n" },
]);
const site = { everyHours: 6, environment: "dev" };

test("the newest of each control plane is shown, and one that was missed is nothing to say", () => {
  const { text, warnings, missing } = etcdBackupsSection(
    { backups, silent: [{ store: "lb2", why: "no route" }] },
    { ...site, controlPlanes: ["cp1"], now: new Date("2026-11-30T23:59:00Z") },
  );
  expect(text).toContain("cp1      cp1/20261130T120000Z.cms  11 h 59 min  lb1");
  expect([warnings, missing]).toEqual([
    ["the backups of etcd on lb2 were not looked at: no route"],
    [],
  ]);
});

test("two that were missed are a fault, and so is none at all", () => {
  expect(
    etcdBackupsSection(
      { backups, silent: [] },
      {
        controlPlanes: ["cp1", "cp2"],
        ...site,
        now: new Date("2026-12-01T00:01:00Z"),
      },
    ).missing,
  ).toEqual([
    expect.stringMatching(
      /^the newest backup of etcd is old on cp1: .*make backup APP=etcd ENV=dev/,
    ),
    expect.stringMatching(/^there is no backup of etcd on cp2/),
  ]);
});

test("a backup of a clock that was ahead hides none that is missing", () => {
  const ahead = merged([
    { store: "lb1", listed: "cp1/20271130T120000Z.cms 9\ncp1/20261130T120000Z.cms 9\n" },
  ]);
  const { text, missing, warnings } = etcdBackupsSection(
    { backups: ahead, silent: [] },
    { ...site, controlPlanes: ["cp1"], now: new Date("2026-12-02T12:00:00Z") },
  );
  expect(text).toContain("cp1/20261130T120000Z.cms  2 days");
  expect(missing).toEqual([expect.stringMatching(/^the newest backup of etcd is old on cp1/)]);
  expect(warnings).toEqual([
    expect.stringMatching(/time that has not come.*: cp1\/20271130T120000Z.cms; the clock of/),
  ]);
});
