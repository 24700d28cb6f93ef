import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { expectHardened } from "../../e2e/cluster/hardening";
import { upWith } from "../../e2e/support/changedConfig";
import { environment, expectSuccess, kubectl, make, onMachine } from "../../e2e/support/harness";

const CONFIGURATION = "/etc/kubernetes/apiserver/encryption.yaml";

interface SecretList {
  items: { metadata: { uid: string }; type: string; data?: object }[];
}

/**
 * Replaces the key that encrypts Secrets by a change of the configuration, and again by reverting the change. With one API
 * server: that several never meet a Secret they cannot read is seen in unit tests only.
 */
export function encryptionKey(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const controlPlane = site.nodes.find(({ role }) => role === "control-plane")!;

  const contents = async () =>
    (JSON.parse(await kubectl(["get", "secrets", "-A", "--output", "json"])) as SecretList).items
      // Bootstrap tokens end by the clock.
      .filter(({ type }) => type !== "bootstrap.kubernetes.io/token")
      .map(({ metadata, data }) => [metadata.uid, data]);
  const keys = () => onMachine(controlPlane.name, "grep", "name: key-", CONFIGURATION);

  async function expectRotated(rotate: () => Promise<void>): Promise<void> {
    const before = { contents: await contents(), keys: await keys() };
    await rotate();
    const after = await keys();
    expect(after).not.toBe(before.keys);
    expect(after.split("\n")).toHaveLength(1);
    expect(await contents()).toEqual(before.contents);
    // Among its checks: every Secret in etcd is encrypted with the present key.
    await expectHardened();
  }

  test("another generation: all Secrets are written again with its key, and none is lost", () =>
    expectRotated(async () => {
      expectSuccess(
        await upWith("cluster", (config) => {
          Object.assign(config["site:kubernetes"], { encryption: { keyGeneration: 2 } });
        }),
      );
    }));

  test("the previous number is one more key", () =>
    expectRotated(async () =>
      expectSuccess(await make("up", { variables: { STACK: "cluster" } })),
    ));
}
