import { unchangedSite } from "../integration/support/refusals";

/** More refusals of a simulated vCenter to the real engine and plugins. No lab is needed. */
jest.setTimeout(300_000);

const site = unchangedSite(18_944);

test("a vCenter whose certificate is not trusted", async () => {
  const { exitCode, output } = await site.up("infra", undefined, { trusted: false });
  expect(exitCode).not.toBe(0);
  expect(output).toContain("The server's certificate is not trusted");
});

test("a vCenter that is not there", async () => {
  const { exitCode, output } = await site.up("infra", (config) => {
    config["site:vsphere"].server = "127.0.0.1:1";
  });
  expect(exitCode).not.toBe(0);
  expect(output).toContain("No server answers there");
});

test("cluster while infra is not up names the command to run", async () => {
  const { exitCode, output } = await site.up("cluster");
  expect(exitCode).not.toBe(0);
  expect(output).toContain("make up STACK=infra ENV=dev");
});
