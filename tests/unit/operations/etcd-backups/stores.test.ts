import { etcdBackupTable, merged } from "../../../../operations/etcd-backups/stores";

const FIRST = "cp1/20261130T120000Z.cms";
const SECOND = "cp2/20261130T180000Z.cms";

test("the lists of load balancers are one list, the newest last", () => {
  const found = merged([
    { store: "lb1", listed: `${SECOND} 2048\n${FIRST} 1024\n` },
    { store: "lb2", listed: `${FIRST} 1024\ncp1/.20261130T120000Z.cms.partial 3\ncp1/.lock 0\n` },
  ]);
  expect(found).toEqual([
    { name: FIRST, created: new Date("2026-11-30T12:00:00Z"), bytes: 1024, stores: ["lb1", "lb2"] },
    { name: SECOND, created: new Date("2026-11-30T18:00:00Z"), bytes: 2048, stores: ["lb1"] },
  ]);
  expect(etcdBackupTable(found, new Date("2026-11-30T18:30:00Z"))).toBe(
    [
      "BACKUP                    CREATED               AGE         SIZE     ON",
      `${FIRST}  2026-11-30T12:00:00Z  6 h 30 min  1.0 KiB  lb1, lb2`,
      `${SECOND}  2026-11-30T18:00:00Z  30 min      2.0 KiB  lb1`,
    ].join("\n"),
  );
});
