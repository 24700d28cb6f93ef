import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { refuseNewer } from "../../../../operations/commands/recover";
import { type Choice, originOf } from "../../../../operations/etcd-backups/choice";
import { merged } from "../../../../operations/etcd-backups/stores";
import type { DataDirectory } from "../../../../operations/etcd-backups/survivors";
import { site } from "../../environment/site";

const OLD = "cp1/20261130T060000Z.cms";
const NEWEST = "cp1/20261130T120000Z.cms";
const stored = {
  backups: merged([{ store: "lb1", listed: `${OLD} 9\n${NEWEST} 9\n` }]),
  silent: [],
};
const none = { backups: [], silent: [{ store: "lb1", why: "no route" }] };
const data = (written: string, more: Partial<DataDirectory> = {}): DataDirectory => ({
  folder: "/var/lib/etcd/member",
  written: new Date(written),
  bytes: 9,
  revision: 5,
  keys: 2,
  ...more,
});
const origin = (choice: Choice, from?: string) => originOf("prd", from, choice);
const refused = (choice: Choice, from?: string): string => {
  try {
    origin(choice, from);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

test("without FROM it is the data on the machine", () => {
  const survivor = data("2026-11-30T13:00:00Z");
  expect(origin({ survivors: [survivor], stored })).toEqual({ kind: "data", data: survivor });
  expect(origin({ survivors: [survivor], stored: none })).toMatchObject({ kind: "data" });
});

test.each<[string, DataDirectory[]]>([
  ["there is none", []],
  ["it cannot be read", [data("2026-11-30T13:00:00Z", { fault: "torn", revision: undefined })]],
  ["it is older than that", [data("2026-11-29T13:00:00Z")]],
])("or the newest backup, where %s", (_what, survivors) => {
  expect(origin({ survivors, stored })).toMatchObject({
    kind: "backup",
    backup: { name: NEWEST },
  });
});

test("with FROM it is that", () => {
  const survivors = [data("2026-11-30T13:00:00Z")];
  expect(origin({ survivors, stored }, OLD)).toMatchObject({ backup: { name: OLD } });
  expect(origin({ survivors, stored }, "/var/lib/etcd/member")).toMatchObject({ kind: "data" });
});

test("a backup that was brought here is taken by its path", () => {
  const folder = mkdtempSync(join(tmpdir(), "backup-"));
  const path = join(folder, "backup.cms");
  writeFileSync(path, "");
  expect(origin({ survivors: [], stored: none }, path)).toEqual({ kind: "file", path });
  rmSync(folder, { recursive: true });
});

test("what there is not is refused, with all that there is", () => {
  const message = refused({ survivors: [], stored }, "cp1/20200101T000000Z.cms");
  expect(message).toContain("There is no such backup. Nothing was touched.");
  expect(message).toContain(OLD);
  expect(message).toContain(`make recover ENV=prd FROM=${NEWEST}`);
  expect(
    refused(
      { survivors: [data("2026-11-30T13:00:00Z", { fault: "torn", revision: undefined })], stored },
      "/var/lib/etcd/member",
    ),
  ).toContain("torn");
});

test("where there is nothing, or where it is not clear what is right, nothing is taken", () => {
  const nothing = refused({ survivors: [], stored: none });
  expect(nothing).toContain("neither data of etcd that can be used nor a backup");
  expect(nothing).toContain("lb1 does not say what it has: no route");
  const survivors = [
    data("2026-11-30T13:00:00Z"),
    data("2026-11-30T12:30:00Z", { folder: "/var/lib/etcd/before-1", revision: 9 }),
  ];
  expect(refused({ survivors, stored })).toContain("is not clear");
  const busy = data("2026-11-30T13:00:00Z", { fault: "open", revision: undefined, isBusy: true });
  expect(refused({ survivors: [busy], stored })).toContain("stop etcd on the control plane before");
});

test("a backup of a newer Kubernetes is refused where older programs would read it", () => {
  const environment = site("dev");
  const facts = (version: string) => ({ facts: new Map([["kubernetes", version]]) });
  expect(() => refuseNewer(facts("1.37.0"), environment)).toThrow(
    /made by a newer Kubernetes[^]*1\.37\.0, the file says 1\.36\.3/,
  );
  for (const version of ["1.36.3", "1.35.9"]) {
    expect(() => refuseNewer(facts(version), environment)).not.toThrow();
  }
});

test("a backup of a clock that was ahead is not taken for the newest, but may be named", () => {
  const FUTURE = "cp1/20271130T120000Z.cms";
  const ahead = {
    backups: merged([{ store: "lb1", listed: `${NEWEST} 9\n${FUTURE} 9\n` }]),
    silent: [],
  };
  const now = new Date("2026-11-30T13:00:00Z");
  expect(() => originOf("prd", undefined, { survivors: [], stored: ahead }, now)).toThrow(
    /not clear.*The clock of its control plane was ahead/,
  );
  expect(originOf("prd", NEWEST, { survivors: [], stored: ahead }, now)).toMatchObject({
    kind: "backup",
    backup: { name: NEWEST },
  });
});
