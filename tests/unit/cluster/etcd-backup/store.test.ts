import { createHash } from "node:crypto";

import { keepProgram, STORE, storeScript } from "../../../../cluster/etcd-backup/store";
import { site } from "../../environment/site";
import { run } from "../../ssh/bash";

const environment = site("dev");
/** Name of a backup that was begun some hours from now, by the clock of its control plane. */
const nameIn = (hours: number): string =>
  `${new Date(Date.now() + hours * 3_600_000).toISOString().replaceAll(/[-:]|\.\d+/g, "")}.cms`;
const NAME = nameIn(0);
const CONTENT = "a backup";

const asked = (content: string, name = NAME) =>
  `keep ${name} ${createHash("sha256").update(content).digest("hex")} ${content.length}`;

/** What the load balancer does with what a control plane sends. `files` are bash that runs in its folder before. */
function sent({
  command = asked(CONTENT),
  content = CONTENT,
  before = "true",
  programs = {},
}: {
  command?: string;
  content?: string;
  before?: string;
  programs?: Record<string, string>;
} = {}) {
  const program = keepProgram({ everyHours: 6, keepDays: 14, keepAtLeast: 3 });
  const { status, stdout, stderr } = run(
    `mkdir -p "$FOLDER/store/cp1" && cd "$FOLDER/store/cp1"
${before}
code=0
SSH_ORIGINAL_COMMAND='${command}' bash -c "$(cat <<'PROGRAM'
${program.replaceAll(STORE, "$FOLDER/store")}
PROGRAM
)" keep cp1 <<<'${content}' || code=$?
cd "$FOLDER/store/cp1"
ls -A
exit $code`,
    { hostname: "echo lb1", ...programs },
  );
  return {
    status,
    stderr,
    files: stdout.split("\n").filter((line) => line !== "" && line !== ".lock"),
  };
}

/** Bash: so many backups of so many days ago, one a day before the other. */
const old = (count: number, days: number) =>
  Array.from(
    { length: count },
    (_, index) =>
      `echo x >2026010${index + 1}T000000Z.cms; touch -d '${days + count - index} days ago' 2026010${index + 1}T000000Z.cms`,
  ).join("\n");

test("what arrives whole is kept", () => {
  expect(sent()).toEqual({ status: 0, stderr: "", files: [NAME] });
});

test.each([
  ["is cut off", CONTENT.slice(0, 3)],
  ["was changed on its way", "another!"],
])("what %s is not, and nothing older goes", (_what, content) => {
  const { status, stderr, files } = sent({ content, before: old(5, 30) });
  expect(status).toBe(1);
  expect(stderr).toContain("what arrived is not what was sent");
  expect(files).toHaveLength(5);
});

test.each([
  ["nothing", ""],
  ["a shell", "bash -i"],
  ["a path", asked(CONTENT, "../../cp2/20261130T120000Z.cms")],
  ["another name", asked(CONTENT, ".bashrc")],
  ["an empty backup", asked("")],
  ["more words", `${asked(CONTENT)} more`],
  ["more than a disk", `keep ${NAME} ${"0".repeat(64)} 99999999999999`],
])("asked for %s it refuses", (_what, command) => {
  const { status, stderr, files } = sent({ command });
  expect([status, files]).toEqual([1, []]);
  expect(stderr).toContain("lb1 does not keep this backup");
});

test("where the disk is nearly full the backups that are there stay", () => {
  const full = { df: "printf '%s\\n' Avail 10" };
  const { status, stderr, files } = sent({ before: old(4, 30), programs: full });
  expect(status).toBe(1);
  expect(stderr).toContain("it has 8 bytes, and 10 are free");
  expect(files).toHaveLength(4);
});

test("what is old goes, and the newest stay however old they are", () => {
  expect(sent({ before: old(5, 30) }).files).toEqual([
    "20260104T000000Z.cms",
    "20260105T000000Z.cms",
    NAME,
  ]);
  expect(sent({ before: old(5, 1) }).files).toHaveLength(6);
});

test.each([
  ["ahead, or the load balancer's behind", nameIn(24 * 400)],
  ["behind, or the load balancer's ahead", nameIn(-3)],
])("where the control plane's clock is %s a backup is kept, and none goes", (_what, name) => {
  const { status, stderr, files } = sent({
    command: asked(CONTENT, name),
    before: old(5, 30),
  });
  expect([status, files.length]).toEqual([0, 6]);
  expect(files).toContain(name);
  expect(stderr).toMatch(/^lb1 keeps it, and lets no older one go: .*Look at both clocks/);
});

test("what a transfer that was killed has left goes", () => {
  const before = "echo x >.20260101T000000Z.cms.partial";
  expect(sent({ before }).files).toEqual([NAME]);
});

test("each control plane may do this one thing, under its own name", () => {
  const script = storeScript(environment).replaceAll(
    /(?<![A-Za-z])\/(var|usr\/local)\//g,
    "$FOLDER/$1/",
  );
  const { status, stdout } = run(
    `exec < <(printf '%s\\n' 'cp1 ssh-ed25519 AAAA cp1' 'cp2 ssh-ed25519 BBBB cp2')
mkdir -p "$FOLDER"/{var/lib,usr/local/sbin}
${script}
cat "$FOLDER/var/lib/etcd-backup/.ssh/authorized_keys" | sed "s|$FOLDER||"`,
    {
      getent: "exit 0",
      install: 'mkdir -p "${@: -1}" "${@: -2:1}" 2>/dev/null || true',
    },
  );
  expect(status).toBe(0);
  expect(stdout).toBe(
    `restrict,command="/usr/local/sbin/keep-etcd-backup cp1" ssh-ed25519 AAAA cp1
restrict,command="/usr/local/sbin/keep-etcd-backup cp2" ssh-ed25519 BBBB cp2
`,
  );
});
