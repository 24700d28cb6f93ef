import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensurePublishedFile } from "../../../operations/official-tools/publishedFile";

const CONTENT = "what its makers publish\n";
const sha256 = createHash("sha256").update(CONTENT).digest("hex");

/** How the server of the makers treats those who ask it for the file. */
type Manner = "has it" | "has another" | "lacks it" | "is slow" | "breaks off";

let manner: Manner;
let asked: number;
let server: Server;
let folder: string;
let url: string;

beforeAll(async () => {
  server = createServer((_, response) => {
    asked += 1;
    switch (manner) {
      case "lacks it":
        response.writeHead(404).end();
        break;
      case "is slow":
        break;
      case "breaks off":
        response.writeHead(200, { "content-length": CONTENT.length });
        response.write(CONTENT.slice(0, 5), () => response.destroy());
        break;
      case "has it":
        response.end(CONTENT);
        break;
      case "has another":
        response.end("another");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = 0;
  folder = mkdtempSync(join(tmpdir(), "published-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ensure = (milliseconds?: number) =>
  ensurePublishedFile({ url, sha256, path: join(folder, "below", "file") }, milliseconds);
const content = () => readFileSync(join(folder, "below", "file"), "utf8");

test("it is fetched once", async () => {
  manner = "has it";
  await ensure();
  expect(content()).toBe(CONTENT);
  await ensure();
  expect(asked).toBe(1);
});

test("what someone has put there is taken where it is the same file, and replaced where not", async () => {
  manner = "has it";
  await ensure();
  writeFileSync(join(folder, "below", "file"), "another");
  await ensure();
  expect(content()).toBe(CONTENT);
  expect(asked).toBe(2);
});

test.each([
  ["has another", /^what was fetched has the SHA-256 [0-9a-f]{64}, and [0-9a-f]{64} is expected$/],
  ["lacks it", /^HTTP 404$/],
  ["is slow", /timeout/],
  ["breaks off", /terminated|other side closed/],
] as const)("a server that %s leaves nothing behind", async (one, why) => {
  manner = one;
  await expect(ensure(one === "is slow" ? 200 : undefined)).rejects.toThrow(why);
  expect(readdirSync(folder)).toEqual([]);
});

test("a server that is not there is said", async () => {
  const path = join(folder, "file");
  await expect(
    ensurePublishedFile({ url: "http://127.0.0.1:1/file", sha256, path }),
  ).rejects.toThrow(/fetch failed/);
});
