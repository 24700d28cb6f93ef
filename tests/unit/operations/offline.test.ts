import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { clusterContract, infraContract } from "../../../environment/contracts";
import { checkout, toolchain } from "../../../lib/paths";
import { offlineCluster, offlineInfra } from "../../../operations/offline/outputs";
import {
  offlineConfig,
  OfflineSite,
  placeholders,
  type StackFileContent,
} from "../../../operations/offline/site";
import { COMMITTED, site } from "../environment/site";

const read = (stack: string) =>
  parse(readFileSync(join(checkout, `Pulumi.${stack}.yaml`), "utf8")) as StackFileContent;

describe("the configuration of an offline preview", () => {
  test("names no vCenter but the simulator, and is otherwise the environment's", () => {
    const before = read("prd");
    const { config } = offlineConfig(before, "127.0.0.1:40000", { "vsphere:password": "made up" });
    expect(JSON.stringify(config)).not.toContain("vcenter.coolcorp.priv");
    expect(config["site:vsphere"]).toEqual({
      ...(before.config["site:vsphere"] as object),
      server: "127.0.0.1:40000",
    });
    expect(config["site:nodes"]).toEqual(before.config["site:nodes"]);
    expect(config["vsphere:password"]).toBe("made up");
  });

  test("has nothing that a passphrase would be needed for, and no fingerprint of another certificate", () => {
    const before = read("dev");
    before.config["cluster:token"] = { secure: "v1:abc" };
    Object.assign(before.config["site:vsphere"] as object, { thumbprint: "AB:CD" });
    const { encryptionsalt, config } = offlineConfig(before, "127.0.0.1:1", {});
    expect(encryptionsalt).toBeUndefined();
    expect(JSON.stringify(config)).not.toMatch(/"secure"|AB:CD/);
  });

  test("gives every secret the environment needs a value of its own making", async () => {
    expect(
      await placeholders(read("prd"), site("prd"), "the simulator's", "/nowhere"),
    ).toMatchObject({
      "vsphere:password": "the simulator's",
    });
  });
});

describe.each(COMMITTED)("the outputs made up for %s", (stack) => {
  test("keep the contracts", () => {
    const { plain, secret } = offlineInfra(site(stack));
    expect(infraContract.safeParse(plain["infra"]).error).toBeUndefined();
    expect(Object.keys(secret)).toEqual(["sshPrivateKey"]);
    const cluster = offlineCluster(site(stack));
    expect(clusterContract.safeParse(cluster.plain["cluster"]).error).toBeUndefined();
    expect(Object.keys(cluster.secret)).toEqual(["kubeconfig"]);
  });

  test("can be mistaken for nothing real", () => {
    const { plain, secret } = offlineInfra(site(stack));
    expect(JSON.stringify(secret)).not.toContain("PRIVATE KEY");
    const { nodes } = infraContract.parse(plain["infra"]);
    expect(nodes.every(({ hostKey }) => hostKey.startsWith("offline-preview"))).toBe(true);
    expect(nodes.every(({ vmId }) => vmId.startsWith("00000000-0000-0000-0000-"))).toBe(true);
    const { kubeconfig } = offlineCluster(site(stack)).secret;
    expect(parse(kubeconfig)).toMatchObject({
      clusters: [{ cluster: { server: "https://127.0.0.1:1" } }],
      users: [{ user: {} }],
    });
  });
});

test("the engine of an offline preview gets nothing of the operator's shell", () => {
  const variables = new OfflineSite("prd", "/place").variables(
    { authorities: "/place/ca" },
    "/bin",
  );
  // Engine passes these and no others on.
  expect(variables).toEqual({
    PATH: `${join(toolchain, "bin")}:/bin`,
    HOME: "/place/home",
    PULUMI_HOME: "/place/home",
    PULUMI_BACKEND_URL: "file:///place/backend?metadata=skip",
    PULUMI_CONFIG_PASSPHRASE: "offline",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    SSL_CERT_FILE: "/place/ca",
  });
});
