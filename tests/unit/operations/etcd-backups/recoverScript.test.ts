import { recoverScript, type Source } from "../../../../operations/etcd-backups/recoverScript";
import { run } from "../../ssh/bash";
import { archiveOf } from "./archives";

const { path, sent } = archiveOf({
  "snapshot.db": "the snapshot\n",
  "encryption.yaml": "the backup's keys\n",
});

const onMachine = (script: string) =>
  script
    .replaceAll(/(?<=[ "'=<>(])\/(etc|var|run)(?=\/)/g, "$FOLDER/$1")
    .replaceAll("sleep 0.5", "SECONDS=$((SECONDS + 30))");

/** Recovers on a machine with a damaged etcd. `restore` is bash of etcdutl, with the folder of the new data. */
function recovered({
  restore = 'mkdir -p "$data/member"; echo new >"$data/member/db"',
  before = "true",
  pidof = "exit 1",
  /** Bash that sends the backup. */
  sends = `cat ${path}`,
  source = { kind: "sent", sent } as Source,
  /** Bash that prints how much is free on a disk. */
  df = "echo 99999999999",
  /** A program that the image has not got. */
  absent = "none",
} = {}) {
  const file =
    source.kind === "sent"
      ? "var/lib/sitewright/etcd-recovery/snapshot.db"
      : `${source.folder.slice(1)}/snap/db`;
  const { status, stdout, stderr, log } = run(
    `mkdir -p "$FOLDER"/{run,etc/kubernetes/{manifests,apiserver},var/lib/etcd/member/snap,var/lib/sitewright}
echo old | tee "$FOLDER/var/lib/etcd/member/db" >"$FOLDER/var/lib/etcd/member/snap/db"
echo "the machine's keys" >"$FOLDER/etc/kubernetes/apiserver/encryption.yaml"
echo "    image: registry.k8s.io/etcd:3.6.8-0" >"$FOLDER/etc/kubernetes/manifests/etcd.yaml"
kill() { echo "kill $*" >>"$FOLDER/log"; }
export -f kill
${before}
code=0
bash -euo pipefail -c "$(cat <<'PROGRAM'
${onMachine(recoverScript({ name: "cp1", address: "10.0.0.1" }, source))}
PROGRAM
)" < <(${sends}) >&2 || code=$?
cd "$FOLDER"
ls etc/kubernetes/manifests var/lib/sitewright | tr '\\n' ' '
echo
for file in var/lib/etcd/*/db; do echo "\${file//[0-9]/N} $(cat "$file")"; done
for file in etc/kubernetes/apiserver/* var/lib/etcd/*/encryption.yaml; do
  [[ ! -f $file ]] || echo "keys \${file//[0-9]/N} $(cat "$file")"
done
exit $code`,
    {
      flock: "true",
      chown: "true",
      install: "true",
      hostname: "echo cp1",
      df,
      pidof,
      systemctl: 'echo "$*" >>"$FOLDER/log"',
      kubectl: "echo ok",
      ctr: `[[ $* == *" run "* ]] || exit 0
[[ $* == *"registry.k8s.io/etcd:3.6.8-0 etcd-recovery "*" snapshot restore $FOLDER/${file}"*"--initial-cluster cp1=https://10.0.0.1:2380"* ]] || exit 9
[[ $* =~ etcd-recovery\\ ([a-z]+) ]]
program=\${BASH_REMATCH[1]}
[[ $program != etcdutl || $* == *"--bump-revision"* ]] || exit 7
[[ $program != ${absent} ]] || { echo "exec: executable file not found" >&2; exit 1; }
echo "$program" >>"$FOLDER/log"
[[ $(cat "$FOLDER/${file}") == "${source.kind === "sent" ? "the snapshot" : "old"}" ]] || exit 8
[[ ${source.kind} == sent || $* == *--skip-hash-check* ]] || exit 6
data=$FOLDER/var/lib/sitewright/etcd-recovery/data
${restore}`,
    },
  );
  const [files = "", ...lines] = stdout.trim().split("\n");
  const data = lines.filter((line) => !line.startsWith("keys "));
  const keys = lines.filter((line) => line.startsWith("keys "));
  return { status, stderr, files, data, keys, log };
}

/** The manifest is there, and nothing of the recovery is left. */
const CLEAN = /manifests: etcd.yaml +var\/lib\/sitewright: *$/;

test("the new data takes the place of the old, which is put aside, while the kubelet stands", () => {
  const { status, files, data, keys, log } = recovered();
  expect(status).toBe(0);
  expect(files).toMatch(CLEAN);
  expect(keys).toEqual([
    "keys etc/kubernetes/apiserver/encryption.yaml the backup's keys",
    "keys var/lib/etcd/before-NNNNNNNNTNNNNNNZ/encryption.yaml the machine's keys",
  ]);
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

test("a backup that arrived in part touches nothing", () => {
  const { status, files, data, log, stderr } = recovered({ sends: `head --bytes=900 ${path}` });
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

test("a disk with too little room is not filled", () => {
  const { status, files, data, log, stderr } = recovered({ df: "echo 268435456" });
  expect([status, log, data]).toEqual([1, "", ["var/lib/etcd/member/db old"]]);
  expect(files).toMatch(CLEAN);
  expect(stderr).toContain("cp1 has 268435456 bytes free");
});

test("data that is on the machine is made new in the same way, and nothing is sent", () => {
  const source: Source = { kind: "data", folder: "/var/lib/etcd/member" };
  const { status, data, keys } = recovered({ source, sends: "true" });
  expect([status, data]).toEqual([
    0,
    ["var/lib/etcd/before-NNNNNNNNTNNNNNNZ/db old", "var/lib/etcd/member/db new"],
  ]);
  expect(keys[0]).toBe("keys etc/kubernetes/apiserver/encryption.yaml the machine's keys");
});

test("data that a recovery has put aside brings the keys of its time", () => {
  const folder = "/var/lib/etcd/before-1";
  const { status, data, keys } = recovered({
    source: { kind: "data", folder },
    sends: "true",
    before: `mkdir -p "$FOLDER${folder}/snap"; echo old >"$FOLDER${folder}/snap/db"; echo "its keys" >"$FOLDER${folder}/encryption.yaml"`,
  });
  expect([status, data.at(-1)]).toEqual([0, "var/lib/etcd/member/db new"]);
  expect(keys[0]).toBe("keys etc/kubernetes/apiserver/encryption.yaml its keys");
});
