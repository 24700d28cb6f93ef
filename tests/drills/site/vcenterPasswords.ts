import { CLOUD_PROVIDER_PASSWORD, VSPHERE_PASSWORD } from "../../../environment/load/secrets";
import { CLOUD_PROVIDER } from "../../../cluster/cloud-provider/cloudProvider";
import { checkout } from "../../../lib/paths";
import { mountingPod, eventually, manifest, smallClaim } from "../../e2e/cluster/pods";
import { upWith } from "../../e2e/support/changedConfig";
import { changesIn, environment, expectSuccess, kubectl, make } from "../../e2e/support/harness";
import { changePasswordInVcenter, loginStatus, passwordInVcenter } from "../../e2e/support/vcenter";
import { readEnvironmentFile } from "../../environment";

/**
 * The passwords of the vCenter's accounts are changed, first there and then here, as docs/vcenter-access.md says. The lab has no CSI
 * driver: tests/csi changes the password of the real one.
 */
export function vcenterPasswords(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { server, user, accounts } = site.vsphere;
  const former = new Map<string, string>();
  const accepted = async (account: string, password: string) =>
    (await loginStatus(server, account, password)) < 300 ? "accepted" : "refused";

  /**
   * Whether the vCenter answers the cloud controller manager, which looks for all nodes when it starts. In the lab it finds none by its UUID,
   * since a container has none of its own.
   */
  async function answered(): Promise<string> {
    const log = async () => {
      const text = await kubectl([...manager("logs"), "--tail=-1"]);
      const sinceLogin = text.slice(text.lastIndexOf("Login failure") + 1);
      return /(found|Did not find) node \S+ in vc=/i.test(sinceLogin) ? "answered" : "not yet";
    };
    return eventually(["answered"], log, { seconds: 120 });
  }
  const manager = (...verb: string[]) => [
    ...["--namespace=kube-system", ...verb, `--selector=app=${CLOUD_PROVIDER}`],
  ];

  /** Changes the password of an account in the vCenter. */
  function changeInVcenter(key: string): string {
    former.set(key, passwordInVcenter(key));
    const password = `drill-${Date.now()}-Aa1!`;
    changePasswordInVcenter(key, password);
    return password;
  }

  // Whatever went wrong, the vCenter has the passwords of the committed file.
  afterAll(() => {
    former.forEach((password, key) => changePasswordInVcenter(key, password));
  });

  test("the cloud provider's: it goes on, and after one up it logs in with the new one", async () => {
    const account = accounts!.cloudProvider;
    const pods = () =>
      kubectl([...manager("get", "pods"), "--output=jsonpath={.items[*].metadata.uid}"]);
    const before = await pods();
    const password = changeInVcenter(CLOUD_PROVIDER_PASSWORD);
    expect(await accepted(account, former.get(CLOUD_PROVIDER_PASSWORD)!)).toBe("refused");
    expect(await pods()).toBe(before);

    const changed = await upWith("cluster", nothing, [], { [CLOUD_PROVIDER_PASSWORD]: password });
    expectSuccess(changed);
    const rollout = ["rollout", "status", `daemonset/${CLOUD_PROVIDER}`, "--timeout=100s"];
    await kubectl(["--namespace=kube-system", ...rollout]);
    expect(await pods()).not.toBe(before);
    expect(await accepted(account, password)).toBe("accepted");
    expect(await accepted(account, former.get(CLOUD_PROVIDER_PASSWORD)!)).toBe("refused");
    expect(await answered()).toBe("answered");
  });

  test("the provisioner's: one up logs in with it, and changes no machine", async () => {
    const password = changeInVcenter(VSPHERE_PASSWORD);
    const changed = await upWith("infra", nothing, [], { [VSPHERE_PASSWORD]: password });
    expectSuccess(changed);
    expect(changed.output).not.toContain("VirtualMachine");
    expect(await accepted(user, password)).toBe("accepted");
    expect(await accepted(user, former.get(VSPHERE_PASSWORD)!)).toBe("refused");
  });

  test("meanwhile a new volume is made, and a pod has it", async () => {
    const { namespace } = site.apps.whoami;
    const { name: storageClassName } = site.storageClasses.find((one) => one.default)!;
    const named = { name: "e2e-password", namespace, labels: { app: "e2e-password" } };
    const objects = [
      smallClaim({ ...named, storageClassName }),
      mountingPod(site, { ...named, group: 2000 }),
    ];
    await kubectl(["apply", "--filename=-"], manifest(objects));
    try {
      const phase = () =>
        kubectl([
          "--namespace",
          namespace,
          "get",
          "pod",
          named.name,
          "--output=jsonpath={.status.phase}",
        ]);
      expect(await eventually(["Running"], phase, { seconds: 120 })).toBe("Running");
    } finally {
      await kubectl(["delete", "--filename=-", "--ignore-not-found"], manifest(objects));
    }
  });

  test("with a lifetime, status shows when the cloud provider's ends", async () => {
    const changed = await upWith(
      "cluster",
      (configuration) => {
        configuration["site:vsphere"].passwordLifetimeDays = 1;
      },
      [],
      { [CLOUD_PROVIDER_PASSWORD]: passwordInVcenter(CLOUD_PROVIDER_PASSWORD) },
    );
    expectSuccess(changed);
    // No fault yet: of so short a lifetime the last third counts.
    const status = await make("status");
    expectSuccess(status);
    expect(status.output).toMatch(
      new RegExp(
        `^${accounts!.cloudProvider} +\\d{4}-\\d\\d-\\d\\d +\\d{4}-\\d\\d-\\d\\d +0 days$`,
        "m",
      ),
    );
  });

  test("back to the committed passwords: one up, and then nothing changes", async () => {
    former.forEach((password, key) => changePasswordInVcenter(key, password));
    expectSuccess(await make("up"));
    expect(await answered()).toBe("answered");
    const again = await make("up");
    expectSuccess(again);
    expect(changesIn(again)).toEqual([]);
  });
}

const nothing = (): void => {};
