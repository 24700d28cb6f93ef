import { readEnvironmentFile } from "../../environment/file";
import { checkout } from "../../operations/paths";
import { upWith } from "../e2e/changedConfig";
import { changesIn, environment, expectSuccess, kubectl, make, onMachine } from "../e2e/harness";
import { eventually } from "../e2e/pods";

/** A TLS server of somebody else, in the place of the API's name, for one machine. */
const OTHER_SERVER = (apiName: string) => `
mkdir -p /run/e2e && cd /run/e2e
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 2 -subj /CN=${apiName} 2>/dev/null
setsid openssl s_server -accept 6443 -cert certificate -key key -www >/dev/null 2>&1 </dev/null &
echo $! >pid
cp /etc/hosts hosts
echo "127.0.0.1 ${apiName}" >>/etc/hosts`;
const TAKE_BACK = `cd /run/e2e && kill "$(cat pid)" && cat hosts >/etc/hosts && rm -r /run/e2e`;

/** What may happen to a member, and must not cost it. */
export function members(): void {
  const { nodes, zones, loadBalancer, kubernetes } = readEnvironmentFile(environment, {
    directory: checkout,
  });
  const { name } = nodes.find(({ role, zone }) => role === "worker" && zone === loadBalancer.zone)!;
  const credentials = (): Promise<string> =>
    onMachine(name, "sha256sum", "/etc/kubernetes/kubelet.conf");
  const podsThere = async (): Promise<string> => {
    const there = ["get", "pods", "--all-namespaces", `--field-selector=spec.nodeName=${name}`];
    const phases = "--output=jsonpath={.items[*].status.containerStatuses[*].ready}";
    return kubectl([...there, phases]);
  };

  test("another TLS server behind the API's name: the member is left as it is", async () => {
    const before = await credentials();
    await onMachine(name, "bash", "-c", OTHER_SERVER(kubernetes.apiName));
    try {
      const changed = await upWith("cluster", (configuration) => {
        configuration["site:zones"][loadBalancer.zone].labels.e2e = "label";
      });
      expect(changed.exitCode).not.toBe(0);
      expect(changed.output).toContain("failed to verify certificate: x509:");
      expect(changed.output).toContain("is left as it is");
    } finally {
      await onMachine(name, "bash", "-c", TAKE_BACK);
    }
    expect(await credentials()).toBe(before);
    expectSuccess(await make("up"));
    expect(await credentials()).toBe(before);
  });

  test("a deleted Node: one make up brings it back as it was, and its pods are reached", async () => {
    const before = await credentials();
    await kubectl(["delete", "node", name]);
    expectSuccess(await make("up"));
    expect(await credentials()).toBe(before);
    const labels = ["get", "node", name, "--output=jsonpath={.metadata.labels}"];
    expect(JSON.parse(await kubectl(labels))).toMatchObject({
      "node-role.kubernetes.io/worker": "",
      ...zones[loadBalancer.zone].labels,
    });
    expect(
      await eventually(["ready"], async () =>
        (await podsThere()).includes("false") ? "not" : "ready",
      ),
    ).toBe("ready");
    const status = await eventually(["0"], async () => `${(await make("status")).exitCode}`);
    expect(status).toBe("0");
    const again = await make("up");
    expectSuccess(again);
    expect(changesIn(again)).toEqual([]);
  });
}
