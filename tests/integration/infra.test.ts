import { unchangedSite } from "./support/refusals";

/**
 * The real engine and plugins against a simulated vCenter: what it refuses, and what that leaves behind. More:
 * tests/drills/infra.test.ts.
 */
jest.setTimeout(300_000);

const site = unchangedSite(18_989);

test("a vCenter that refuses the password", async () => {
  const { exitCode, output } = await site.up("infra", undefined, { password: "not this one" });
  expect(exitCode).not.toBe(0);
  expect(output).toContain("The account is refused. Check site:vsphere.user");
  expect(output).not.toContain("not this one");
});

test("everything the environment names and the vCenter lacks is reported at once", async () => {
  const { exitCode, output } = await site.up("infra", (config) => {
    config["site:vsphere"].template = "photon-6";
    config["site:vsphere"].datastore = "tape";
  });
  expect(exitCode).not.toBe(0);
  expect(output).toContain("photon-6");
  expect(output).toContain("site:vsphere.template");
  expect(output).toContain("tape");
  expect(output).toContain("site:vsphere.datastore");
});

test("all faults of a configuration are reported at once, and nothing is planned", async () => {
  const { exitCode, output } = await site.up("infra", (config) => {
    config["site:zones"].dmz = { ...(config["site:zones"].dmz as object), cidr: "172.30.10.0/25" };
    config["site:kubernetes"].version = "latest";
    config["site:kubernetes"].podSubnett = "10.0.0.0/8";
  });
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/Pulumi\.dev\.yaml has [0-9]+ faults\. Nothing was created or changed\./);
  expect(output).toContain("kubernetes.version");
  expect(output).toContain("podSubnett");
  expect(output).toContain("nodes[4].address");
  expect(output).not.toContain("creating");
});

test("apps while cluster is not up names the command to run", async () => {
  const { exitCode, output } = await site.up("apps");
  expect(exitCode).not.toBe(0);
  expect(output).toContain("make up STACK=cluster ENV=dev");
});
