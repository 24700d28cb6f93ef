import { type AddressInfo, createServer, type Socket } from "node:net";

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

test("a vCenter that accepts connections and says nothing: the update ends, and says so", async () => {
  const connections = new Set<Socket>();
  const silent = createServer((connection) => connections.add(connection));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const began = Date.now();
  const { exitCode, output } = await site.up("infra", (config) => {
    config["site:vsphere"].server = `127.0.0.1:${port}`;
  });
  connections.forEach((connection) => connection.destroy());
  silent.close();
  expect(exitCode).toBe(1);
  expect(output).toContain("accepts connections and did not answer within 60 s");
  expect(output).toContain("What runs on the site goes on without it");
  expect((Date.now() - began) / 1000).toBeLessThan(120);
});

test("cluster while infra is not up names the command to run", async () => {
  const { exitCode, output } = await site.up("cluster");
  expect(exitCode).not.toBe(0);
  expect(output).toContain("make up STACK=infra ENV=dev");
});
