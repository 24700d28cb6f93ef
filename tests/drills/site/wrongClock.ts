import { RENEWAL } from "../../../cluster/certificates/renewal";
import { ETCD_BACKUP } from "../../../cluster/etcd-backup/controlPlane";
import { STORE } from "../../../cluster/etcd-backup/store";
import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { checkout } from "../../../lib/paths";
import { changesIn, environment, expectSuccess, make, onMachine } from "../../e2e/support/harness";
import { readEnvironmentFile } from "../../environment";

const DATE = "/usr/local/sbin/date";
/** Stands for a clock that is a year ahead: the lab's machines have one clock, and only `date` can be another one. */
const YEAR_AHEAD = `printf '#!/bin/sh\\nexec /usr/bin/date --date "+1 year" "$@"\\n' >${DATE} && chmod 0755 ${DATE}`;

/** The clock of the control plane is wrong: nothing is reset or deleted, and the clock is named. */
export function wrongClock(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { name: controlPlane } = site.nodes.find(({ role }) => role === "control-plane")!;
  const store = loadBalancerMachines(site.loadBalancer)[0]!.name;
  const onControlPlane = (script: string) => onMachine(controlPlane, "bash", "-ec", script);
  const kept = async (): Promise<string[]> =>
    (await onMachine(store, "ls", `${STORE}/${controlPlane}`)).split("\n");
  const certificates = () =>
    onControlPlane("cd /etc/kubernetes && sha256sum pki/*.crt pki/etcd/*.crt *.conf");

  test("a year ahead: up, renewal and backup go on, nothing goes, and status names the clock", async () => {
    const before = { kept: await kept(), certificates: await certificates() };
    await onControlPlane(YEAR_AHEAD);
    try {
      const up = await make("up");
      expectSuccess(up);
      expect(changesIn(up)).toEqual([]);
      await onControlPlane(`systemctl start ${RENEWAL}`);
      expect(await certificates()).toBe(before.certificates);
      expectSuccess(await make("backup", { variables: { APP: "etcd" } }));
      const journal = ["journalctl", `--unit=${ETCD_BACKUP}`, "--lines=20", "--output=cat"];
      expect(await onMachine(controlPlane, ...journal, "--no-pager")).toContain(
        `${store} keeps it, and lets no older one go`,
      );
      expect(await kept()).toEqual(expect.arrayContaining(before.kept));
      const status = await make("status");
      expect(status.exitCode).not.toBe(0);
      expect(status.output).toMatch(
        new RegExp(`the clock of ${controlPlane} is 36[456] days.* ahead of this machine's`),
      );
      expect(status.output).toContain("bear a time that has not come");
    } finally {
      await onControlPlane(`rm -f ${DATE}`);
      for (const name of (await kept()).filter((one) => !before.kept.includes(one))) {
        await onMachine(store, "rm", `${STORE}/${controlPlane}/${name}`);
      }
    }
    expectSuccess(await make("backup", { variables: { APP: "etcd" } }));
    expectSuccess(await make("status"));
  });
}
