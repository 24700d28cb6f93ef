import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openBackup } from "../../../../operations/etcd-backups/opened";
import type { OperatorError } from "../../../../lib/operatorError";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "etcd-backup-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs bash in the folder; with the authority `ca`, the recipient `backups`, and a machine's pair signed by the authority. */
function shell(script: string): void {
  const { status, stderr } = spawnSync("bash", ["-euc", script], { cwd: folder, encoding: "utf8" });
  expect({ status, stderr }).toMatchObject({ status: 0 });
}
const PAIRS = `issue() { openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj "/CN=$1" -keyout $1.key -out $1.crt 2>/dev/null; }
machine() {
  openssl req -new -newkey rsa:2048 -nodes -subj "/O=system:nodes/CN=system:node:$1" -keyout $1.key -out request 2>/dev/null
  openssl x509 -req -in request -CA $2.crt -CAkey $2.key -days 9 -out $1.crt 2>/dev/null
}
issue ca; issue stranger; issue backups; issue others
machine cp1 ca; machine cp2 ca; machine cp3 stranger`;

/** Bash that makes a backup as a control plane does. */
const backup = ({ node = "cp1", signer = "cp1", cluster = "one", recipient = "backups" } = {}) =>
  `${PAIRS}
mkdir content
printf '%s\\n' cluster=${cluster} node=${node} etcd=image=1 >content/facts
echo needle >content/snapshot.db
tar -czf - -C content . | openssl cms -sign -binary -nodetach -stream -outform DER -signer ${signer}.crt -inkey ${signer}.key |
  openssl cms -encrypt -binary -stream -outform DER -aes-256-gcm -recip ${recipient}.crt -keyopt rsa_padding_mode:oaep >backup`;

const read = (name: string) => readFileSync(join(folder, name), "utf8");

function opened() {
  mkdirSync(join(folder, "opened"));
  return openBackup(join(folder, "backup"), join(folder, "opened"), {
    clusterName: "one",
    caCertificate: read("ca.crt"),
    key: { certificate: read("backups.crt"), privateKey: read("backups.key"), everyHours: 6 },
  });
}

test("a backup is opened with its parts and facts, for this user alone", async () => {
  shell(backup());
  const { folder: parts, facts } = await opened();
  expect(Object.fromEntries(facts)).toEqual({ cluster: "one", node: "cp1", etcd: "image=1" });
  expect(readFileSync(join(parts, "snapshot.db"), "utf8")).toBe("needle\n");
  expect(statSync(parts).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "opened", "key")).mode & 0o777).toBe(0o600);
});

test("where the key is lost, what is still possible is said", async () => {
  shell(backup({ recipient: "others" }));
  await expect(opened()).rejects.toMatchObject({
    fault: { next: expect.stringMatching(/make restore-state.*make recover/) as string },
  });
});

test.each<[string, string, string]>([
  ["of another key", backup({ recipient: "others" }), "encrypted for another key"],
  ["that is cut off", `${backup()}\ntruncate -s -100 backup`, "it is not whole"],
  [
    "in which one byte was changed",
    `${backup()}\nprintf x | dd of=backup bs=1 seek=$(($(stat -c %s backup) - 200)) conv=notrunc 2>/dev/null`,
    "it is not whole",
  ],
  ["that another cluster's machine has signed", backup({ signer: "cp3" }), "no machine of this"],
  ["of another cluster", backup({ cluster: "two" }), "one of the cluster two; this one is one"],
  ["that another machine has signed", backup({ signer: "cp2" }), "it says that it is of cp1"],
  ["that is no backup", `${PAIRS}\necho nonsense >backup`, "it is not whole"],
])("one %s is refused", async (_what, script, why) => {
  shell(script);
  writeFileSync(join(folder, "untouched"), "");
  await expect(opened()).rejects.toMatchObject({
    fault: {
      what: expect.stringContaining("nothing was touched") as string,
      why: expect.stringContaining(why) as string,
    },
  } satisfies { fault: Partial<OperatorError["fault"]> });
});
