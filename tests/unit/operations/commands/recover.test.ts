import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { recover } from "../../../../operations/commands/recover";
import * as engine from "../../../../operations/engine/engine";
import * as archive from "../../../../operations/etcd-backups/archive";
import type { Condition } from "../../../../operations/etcd-backups/condition";
import * as lost from "../../../../operations/etcd-backups/lostControlPlane";
import * as opened from "../../../../operations/etcd-backups/opened";
import * as remake from "../../../../operations/etcd-backups/remakeMachine";
import * as saved from "../../../../operations/etcd-backups/savedSite";
import * as again from "../../../../operations/etcd-backups/wholeAgain";
import * as login from "../../../../operations/machines/login";
import { site } from "../../environment/site";
import { infraOf } from "../../cluster/infra";
import { useStateFolder } from "../stateFolder";

jest.mock("../../../../operations/engine/engine");
jest.mock("../../../../operations/engine/orphanedProcesses");
jest.mock("../../../../operations/recovery/stateLocks");
jest.mock("../../../../operations/etcd-backups/archive");
jest.mock("../../../../operations/etcd-backups/lostControlPlane");
jest.mock("../../../../operations/etcd-backups/opened");
jest.mock("../../../../operations/etcd-backups/remakeMachine");
jest.mock("../../../../operations/etcd-backups/savedSite");
jest.mock("../../../../operations/etcd-backups/wholeAgain");
jest.mock("../../../../operations/machines/login");
useStateFolder();

const infra = infraOf(site("dev"));
const machine = infra.nodes.find(({ role }) => role === "control-plane")!;
const BACKUP = `${machine.name}/20261130T120000Z.cms`;
const SURVIVOR = [
  "/var/lib/etcd/member",
  `${Date.parse("2026-11-30T13:00:00Z") / 1000}`,
  "4096",
  "cluster",
  JSON.stringify({ revision: 9, totalKey: 3 }),
].join("\t");

/** What has happened, in order. */
let events: string[];

const SCRIPTS: [part: string, event: string][] = [
  ["etcd-look", "look at the data"],
  ["kubeadm init --config", "make the control plane"],
  ["--skip-hash-check", "restore the data directory"],
  ["snapshot restore", "restore the backup"],
  ["/etc/containerd/config.toml", "prepare"],
  ["/etc/kubernetes/apiserver", "harden"],
  ["/var/lib/etcd-backup/store/", "fetch"],
];

/** Recovers from a machine in such a condition. */
async function recovered({
  standing = "complete",
  says = "no etcd runs",
  then = "empty",
  from,
  agrees = true,
  survivors = "",
}: Partial<Pick<Condition, "standing" | "says">> & {
  /** What the machine is when infra is up. */
  then?: Condition["standing"];
  from?: string;
  agrees?: boolean;
  survivors?: string;
}): Promise<string[]> {
  events = [];
  const condition = { standing, says, healthy: false };
  jest.spyOn(console, "log").mockImplementation();
  jest.spyOn(engine, "isUnattended").mockReturnValue(agrees);
  jest.spyOn(saved, "keyOf").mockReturnValue({ certificate: "", privateKey: "", everyHours: 6 });
  jest.spyOn(saved, "savedSite").mockResolvedValue({
    environment: "dev",
    loadBalancers: infra.loadBalancers,
    controlPlanes: [machine],
    login: { user: "sitewright", privateKey: "PEM" },
    cluster: { clusterName: "devk8sclu", caCertificate: "PEM" } as saved.SavedSite["cluster"],
    kubeconfig: "",
  });
  jest.spyOn(lost, "lostControlPlane").mockResolvedValue({ machine, condition });
  jest.spyOn(opened, "openBackup").mockImplementation((_file, folder) => {
    events.push("open");
    for (const part of ["snapshot.db", "encryption.yaml"]) {
      mkdirSync(dirname(join(folder, part)), { recursive: true });
      writeFileSync(join(folder, part), "");
    }
    return Promise.resolve({ folder, facts: new Map([["kubernetes", "1.36.3"]]) });
  });
  jest.spyOn(archive, "authorityFiles").mockReturnValue([]);
  jest
    .spyOn(archive, "pack")
    .mockResolvedValue({ path: "/dev/null", bytes: 9, sha256: "0".repeat(64) });
  jest.spyOn(again, "readAgainAfterRecovery").mockImplementation(() => {
    events.push("note");
    return Promise.resolve();
  });
  jest.spyOn(remake, "remakeMachine").mockImplementation(() => {
    events.push("infra");
    return Promise.resolve({ machine, condition: { ...condition, standing: then } });
  });
  jest.spyOn(login, "runOnMachine").mockImplementation((_machine, script) => {
    if (script.includes("-mindepth 2")) {
      return Promise.resolve({ ok: true, stdout: `${BACKUP} 9\n`, stderr: "" });
    }
    const [, event = "something else"] = SCRIPTS.find(([part]) => script.includes(part)) ?? [];
    events.push(event);
    return Promise.resolve({ ok: true, stdout: survivors, stderr: "" });
  });
  await recover("dev", from);
  return events;
}

test("data that is left on the machine is taken, and nothing is fetched", async () => {
  expect(await recovered({ survivors: SURVIVOR })).toEqual([
    "look at the data",
    "note",
    "restore the data directory",
  ]);
});

test("where none is left the newest backup is", async () => {
  expect(await recovered({})).toEqual([
    "look at the data",
    "fetch",
    "open",
    "note",
    "restore the backup",
  ]);
});

test("a backup that is named is taken without a look at the data", async () => {
  const events = await recovered({ from: BACKUP, survivors: SURVIVOR, says: "deadline exceeded" });
  expect(events).toEqual(["fetch", "open", "note", "restore the backup"]);
});

test.each<Condition["standing"]>(["silent", "empty", "begun"])(
  "a machine that is %s: infra first, then what the program cluster does before kubeadm",
  async (standing) => {
    expect(await recovered({ standing })).toEqual([
      "fetch",
      "open",
      "note",
      "infra",
      "prepare",
      "harden",
      "make the control plane",
    ]);
  },
);

test("a machine that comes back with what it had keeps it", async () => {
  await expect(recovered({ standing: "silent", then: "complete" })).rejects.toThrow(
    "The machine answers again, with what it had: nothing was made from a backup.",
  );
  expect(events).toEqual(["fetch", "open", "note", "infra"]);
});

test("an etcd that runs is not looked into", async () => {
  await expect(recovered({ says: "deadline exceeded" })).rejects.toThrow(/etcd runs[^]*mv \/etc/);
  expect(events).toEqual([]);
});

test.each<Condition["standing"]>(["complete", "silent"])(
  "without consent nothing is touched, where the machine is %s",
  async (standing) => {
    await expect(recovered({ standing, agrees: false })).rejects.toThrow("there was no consent");
    expect(events.at(-1)).toBe("open");
  },
);
