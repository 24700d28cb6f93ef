import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { standIns } from "./standIns";

const entrypoint = join(__dirname, "../../../lab/images/postgres/docker-entrypoint.sh");

/** Stand-ins tell what they were called with; the real programs are tested with the image, in the lab. */
const programs = {
  id: "echo 999",
  initdb: `echo "initdb $*" >>"$CALLS"
for argument in "$@"; do
  case $argument in
    --pgdata=*) cluster=\${argument#*=} ;;
    --pwfile=*) cat "\${argument#*=}" >>"$CALLS" ;;
  esac
done
mkdir "$cluster" "$cluster/base"
echo hba >"$cluster/pg_hba.conf"
echo settings >"$cluster/postgresql.conf"
test -z "\${INITDB_FAILS:-}" || exit 1
echo 15 >"$cluster/PG_VERSION"`,
  postgres: `echo "postgres $* password=\${POSTGRES_PASSWORD:-none}" >>"$CALLS"
case "$*" in --single*) cat >>"$CALLS" ;; esac`,
};

let folder: string;
let data: string;
let stands: { folder: string; remove: () => void };

beforeAll(() => {
  stands = standIns(programs);
});
afterAll(() => stands.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postgres-"));
  data = join(folder, "volume", "pgdata");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function start(
  environment: Record<string, string> = {},
  args: string[] = ["postgres"],
): Promise<{ exitCode?: number; stderr: string; calls: string[] }> {
  const log = join(folder, "calls");
  rmSync(log, { force: true });
  const { exitCode, stderr } = await execa("sh", [entrypoint, ...args], {
    env: { PATH: `${stands.folder}:${process.env.PATH}`, CALLS: log, PGDATA: data, ...environment },
    extendEnv: false,
    reject: false,
  });
  const calls = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  return { exitCode, stderr, calls };
}

const settings = {
  POSTGRES_PASSWORD: 'pass "word $1',
  POSTGRES_USER: "confluence",
  POSTGRES_DB: 'we"ird',
};

test("the first start makes the cluster and the database, and then runs the server", async () => {
  const made = `${data}/.initdb/cluster`;
  const { exitCode, calls } = await start(
    { ...settings, POSTGRES_INITDB_ARGS: "--data-checksums --encoding=UTF8" },
    ["postgres", "-c", "port=5433"],
  );
  expect(calls).toEqual([
    `initdb --pgdata=${made} --username=confluence --pwfile=${data}/.initdb/password --auth-local=trust --auth-host=scram-sha-256 --data-checksums --encoding=UTF8`,
    settings.POSTGRES_PASSWORD,
    expect.stringMatching(/^postgres --single -D \S+ -c exit_on_error=on postgres /),
    'CREATE DATABASE "we""ird";',
    "postgres -c port=5433 password=none",
  ]);
  expect(exitCode).toBe(0);
  expect(readFileSync(join(data, "PG_VERSION"), "utf8")).toBe("15\n");
  expect(readFileSync(join(data, "pg_hba.conf"), "utf8")).toContain(
    "host all all all scram-sha-256",
  );
  expect(readFileSync(join(data, "postgresql.conf"), "utf8")).toContain("listen_addresses = '*'");
  expect(existsSync(join(data, "base"))).toBe(true);
  expect(existsSync(join(data, ".initdb"))).toBe(false);
});

test("the next start runs the server only, and needs no password for it", async () => {
  await start(settings);
  expect((await start()).calls).toEqual(["postgres  password=none"]);
});

test("a password may come from a file, and no database is made twice", async () => {
  const file = join(folder, "password");
  writeFileSync(file, "from a file\n");
  const { calls } = await start({ POSTGRES_PASSWORD_FILE: file });
  expect(calls[0]).toContain("--username=postgres");
  expect(calls.slice(1)).toEqual(["from a file", "postgres  password=none"]);
});

test("a cluster whose making was interrupted is begun again", async () => {
  const failed = await start({ ...settings, INITDB_FAILS: "yes" });
  expect(failed.exitCode).not.toBe(0);
  expect(existsSync(join(data, "PG_VERSION"))).toBe(false);
  expect(existsSync(join(data, "base"))).toBe(false);
  const { exitCode, calls } = await start(settings);
  expect(exitCode).toBe(0);
  expect(calls.at(-1)).toMatch(/^postgres {2}password=none$/);
  expect(existsSync(join(data, "PG_VERSION"))).toBe(true);
});

test("one that was whole but not in its place is put there, not made again", async () => {
  mkdirSync(join(data, ".initdb", "cluster", "global"), { recursive: true });
  mkdirSync(join(data, "base"));
  writeFileSync(join(data, ".initdb", "whole"), "");
  writeFileSync(join(data, ".initdb", "cluster", "PG_VERSION"), "15\n");
  const { calls } = await start(settings);
  expect(calls).toEqual(["postgres  password=none"]);
  for (const name of ["base", "global", "PG_VERSION"]) {
    expect(existsSync(join(data, name))).toBe(true);
  }
  expect(existsSync(join(data, ".initdb"))).toBe(false);
});

test.each([
  ["no password", {}, "superuser password is not specified"],
  [
    "a password twice",
    { POSTGRES_PASSWORD: "a", POSTGRES_PASSWORD_FILE: "/b" },
    "POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set",
  ],
  [
    "a file that is not there",
    { POSTGRES_PASSWORD_FILE: "/not/there" },
    "names /not/there, which cannot be read",
  ],
])("%s is refused, and nothing is made", async (_, environment, message) => {
  const { exitCode, stderr, calls } = await start(environment as Record<string, string>);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(message);
  expect(calls).toEqual([]);
});

test("what belongs to something else is left alone", async () => {
  mkdirSync(join(data, "pages"), { recursive: true });
  const { exitCode, stderr } = await start(settings);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`${data} holds pages but no database`);
});

test("a volume's root may have what its file system put there", async () => {
  mkdirSync(join(data, "lost+found"), { recursive: true });
  expect((await start(settings)).exitCode).toBe(0);
});

test("other programs and questions to the server are passed on as they are", async () => {
  expect((await start({}, ["--version"])).calls).toEqual(["postgres --version password=none"]);
  expect((await start({}, ["sh", "-c", "exit 7"])).exitCode).toBe(7);
  expect(existsSync(data)).toBe(false);
});
