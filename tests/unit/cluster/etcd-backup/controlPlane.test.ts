import { backupProgram } from "../../../../cluster/etcd-backup/controlPlane";
import { site } from "../../environment/site";
import { run } from "../../ssh/bash";
import { nodeOf } from "../nodes";

const environment = site("dev");
const node = nodeOf(environment, "control-plane", "lan");

/** What etcd gives: content, and its checksum as bytes at the end. */
const SNAPSHOT = `content="the database with a needle"
printf %s "$content" >"$FOLDER/var/lib/etcd/backup.db"
printf %s "$content" | openssl dgst -sha256 -binary >>"$FOLDER/var/lib/etcd/backup.db"`;

/** Runs the program on a control plane whose load balancers do what `ssh` says; what arrived is opened afterwards. */
function saved({
  snapshot = SNAPSHOT,
  ssh = 'cat >"$FOLDER/arrived"',
  before = "true",
  programs = {},
}: {
  snapshot?: string;
  ssh?: string;
  before?: string;
  programs?: Record<string, string>;
} = {}) {
  const program = backupProgram(environment, node).replaceAll(
    /(?<=[ "'=<>(@])\/(etc|var|run)(?=\/)/g,
    "$FOLDER/$1",
  );
  const { status, stdout, stderr, log } = run(
    `issue() { openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj "/CN=$1" -keyout "$2" -out "$3" 2>/dev/null; }
mkdir -p "$FOLDER"/{run,etc/kubernetes/{pki,apiserver,renewal,manifests,etcd-backup},var/lib/{etcd/member/snap,kubelet/pki,sitewright}}
cd "$FOLDER/etc/kubernetes"
issue ca pki/ca.key pki/ca.crt
issue backups "$FOLDER/opener.key" etcd-backup/recipient.pem
signer=$FOLDER/var/lib/kubelet/pki/kubelet-client-current.pem
openssl req -new -newkey rsa:2048 -nodes -subj /O=system:nodes/CN=system:node:${node.name} -keyout key -out request 2>/dev/null
openssl x509 -req -in request -CA pki/ca.crt -CAkey pki/ca.key -days 9 -out certificate 2>/dev/null
cat certificate key >"$signer"
touch sitewright-complete
echo "secret: needle" >apiserver/encryption.yaml
echo kubeadm >renewal/kubeadm.yaml
echo "    image: registry.k8s.io/etcd:3.6.8-0" >manifests/etcd.yaml
printf '%s\\n' 'lb1 10.0.0.1' 'lb2 10.0.0.2' >etcd-backup/stores
echo database >"$FOLDER/var/lib/etcd/member/snap/db"
${before}
code=0
bash -c "$(cat <<'PROGRAM'
${program}
PROGRAM
)" || code=$?
ls "$FOLDER/var/lib/etcd" "$FOLDER/var/lib/sitewright" | sed 's/^/left /'
if [[ -f $FOLDER/arrived ]]; then
  ! grep -q needle "$FOLDER/arrived" || echo "in clear"
  openssl cms -decrypt -binary -inform DER -in "$FOLDER/arrived" -recip etcd-backup/recipient.pem -inkey "$FOLDER/opener.key" |
    openssl cms -verify -binary -inform DER -CAfile pki/ca.crt -purpose any -signer "$FOLDER/signer" -out "$FOLDER/opened" 2>/dev/null
  openssl x509 -in "$FOLDER/signer" -noout -subject
  tar -xzf "$FOLDER/opened" -C "$FOLDER/run"
  cat "$FOLDER/run/facts" "$FOLDER/run/encryption.yaml" "$FOLDER/run/pki/ca.key"
  head -c 27 "$FOLDER/run/snapshot.db"
fi
exit $code`,
    {
      pidof: "echo 42",
      flock: "true",
      ctr: `case "$*" in
*"tasks list"*) printf '%s\\n' 'TASK PID STATUS' 'other 41 RUNNING' 'etcd-task 42 RUNNING' ;;
*) [[ $* == *" etcd-task etcdctl "* ]] || exit 1
${snapshot} ;;
esac`,
      ssh: `echo "\${@: -2}" >>"$FOLDER/log"
${ssh}`,
      ...programs,
    },
  );
  const left = [...stdout.matchAll(/^left (.*[a-z].*)$/gm)]
    .map(([, name]) => name)
    .filter((name) => !/^member$|:$/.test(name!));
  return { status, stdout, stderr, log, left };
}

test("a backup goes to each load balancer, encrypted and signed, with all that a lost cluster needs", () => {
  const { status, stdout, log, left, stderr } = saved();
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).not.toContain("in clear");
  expect(stdout).toContain(`CN = system:node:${node.name}`);
  expect(stdout).toContain(`cluster=devk8sclu\nnode=${node.name}\ncreated=`);
  expect(stdout).toMatch(/^ca=([0-9A-F]{2}:){31}[0-9A-F]{2}\netcd=registry.k8s.io\/etcd:3.6.8-0$/m);
  expect(stdout).toContain("secret: needle");
  expect(stdout).toMatch(/PRIVATE KEY/);
  expect(stdout).toContain("the database with a needle");
  expect(
    log.match(/etcd-backup@10.0.0.[12] keep \d{8}T\d{6}Z[.]cms [0-9a-f]{64} \d+/g),
  ).toHaveLength(2);
  expect(left).toEqual([]);
});

test("one load balancer that does not keep it is a failure, after the other one has it", () => {
  const ssh =
    '[[ $* != *10.0.0.1* ]] || { echo "no route" >&2; exit 255; }; cat >"$FOLDER/arrived"';
  const { status, stdout, stderr, left } = saved({ ssh });
  expect([status, left]).toEqual([1, []]);
  expect(stderr).toMatch(/no route[^]*the backup is not on lb1; the reason/);
  expect(stdout).toContain("on lb2");
});

test.each<[string, Parameters<typeof saved>[0], string]>([
  [
    "is cut off",
    { snapshot: `${SNAPSHOT}\ntruncate -s -1 "$FOLDER/var/lib/etcd/backup.db"` },
    "checksum",
  ],
  ["etcd does not give", { snapshot: "echo 'context deadline exceeded' >&2; exit 1" }, "deadline"],
  ["has no room", { programs: { df: "printf '%s\\n' Avail 1000000" } }, "only 1000000 are free"],
  ["is not running", { programs: { pidof: "exit 1" } }, "etcd does not run here"],
])("a snapshot that %s is sent nowhere", (_what, machine, why) => {
  const { status, stderr, log, left } = saved(machine);
  expect([status, log, left]).toEqual([1, "", []]);
  expect(stderr).toContain(`${node.name}: etcd is not saved: `);
  expect(stderr).toContain(why);
});

test("what a killed run has left goes, and a control plane that is not finished saves nothing", () => {
  const before = 'mkdir "$FOLDER/var/lib/sitewright/etcd-backup.abc"';
  expect(saved({ before })).toMatchObject({ status: 0, left: [] });
  expect(saved({ before: "rm sitewright-complete" })).toMatchObject({ status: 0, log: "" });
});
