import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  restoreCommands,
  roomCommands,
  saveCommands,
  verifyCommands,
} from "../../../apps/confluence/backupCommands";
import { prepareHomeScript, serverXml } from "../../../apps/confluence/confluenceFiles";
import { ALIVE, HBA, prepareScript, STOP } from "../../../apps/confluence/databaseFiles";
import { SETUP_PATHS } from "../../../apps/confluence/setupPaths";
import { blockedPaths } from "../../../apps/ingress/blockedPaths";

const files = {
  "prepare-database.sh": prepareScript(),
  "pg_hba.conf": HBA,
  "prepare-home.sh": prepareHomeScript(),
  "server.xml": serverXml({ host: "confluence.coolcorp.priv" }),
  "save.sh": saveCommands(),
  "verify.sh": verifyCommands(),
  "room.sh": roomCommands(),
  "restore.sh": restoreCommands(),
};

test.each([
  ...Object.entries(files).filter(([name]) => name.endsWith(".sh")),
  ["stop", STOP[2]],
  ["alive", ALIVE[2]],
])("%s is a script of a POSIX shell", (_, text) => {
  expect(spawnSync("dash", ["-n"], { input: text, encoding: "utf8" }).stderr).toBe("");
});

const GIBI = 1024 ** 3;
test.each([
  // The restored database, and as much of a log, but never more than 1 GiB.
  ["as much as it needs", { free: 4e6, unpacked: "2000000" }, true],
  ["less", { free: 4e6 - 1, unpacked: "2000000" }, false],
  ["less, but for a former database", { free: 1e6, freed: 3e6, unpacked: "2000000" }, true],
  ["as much as a large one needs", { free: 11 * GIBI, unpacked: `${10 * GIBI}` }, true],
  ["less than a large one needs", { free: 11 * GIBI - 1, unpacked: `${10 * GIBI}` }, false],
  ["what an older dump of 10 bytes may need", { free: 80, present: 20 }, true],
  ["less than the present database, beside an older dump", { free: 80, present: 41 }, false],
])("a restore asks whether the database's volume has room: it has %s", (_, sizes, isEnough) => {
  const { free, freed, present, unpacked } = {
    ...{ freed: 0, present: 0, unpacked: "" },
    ...sizes,
  };
  const folder = mkdtempSync(join(tmpdir(), "room-"));
  try {
    const psql = `#!/bin/sh
case "$*" in
  *"--command=SELECT") ;;
  *"datname = 'confluence'"*) echo ${present} ;;
  *"datname = 'confluence_restore' OR datname LIKE 'confluence\\_before\\_%'"*) echo ${freed} ;;
  *--command*) exit 9 ;;
  *) case "$(cat)" in *"FROM PROGRAM"*) echo ${free} ;; *) exit 8 ;; esac ;;
esac
`;
    writeFileSync(join(folder, "psql"), psql);
    chmodSync(join(folder, "psql"), 0o755);
    writeFileSync(join(folder, "dump"), "0123456789");
    const { status, stderr } = spawnSync("sh", ["-euc", roomCommands()], {
      encoding: "utf8",
      env: {
        ...{ PATH: `${folder}:${process.env["PATH"]}`, PGHOST: "db", PGUSER: "postgres" },
        ...{ FILE: join(folder, "dump"), UNPACKED: unpacked },
      },
    });
    expect(stderr).toEqual(isEnough ? "" : expect.stringMatching(/^The database's volume has /));
    expect(status).toBe(isEnough ? 0 : 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a restore drops what the one before has left before it makes another database", () => {
  const restore = restoreCommands();
  expect(restore.indexOf("DROP DATABASE %I")).toBeLessThan(restore.indexOf("CREATE DATABASE"));
  expect(restore.match(/DROP DATABASE/g)).toHaveLength(2);
});

test("only the socket lets in without a password", () => {
  const rules = HBA.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(rules.map((rule) => rule.split(/ +/))).toEqual([
    ["local", "all", "all", "trust"],
    ["host", "all", "all", "all", "scram-sha-256"],
  ]);
});

test("a live server is one that answers, whatever it says", () => {
  const alive = (code: number): number | null =>
    spawnSync("sh", ["-c", ALIVE[2].replace(/^pg_isready [^|]*/, `sh -c 'exit ${code}' `)]).status;
  expect([0, 1, 2, 3].map(alive)).toEqual([0, 0, 1, 1]);
});

test.each([
  "/setup/setupadministrator.action",
  "/setup",
  "/server-info.action",
  "/json/setup-restore.action",
  "/json/setup-restore-local.action",
  "/json/setup-restore-progress.action",
])("%s is blocked", (path) => {
  expect(new RegExp(blockedPaths(SETUP_PATHS).replace("(?i)", ""), "i").test(path)).toBe(true);
});

test.each([
  "/",
  "/status",
  "/login.action",
  "/json/startheartbeatactivity.action",
  "/display/LAB/setup",
])("%s is not", (path) => {
  expect(new RegExp(blockedPaths(SETUP_PATHS).replace("(?i)", ""), "i").test(path)).toBe(false);
});

describe("the home, prepared in a shell", () => {
  let root: string;
  let home: string;
  let file: string;

  const properties = (password: string, url = "jdbc:postgresql://old:5432/old", user = "old") =>
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      "<confluence-configuration>",
      "  <setupStep>complete</setupStep>",
      `    <property name="hibernate.connection.password">${password}</property>`,
      // Two in one line, and text beside them that must stay.
      `    <property name="a">ü &amp; \\n</property><property name="hibernate.connection.url">${url}</property><property name="b"/>`,
      `    <property name="hibernate.connection.username">${user}</property>`,
      "</confluence-configuration>",
    ].join("\n");

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "confluence-"));
    home = join(root, "home");
    file = join(home, "confluence.cfg.xml");
    mkdirSync(home);
    mkdirSync(join(root, "bin"));
    psql("exit 0");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Puts a script in the place of PostgreSQL's client. */
  function psql(text: string): void {
    writeFileSync(join(root, "bin/psql"), `#!/bin/sh\n${text}\n`);
    chmodSync(join(root, "bin/psql"), 0o755);
  }
  const prepare = (text = prepareHomeScript()) =>
    spawnSync("dash", [], {
      input: text,
      encoding: "utf8",
      env: {
        PATH: `${root}/bin:${process.env["PATH"]}`,
        CONFLUENCE_HOME: home,
        PGHOST: "svc-confluencedb",
        PGUSER: "confluence",
        ATL_JDBC_URL: "jdbc:postgresql://svc-confluencedb:5432/confluence",
        ATL_JDBC_USER: "confluence",
        ATL_JDBC_PASSWORD: "new",
      },
    });

  test("a new home is left to the image", () => {
    expect(prepare()).toMatchObject({ status: 0, stderr: "" });
    expect(readdirSync(home)).toEqual([]);
  });

  test("the present connection is set and everything else stays", () => {
    writeFileSync(file, `${properties("old")}\n`);
    const { status, stdout } = prepare();
    expect(status).toBe(0);
    expect(stdout).not.toContain("new");
    expect(readFileSync(file, "utf8")).toBe(
      `${properties("new", "jdbc:postgresql://svc-confluencedb:5432/confluence", "confluence")}\n`,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(home)).toEqual(["confluence.cfg.xml"]);
  });

  test.each([
    ["without a connection", "<confluence-configuration/>\n"],
    [
      "with a password of an encryption of its own",
      `${properties("old")}\n<property name="jdbc.password.decrypter.classname">x</property>\n`,
    ],
  ])("a file %s stays as it is, and the log says so", (_, text) => {
    writeFileSync(file, text);
    const { status, stderr } = prepare();
    expect(status).toBe(0);
    expect(stderr).toContain("It is left as it is.");
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(home)).toEqual(["confluence.cfg.xml"]);
  });

  test("Confluence waits for its database, and the log says what it answered", () => {
    const marker = join(root, "asked");
    psql(`test -e ${marker} || { touch ${marker}; exit 2; }`);
    expect(prepare().status).toBe(0);
    psql("echo 'password authentication failed' >&2; exit 2");
    const { status, stderr } = prepare(prepareHomeScript().replace("+ 600", "+ 0"));
    expect(status).toBe(1);
    expect(stderr).toContain("svc-confluencedb:5432, user confluence");
    expect(stderr).toContain("password authentication failed");
  });
});
