import {
  bestOf,
  type DataDirectory,
  SURVIVORS_SCRIPT,
  survivorsOf,
  survivorsTable,
} from "../../../../operations/etcd-backups/survivors";
import { run } from "../../ssh/bash";

const JSON_OF = (revision: number) =>
  JSON.stringify({ hash: 1, revision, totalKey: 7, totalSize: 20480, version: "3.6.0" });

/** Looks at a machine; `status` is bash of etcdutl, with the file in $file. */
function found(files: string, status: string, absent = "none"): DataDirectory[] {
  const script = SURVIVORS_SCRIPT.replaceAll(/(?<=[ "'=<>(])\/(etc|var)(?=\/)/g, "$FOLDER/$1");
  const { status: code, stdout } = run(
    `cd "$FOLDER"; mkdir -p etc/kubernetes/manifests var/lib/etcd
echo "    image: registry.k8s.io/etcd:3.6.8-0" >etc/kubernetes/manifests/etcd.yaml
data() { mkdir -p "var/lib/etcd/$1/snap"; printf "\\0$2\\0" >"var/lib/etcd/$1/snap/db"; touch --date "$3" "var/lib/etcd/$1/snap/db"; }
${files}
{
${script}
} | sed "s|$FOLDER||g"`,
    {
      ctr: `[[ $* == *" run "* ]] || exit 0
[[ $* =~ registry.k8s.io/etcd:3.6.8-0\\ etcd-look\\ ([a-z]+)\\ snapshot\\ status\\ ([^ ]+)\\ --write-out\\ json ]] || exit 9
[[ \${BASH_REMATCH[1]} != ${absent} ]] || { echo "exec: executable file not found" >&2; exit 1; }
file=\${BASH_REMATCH[2]}
${status}`,
    },
  );
  expect(code).toBe(0);
  return survivorsOf(stdout);
}

const CONFIG = "/registry/configmaps/kube-system/kubeadm-config";
const MEMBER = `data member ${CONFIG} 2026-11-30T12:00:00Z`;
const BEFORE = `data before-20261129T120000Z ${CONFIG} 2026-11-29T12:00:00Z`;

test("each data directory is read, with its revision and the time of its last change", () => {
  const status = `[[ $file == *member* ]] && echo '${JSON_OF(50)}' || echo '${JSON_OF(40)}'`;
  const all = found(`${MEMBER}\n${BEFORE}`, status);
  expect(all).toEqual([
    expect.objectContaining({
      folder: "/var/lib/etcd/member",
      written: new Date("2026-11-30T12:00:00Z"),
      revision: 50,
      keys: 7,
    }),
    expect.objectContaining({ folder: "/var/lib/etcd/before-20261129T120000Z", revision: 40 }),
  ]);
  expect(all.map(({ fault }) => fault)).toEqual([undefined, undefined]);
  expect(bestOf(all)).toEqual({ kind: "one", data: all[0] });
  expect(survivorsTable(all)).toMatch(/member +2026-11-30T12:00:00Z +50 +7 +\S+ B +can be used/);
});

test("an image without etcdutl reads with its etcdctl", () => {
  expect(found(MEMBER, `echo '${JSON_OF(50)}'`, "etcdutl")).toMatchObject([{ revision: 50 }]);
});

test("data that cannot be read is none, and what has been put aside is taken", () => {
  const all = found(
    `${MEMBER}\n${BEFORE}`,
    `[[ $file != *member* ]] || { echo "Error: snapshot file integrity check failed" >&2; echo at line 5 >&2; exit 1; }
echo '${JSON_OF(40)}'`,
  );
  expect(all[0]).toMatchObject({
    fault: "cannot be read: Error: snapshot file integrity check failed",
  });
  expect(bestOf(all)).toMatchObject({ kind: "one", data: { revision: 40 } });
});

test("an etcd that has begun again with no data is not taken, however new it is", () => {
  const all = found(
    `data member /registry/namespaces/default 2026-11-30T12:00:00Z`,
    `echo '${JSON_OF(900)}'`,
  );
  expect(all[0].fault).toContain("begun again with no data");
  expect(bestOf(all)).toEqual({ kind: "none" });
});

test("data that something has open is no reason for taking a backup", () => {
  const all = found(
    `${MEMBER}\n${BEFORE}`,
    `[[ $file != *member* ]] || exit 124\necho '${JSON_OF(40)}'`,
  );
  expect(all[0].fault).toContain("etcd may have it open");
  expect(bestOf(all)).toEqual({ kind: "busy" });
});

test("nothing at all", () => {
  expect(bestOf(found("true", "exit 1"))).toEqual({ kind: "none" });
  // A folder without a database, and one whose database is gone in part.
  expect(found("mkdir -p var/lib/etcd/member/wal", "exit 1")).toEqual([]);
});

test("where the newest has not the highest revision only the operator knows", () => {
  const status = `[[ $file == *member* ]] && echo '${JSON_OF(30)}' || echo '${JSON_OF(40)}'`;
  expect(bestOf(found(`${MEMBER}\n${BEFORE}`, status))).toEqual({ kind: "unclear" });
});
