import { LOST_KEYS } from "../../../../operations/adopt/lostKeys";

test.each([
  ["encryption-key", /Secrets in etcd/],
  ["devk8sclu-encryption-key", /Secrets in etcd/],
  ["etcd-backup-key", /backups of etcd/],
  ["devk8sclu-etcd-backup-key", /backups of etcd/],
  ["etcd-backup-certificate", /backups of etcd/],
  ["consul-backup-key", /backups of applications/],
  ["consul-backup-tasks-signing-key", /backups of applications/],
])("%s is one kind of secret", (name, what) => {
  const found = LOST_KEYS.filter(({ names }) => names.test(name));
  expect(found.map((one) => one.what)).toEqual([expect.stringMatching(what)]);
});
