import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { eventually } from "../../e2e/cluster/pods";
import { upWith } from "../../e2e/support/changedConfig";
import {
  changesIn,
  environment,
  expectSuccess,
  type Finished,
  kubectl,
  make,
  onMachine,
  outputs,
} from "../../e2e/support/harness";
import { deleteMachine } from "../../e2e/support/vcenter";

/** Seconds that a recovery from nothing but a backup and the states may take. */
const AT_MOST_SECONDS = 600;

/** `make recover`: what is left on the machine is taken first, then a backup, and at last a machine that is not there any more. */
export function recovery(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { name: controlPlane } = site.nodes.find(({ role }) => role === "control-plane")!;
  const canary = "e2e-recovery";
  const value = `needle-${Date.now()}`;
  const encoded = Buffer.from(value).toString("base64");

  const uid = () =>
    kubectl(["get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"]);
  const secret = () => kubectl(["get", "secret", canary, "--output=jsonpath={.data.value}"]);
  const configMaps = () => kubectl(["get", "configmap", "--output=name"]);
  const save = async (): Promise<string> => {
    const saved = await make("backup", { variables: { APP: "etcd" } });
    expectSuccess(saved);
    const [, time] = /saved as (\S+\.cms) on/.exec(saved.output)!;
    return `${controlPlane}/${time}`;
  };
  const authority = async () =>
    (await outputs<{ caCertificate: string }>("cluster", "cluster")).caCertificate;
  const told = ({ output, seconds }: Finished) =>
    console.log(`${/etcd is recovered.*/.exec(output)?.[0]} (${seconds.toFixed(0)} s)`);

  /** etcd stands; bash does something to its data meanwhile. */
  const loseEtcd = (damage: string) =>
    onMachine(
      controlPlane,
      ...["bash", "-ec"],
      `mv /etc/kubernetes/manifests/etcd.yaml /root/
while pidof etcd >/dev/null; do sleep 0.2; done
${damage}`,
    );

  /** The site is whole after one more `make up`, and the one after that changes nothing. */
  async function expectWholeAgain({ newKey = false } = {}): Promise<void> {
    const up = await make("up");
    expectSuccess(up);
    expect(up.output).toContain("everything is read again");
    expect(/\+- ?[0-9]+ replaced/.test(up.output)).toBe(newKey);
    // A step's delete script would undo on the machine what the recovery has made.
    expect(up.output).not.toMatch(/command:remote:Command \S+ (deleting|deleted|replac)/);
    const status = async () => `${(await make("status")).exitCode}`;
    expect(await eventually(["0"], status, { seconds: 300 })).toBe("0");
    const again = await make("up");
    expectSuccess(again);
    expect(changesIn(again)).toEqual([]);
  }

  beforeAll(async () => {
    await kubectl(["delete", "secret,configmap", canary, "--ignore-not-found"]);
    await kubectl(["delete", "configmap", "e2e-after-the-backup", "--ignore-not-found"]);
    await kubectl(["create", "secret", "generic", canary, `--from-literal=value=${value}`]);
    await kubectl(["create", "configmap", canary]);
  });

  test("while etcd has a quorum nothing is recovered", async () => {
    const refused = await make("recover");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("etcd has a quorum");
  });

  test("etcd does not run, and its data is whole: the data is taken, and nothing is lost", async () => {
    await save();
    await kubectl(["create", "configmap", "e2e-after-the-backup"]);
    await loseEtcd("true");
    const recovered = await make("recover");
    expectSuccess(recovered);
    told(recovered);
    expect(recovered.output).toContain("is made from /var/lib/etcd/member.");
    expect(await configMaps()).toContain("e2e-after-the-backup");
    expect(await secret()).toBe(encoded);
  });

  test("its data cannot be read: the newest backup is taken", async () => {
    const from = await save();
    await loseEtcd(
      "dd if=/dev/urandom of=/var/lib/etcd/member/snap/db bs=4096 seek=2 count=64 conv=notrunc",
    );
    const recovered = await make("recover");
    expectSuccess(recovered);
    told(recovered);
    expect(recovered.output).toContain(`is made from ${from}.`);
    expect(recovered.output).toContain("cannot be read");
    expect(await secret()).toBe(encoded);
    await expectWholeAgain();
  });

  test("a backup that is older than the key of Secrets: they are read, and make up encrypts them with the present key", async () => {
    const from = await save();
    expectSuccess(
      await upWith("cluster", (config) => {
        Object.assign(config["site:kubernetes"], { encryption: { keyGeneration: 2 } });
      }),
    );
    await loseEtcd("rm -rf /var/lib/etcd/member");
    const recovered = await make("recover", { variables: { FROM: from } });
    expectSuccess(recovered);
    expect(await secret()).toBe(encoded);
    // The file has the first generation again, which is one more key.
    await expectWholeAgain({ newKey: true });
    const keys = ["grep", "name: key-", "/etc/kubernetes/apiserver/encryption.yaml"];
    expect((await onMachine(controlPlane, ...keys)).split("\n")).toHaveLength(1);
    expect(await secret()).toBe(encoded);
  });

  test("the machine is deleted in the vCenter: one command brings the same cluster back", async () => {
    const before = { uid: await uid(), authority: await authority() };
    await save();
    await kubectl(["create", "configmap", "e2e-after-the-last-backup"]);
    await deleteMachine(site.vsphere, controlPlane);
    const recovered = await make("recover");
    expectSuccess(recovered);
    told(recovered);
    expect(recovered.seconds).toBeLessThanOrEqual(AT_MOST_SECONDS);
    expect(await uid()).toBe(before.uid);
    expect(await secret()).toBe(encoded);
    expect(await configMaps()).toContain(`configmap/${canary}`);
    expect(await configMaps()).not.toContain("e2e-after-the-last-backup");
    await expectWholeAgain();
    expect(await authority()).toBe(before.authority);
    expect(await ready()).toEqual(site.nodes.map(() => "True"));
    expect(await secret()).toBe(encoded);
  });

  test("once more, and the command is killed while infra makes the machine: typed again, it goes on", async () => {
    const before = await uid();
    await deleteMachine(site.vsphere, controlPlane);
    const killed = await make("recover", {
      cut: { when: /devk8s\S+-vm creating/, signal: "SIGKILL" },
    });
    expect(killed.signal).toBe("SIGKILL");
    expectSuccess(await make("recover"));
    expect(await uid()).toBe(before);
    await expectWholeAgain();
    await kubectl(["delete", "secret,configmap", canary]);
  });

  async function ready(): Promise<string[]> {
    const status = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
    return (await kubectl(["get", "nodes", `--output=jsonpath=${status}`])).trim().split("\n");
  }
}
