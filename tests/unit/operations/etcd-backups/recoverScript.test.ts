import { createHash } from "node:crypto";

import { HEALTH_SCRIPT, recoverScript } from "../../../../operations/etcd-backups/recoverScript";
import { run } from "../../ssh/bash";

const SHA256 = createHash("sha256").update("the snapshot\n").digest("hex");

const onMachine = (script: string) =>
  script
    .replaceAll(/(?<=[ "'=<>(])\/(etc|var|run)(?=\/)/g, "$FOLDER/$1")
    .replaceAll("sleep 0.5", "SECONDS=$((SECONDS + 30))");

/** Recovers on a machine with a damaged etcd. `restore` is bash of etcdutl, with the folder of the new data. */
function recovered({
  restore = 'mkdir -p "$data/member"; echo new >"$data/member/db"',
  before = "true",
  pidof = "exit 1",
  snapshot = "the snapshot",
  /** A program that the image has not got. */
  absent = "none",
} = {}) {
  const { status, stdout, stderr, log } = run(
    `mkdir -p "$FOLDER"/{run,etc/kubernetes/manifests,var/lib/etcd/member,var/lib/sitewright}
echo old >"$FOLDER/var/lib/etcd/member/db"
echo "    image: registry.k8s.io/etcd:3.6.8-0" >"$FOLDER/etc/kubernetes/manifests/etcd.yaml"
kill() { echo "kill $*" >>"$FOLDER/log"; }
export -f kill
${before}
code=0
bash -euo pipefail -c "$(cat <<'PROGRAM'
${onMachine(recoverScript({ name: "cp1", address: "10.0.0.1" }, SHA256))}
PROGRAM
)" <<<"${snapshot}" >&2 || code=$?
cd "$FOLDER"
ls etc/kubernetes/manifests var/lib/sitewright | tr '\\n' ' '
echo
for file in var/lib/etcd/*/db; do echo "\${file//[0-9]/N} $(cat "$file")"; done
exit $code`,
    {
      flock: "true",
      chown: "true",
      pidof,
      systemctl: 'echo "$*" >>"$FOLDER/log"',
      kubectl: "echo ok",
      ctr: `[[ $* == *" run "* ]] || exit 0
[[ $* == *"registry.k8s.io/etcd:3.6.8-0 etcd-recovery "*" snapshot restore /recovery/snapshot.db"*"--initial-cluster cp1=https://10.0.0.1:2380"* ]] || exit 9
[[ $* =~ etcd-recovery\\ ([a-z]+) ]]
program=\${BASH_REMATCH[1]}
[[ $program != etcdutl || $* == *"--bump-revision"* ]] || exit 7
[[ $program != ${absent} ]] || { echo "exec: executable file not found" >&2; exit 1; }
echo "$program" >>"$FOLDER/log"
[[ $(cat "$FOLDER/var/lib/sitewright/etcd-recovery/snapshot.db") == "the snapshot" ]] || exit 8
data=$FOLDER/var/lib/sitewright/etcd-recovery/data
${restore}`,
    },
  );
  const [files = "", ...data] = stdout.trim().split("\n");
  return { status, stderr, files, data, log };
}

/** The manifest is there, and nothing of the recovery is left. */
const CLEAN = /manifests: etcd.yaml +var\/lib\/sitewright: *$/;

test("the new data takes the place of the old, which is put aside, while the kubelet stands", () => {
  const { status, files, data, log } = recovered();
  expect(status).toBe(0);
  expect(files).toMatch(CLEAN);
  expect(data).toEqual([
    "var/lib/etcd/before-NNNNNNNNTNNNNNNZ/db old",
    "var/lib/etcd/member/db new",
  ]);
  expect(log).toBe("stop kubelet\netcdutl\nstart kubelet\n");
});

test("an image of etcd without etcdutl restores with its etcdctl", () => {
  const { status, data, log } = recovered({ absent: "etcdutl" });
  expect([status, data.at(-1)]).toEqual([0, "var/lib/etcd/member/db new"]);
  expect(log).toBe("stop kubelet\netcdctl\nstart kubelet\n");
});

test("a machine that has lost its data gets it", () => {
  const before = 'rm -r "$FOLDER/var/lib/etcd/member"';
  expect(recovered({ before })).toMatchObject({ status: 0, data: ["var/lib/etcd/member/db new"] });
});

test("a snapshot that arrived in part touches nothing", () => {
  const { status, files, data, log, stderr } = recovered({ snapshot: "the sn" });
  expect([status, log, data]).toEqual([1, "", ["var/lib/etcd/member/db old"]]);
  expect(files).toMatch(CLEAN);
  expect(stderr).toContain("did not arrive whole");
});

test("a manifest that is not there comes from its copy", () => {
  const before = `mkdir -p "$FOLDER/var/lib/sitewright/kept/member$FOLDER/etc/kubernetes/manifests"
mv "$FOLDER"/etc/kubernetes/manifests/*.yaml "$FOLDER/var/lib/sitewright/kept/member$FOLDER/etc/kubernetes/manifests/"`;
  const { status, files } = recovered({ before });
  expect(status).toBe(0);
  expect(files).toMatch(/manifests: etcd.yaml/);
});

test.each([
  ["a snapshot that etcdutl refuses", { restore: "echo 'checksum mismatch' >&2; exit 1" }],
  ["an etcd that does not stop", { pidof: "echo 42" }],
])("%s: the data is as it was, and the kubelet runs again", (_what, machine) => {
  const { status, files, data, log } = recovered(machine);
  expect(status).not.toBe(0);
  expect(files).toMatch(CLEAN);
  expect(data).toEqual(["var/lib/etcd/member/db old"]);
  expect(log).toMatch(/start kubelet\n$/);
});

test("a run that was killed in the middle is made good", () => {
  const before = `mkdir -p "$FOLDER/var/lib/sitewright/etcd-recovery/data/member"
mv "$FOLDER/var/lib/etcd/member" "$FOLDER/var/lib/etcd/before-1"`;
  const { status, files, data } = recovered({ before });
  expect(status).toBe(0);
  expect(files).toMatch(CLEAN);
  expect(data).toEqual(["var/lib/etcd/before-N/db old", "var/lib/etcd/member/db new"]);
});

test.each<[string, { pidof: string; health?: string }, string]>([
  ["no etcd", { pidof: "exit 1" }, "no etcd runs"],
  ["one with a quorum", { pidof: "echo 42" }, "healthy"],
  [
    "one without",
    { pidof: "echo 42", health: "echo deadline exceeded; exit 1" },
    "deadline exceeded",
  ],
])("a control plane with %s says so", (_what, { pidof, health = "true" }, says) => {
  const { status, stdout } = run(HEALTH_SCRIPT, {
    pidof,
    ctr: `case "$*" in *"tasks list"*) echo "task 42 RUNNING" ;; *) ${health} ;; esac`,
  });
  expect([status, stdout.trim()]).toEqual([0, says]);
});
