import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { VSPHERE_PLUGIN } from "../../operations/official-tools/programs";
import { hasOfficialSdk } from "../../operations/official-tools/vsphereSdk";

/** How a registry on this machine treats those who ask it for the package. */
type Manner = "has it" | "lacks it" | "has another checksum" | "breaks off";

describe("the SDK of the vSphere plugin", () => {
  const folder = mkdtempSync(join(tmpdir(), "registry-"));
  const sdk = join(folder, "sdks", "vsphere");
  let tarball: Buffer;
  let registry: Server;
  let manner: Manner;
  let asked = 0;

  beforeAll(async () => {
    const published = join(folder, "published");
    mkdirSync(published);
    writeFileSync(
      join(published, "package.json"),
      JSON.stringify({ name: "@pulumi/vsphere", version: VSPHERE_PLUGIN, main: "index.js" }),
    );
    writeFileSync(join(published, "index.js"), "exports.official = true;\n");
    const { stdout } = await execa("npm", ["pack", "--silent"], { cwd: published });
    tarball = readFileSync(join(published, stdout.trim()));
    registry = createServer((request, response) => {
      asked += 1;
      const { port } = registry.address() as AddressInfo;
      if (manner === "lacks it") {
        response.writeHead(404).end("{}");
      } else if (request.url?.endsWith(".tgz")) {
        response.writeHead(200, { "content-length": tarball.length });
        if (manner === "breaks off") {
          response.write(tarball.subarray(0, 20), () => response.destroy());
        } else {
          response.end(tarball);
        }
      } else {
        const content = manner === "has another checksum" ? "another" : tarball;
        const integrity = `sha512-${createHash("sha512").update(content).digest("base64")}`;
        const dist = { integrity, tarball: `http://127.0.0.1:${port}/vsphere.tgz` };
        const version = { name: "@pulumi/vsphere", version: VSPHERE_PLUGIN, dist };
        response.end(
          JSON.stringify({
            name: "@pulumi/vsphere",
            "dist-tags": { latest: VSPHERE_PLUGIN },
            versions: { [VSPHERE_PLUGIN]: version },
          }),
        );
      }
    });
    await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
    const { port } = registry.address() as AddressInfo;
    process.env["npm_config_registry"] = `http://127.0.0.1:${port}/`;
    process.env["npm_config_cache"] = join(folder, "cache");
  });
  beforeEach(() => {
    mkdirSync(join(folder, "sdks"), { recursive: true });
  });
  afterEach(() => {
    rmSync(join(folder, "sdks"), { recursive: true });
    rmSync(join(folder, "cache"), { recursive: true, force: true });
  });
  afterAll(() => {
    delete process.env["npm_config_registry"];
    delete process.env["npm_config_cache"];
    registry.close();
    rmSync(folder, { recursive: true });
  });

  test("is the official package where the registry has it, and is not fetched again", async () => {
    manner = "has it";
    await expect(hasOfficialSdk(sdk)).resolves.toBe(true);
    expect(readFileSync(join(sdk, "index.js"), "utf8")).toContain("official");
    const before = asked;
    await expect(hasOfficialSdk(sdk)).resolves.toBe(true);
    expect(asked).toBe(before);
  });

  test.each(["lacks it", "has another checksum", "breaks off"] as const)(
    "is generated where the registry %s",
    async (one) => {
      manner = one;
      await expect(hasOfficialSdk(sdk)).resolves.toBe(false);
      expect(asked).toBeGreaterThan(0);
      expect(existsSync(sdk)).toBe(false);
    },
  );

  test("that was generated stays", async () => {
    manner = "has it";
    mkdirSync(sdk);
    writeFileSync(join(sdk, "package.json"), "{}");
    writeFileSync(join(sdk, ".piece"), "0\n");
    const before = asked;
    await expect(hasOfficialSdk(sdk)).resolves.toBe(false);
    expect(asked).toBe(before);
  });
});
