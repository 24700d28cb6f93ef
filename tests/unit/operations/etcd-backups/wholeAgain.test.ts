import { stepsOfControlPlane } from "../../../../operations/etcd-backups/wholeAgain";

test.each([
  ["", ""],
  [", also under their former names", "one-"],
])("the steps on the control plane run again, and none that lets others join%s", (_, prefix) => {
  const host = "10.0.0.1";
  const step = (name: string, at = host) => ({
    urn: `urn::${prefix}${name}`,
    name: `${prefix}${name}`,
    host: at,
    deletes: true,
  });
  const steps = [
    ...["prepare-cp1", "harden-cp1", "initialize", "finish-key-cp1"].map((name) => step(name)),
    step("etcd-backup-install-cp1"),
    step("mint-wok1"),
    step("cloud-provider-initialized"),
    step("prepare-wok1", "10.0.0.2"),
    step("trust-lb1", "10.0.0.9"),
  ];
  expect(stepsOfControlPlane(steps, { name: "cp1", address: host })).toEqual(
    ["prepare-cp1", "harden-cp1", "initialize", "finish-key-cp1", "etcd-backup-install-cp1"].map(
      (name) => `urn::${prefix}${name}`,
    ),
  );
});
