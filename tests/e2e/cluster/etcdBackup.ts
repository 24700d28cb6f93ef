import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { checkout } from "../../../lib/paths";
import { readEnvironmentFile } from "../../environment";
import { environment, expectSuccess, make, onMachine } from "../support/harness";

/** The first backup of etcd, which make up has made. Restoring one is a drill: tests/drills/site/etcd.ts. */
export function etcdBackup(): void {
  const { nodes, loadBalancer } = readEnvironmentFile(environment, { directory: checkout });
  const { name: controlPlane } = nodes.find(({ role }) => role === "control-plane")!;
  const { name: store, address } = loadBalancerMachines(loadBalancer)[0]!;

  test("is on the load balancer, and nothing of it can be read there", async () => {
    const listed = await make("backups", { variables: { APP: "etcd" } });
    expectSuccess(listed);
    expect(listed.output).toMatch(new RegExp(`^${controlPlane}/\\S+\\.cms .* ${store}$`, "m"));
    const found = "grep --recursive --files-with-matches --text 'PRIVATE KEY' /var/lib/etcd-backup";
    expect(await onMachine(store, "bash", "-c", `${found} || true`)).toBe("");
  });

  test("the control plane's key lets it do nothing else there", async () => {
    const folder = "/etc/kubernetes/etcd-backup";
    const asked = await onMachine(
      controlPlane,
      ...["bash", "-c"],
      `ssh -F none -i ${folder}/id_ed25519 -o BatchMode=yes -o UserKnownHostsFile=${folder}/known_hosts etcd-backup@${address} id 2>&1; echo "ended with $?"`,
    );
    expect(asked).toBe(
      `${store} does not keep this backup: it is asked for something else than keep NAME SHA256 BYTES\nended with 1`,
    );
  });

  test("another one is made by the clock", async () => {
    const timer = await onMachine(controlPlane, "systemctl", "is-active", "etcd-backup.timer");
    expect(timer).toBe("active");
  });
}
