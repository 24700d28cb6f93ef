import { readEnvironmentFile } from "../../environment";
import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { checkout } from "../../../lib/paths";
import { eventually } from "../../e2e/cluster/pods";
import {
  changesIn,
  environment,
  expectSuccess,
  kubectl,
  make,
  onMachine,
} from "../../e2e/support/harness";

/** etcd loses all its data, and comes back from its backup on the load balancer. */
export function etcd(): void {
  const { nodes, loadBalancer } = readEnvironmentFile(environment, { directory: checkout });
  const { name: controlPlane } = nodes.find(({ role }) => role === "control-plane")!;
  const store = loadBalancerMachines(loadBalancer)[0]!.name;
  const canary = "e2e-canary";
  const value = `needle-${Date.now()}`;
  const encoded = Buffer.from(value).toString("base64");
  const uid = () =>
    kubectl(["get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"]);
  const newest = async (): Promise<string> => {
    const { output } = await make("backups", { variables: { APP: "etcd" } });
    return output.match(/^\S+\.cms/gm)!.at(-1)!;
  };
  const restore = (from: string) => make("restore", { variables: { APP: "etcd", FROM: from } });

  beforeAll(() => kubectl(["delete", "secret", canary, "--ignore-not-found"]));

  test("no backup on a load balancer holds a secret in the clear", async () => {
    await kubectl(["create", "secret", "generic", canary, `--from-literal=value=${value}`]);
    expectSuccess(await make("backup", { variables: { APP: "etcd" } }));
    // The canary's name is in etcd in the clear; its value is encrypted there too.
    const words = [value, encoded, canary, "PRIVATE KEY"].map((word) => `-e '${word}'`).join(" ");
    const found = `grep --recursive --files-with-matches --text ${words} /var/lib/etcd-backup || true`;
    expect(await onMachine(store, "bash", "-c", found)).toBe("");
  });

  test("while etcd has a quorum a restore is refused", async () => {
    const refused = await restore(await newest());
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("etcd has a quorum");
  });

  test("a control plane without data and without an API: one command, and all is there again", async () => {
    const before = await uid();
    const from = await newest();
    await kubectl(["create", "configmap", "e2e-after-the-backup"]);
    await onMachine(
      controlPlane,
      ...["bash", "-ec"],
      `mv /etc/kubernetes/manifests/etcd.yaml /root/
while pidof etcd >/dev/null; do sleep 0.2; done
rm -rf /var/lib/etcd/member`,
    );
    const restored = await restore(from);
    expectSuccess(restored);
    console.log(/etcd is recovered.*/.exec(restored.output)?.[0]);
    expect(await uid()).toBe(before);
    const read = ["get", "secret", canary, "--output=jsonpath={.data.value}"];
    expect(await kubectl(read)).toBe(encoded);
    expect(await kubectl(["get", "configmap", "--output=name"])).not.toContain("after-the-backup");
  });

  test("the site is whole: its applications answer, and after one make up another changes nothing", async () => {
    const status = async () => `${(await make("status")).exitCode}`;
    expect(await eventually(["0"], status, { seconds: 300 })).toBe("0");
    const up = await make("up");
    expectSuccess(up);
    expect(up.output).toContain("everything is read again");
    expect(up.output).not.toMatch(/\+- ?[0-9]+ replaced/);
    const again = await make("up");
    expectSuccess(again);
    expect(changesIn(again)).toEqual([]);
    await kubectl(["delete", "secret", canary]);
  });
}
