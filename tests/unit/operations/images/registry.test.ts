import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { RegistryClient } from "../../../../operations/images/registryClient";
import { resolve } from "../../../../operations/images/resolve";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

async function registry(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a token that anybody gets opens the registry", async () => {
  const mirror = await registry((request, response) => {
    if (request.url?.startsWith("/token?") === true) {
      const { searchParams } = new URL(request.url, "http://x");
      response.end(JSON.stringify({ token: searchParams.get("scope") }));
    } else if (request.headers.authorization === "Bearer repository:library/a:pull") {
      response.setHeader("Docker-Content-Digest", DIGEST).end();
    } else {
      const realm = `realm="http://${request.headers.host}/token",service="here"`;
      response.setHeader("WWW-Authenticate", `Bearer ${realm}`).writeHead(401).end();
    }
  });
  const client = new RegistryClient({ mirror, variables: {} });
  expect(await client.digest("docker.io/library/a", "1")).toBe(DIGEST);
  await client.close();
});

test("an image keeps its digest while the registry has it, and a tag that moved is told", async () => {
  const asked = {
    digest: (_: string, reference: string) =>
      Promise.resolve(reference === "1" ? OTHER : reference),
  };
  expect(await resolve([{ image: "a.test/a:1", digest: DIGEST, usedBy: "apps" }], asked)).toEqual({
    lock: { "a.test/a:1": DIGEST },
    moved: [`a.test/a:1 is ${OTHER} by now; the lockfile keeps ${DIGEST}`],
    faults: [],
  });
});

test("a fault of these programs is none of a registry", async () => {
  const broken = { digest: () => Promise.reject(new TypeError("x")) };
  await expect(resolve([{ image: "a.test/a:1", usedBy: "apps" }], broken)).rejects.toThrow(
    TypeError,
  );
});
