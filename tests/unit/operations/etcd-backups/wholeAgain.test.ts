import { stepsOfControlPlane } from "../../../../operations/etcd-backups/wholeAgain";

test("the steps on the control plane run again, and none that lets others join", () => {
  const host = "10.0.0.1";
  const step = (name: string, at = host) => ({
    urn: `urn::${name}`,
    name,
    host: at,
    deletes: true,
  });
  const steps = [
    ...["one-prepare-cp1", "one-harden-cp1", "one-initialize", "one-finish-key-cp1"].map((name) =>
      step(name),
    ),
    step("one-etcd-backup-install-cp1"),
    step("one-mint-wok1"),
    step("cloud-provider-initialized"),
    step("one-prepare-wok1", "10.0.0.2"),
    step("one-trust-lb1", "10.0.0.9"),
  ];
  expect(stepsOfControlPlane(steps, { name: "cp1", address: host })).toEqual([
    "urn::one-prepare-cp1",
    "urn::one-harden-cp1",
    "urn::one-initialize",
    "urn::one-finish-key-cp1",
    "urn::one-etcd-backup-install-cp1",
  ]);
});
