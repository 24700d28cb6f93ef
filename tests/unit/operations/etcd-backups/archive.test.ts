import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { authorityFiles, pack } from "../../../../operations/etcd-backups/archive";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "opened-"));
  shell(`mkdir -p pki/etcd
for ca in ca front-proxy-ca etcd/ca stranger; do
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj "/CN=\${ca##*/}" -keyout pki/$ca.key -out pki/$ca.crt 2>/dev/null
done
openssl genrsa -out pki/sa.key 2048 2>/dev/null
openssl rsa -in pki/sa.key -pubout -out pki/sa.pub 2>/dev/null
echo data >snapshot.db; echo leaf >pki/apiserver.crt`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function shell(script: string): string {
  const { status, stdout, stderr } = spawnSync("bash", ["-euc", script], {
    cwd: folder,
    encoding: "utf8",
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const AUTHORITIES = [
  ...["pki/ca.crt", "pki/ca.key", "pki/front-proxy-ca.crt", "pki/front-proxy-ca.key"],
  ...["pki/etcd/ca.crt", "pki/etcd/ca.key", "pki/sa.key", "pki/sa.pub"],
];

test("CAs and keys of the cluster go to the machine, and nothing that kubeadm makes again", async () => {
  const files = authorityFiles(folder, read("pki/ca.crt"));
  expect(files).toEqual(AUTHORITIES);
  const archive = await pack(folder, ["snapshot.db", ...files], { "init.yaml": "kind: Init\n" });
  const listed = shell("tar -tf archive.tar").split("\n");
  expect(listed.filter((name) => /[^/]$/.test(name)).sort()).toEqual(
    ["init.yaml", "snapshot.db", ...AUTHORITIES].map((name) => `./${name}`).sort(),
  );
  expect(shell("sha256sum <archive.tar; stat --format=%s archive.tar")).toBe(
    `${archive.sha256}  -\n${archive.bytes}\n`,
  );
});

test.each([
  ["a CA with another's key", "cp pki/stranger.key pki/ca.key", "ca: the key does not belong"],
  ["etcd's CA without a key", "rm pki/etcd/ca.key", "etcd/ca: cannot be read"],
  [
    "two keys of ServiceAccounts that are no pair",
    "openssl pkey -in pki/ca.key -pubout -out pki/sa.pub 2>/dev/null",
    "sa: the two keys are no pair",
  ],
  [
    "the CA of another cluster",
    "cp pki/stranger.crt pki/ca.crt; cp pki/stranger.key pki/ca.key",
    "ca.crt: it is not the cluster's CA in the state",
  ],
])("a backup with %s makes no control plane", (_what, script, why) => {
  const ours = read("pki/ca.crt");
  shell(script);
  expect(() => authorityFiles(folder, ours)).toThrow(why);
});
