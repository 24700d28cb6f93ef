import { X509Certificate } from "node:crypto";
import type { RequestListener } from "node:http";
import type { TLSSocket } from "node:tls";

import { z } from "zod";

import { ApiReader } from "../../../kubernetes/apiReader";
import { listNodes } from "../../../kubernetes/nodes";
import { type Authority, kubeconfigOf, type Pair, withAuthority } from "./authority";
import { status, withServer } from "./server";

const ADMIN = "/O=system:masters/CN=kubernetes-admin";
const SERVER = "/CN=kube-apiserver";

interface Site {
  authority: Authority;
  admin: Pair;
  server: Pair;
}

let site: Site;
let end: () => void;

beforeAll(
  () =>
    new Promise<void>((begun) => {
      void withAuthority(async (authority) => {
        site = { authority, admin: authority.issue(ADMIN), server: authority.issue(SERVER) };
        begun();
        await new Promise<void>((resolve) => (end = resolve));
      });
    }),
);
afterAll(() => end());

/** What the reader makes of an answer, and how many connections are open after it. */
async function read(
  answer: RequestListener,
  {
    server = site.server,
    deadlineSeconds = 2,
    kubeconfig = (url: string) => kubeconfigOf(url, site.authority.ca, site.admin),
  } = {},
) {
  return withServer(server, site.authority.ca, answer, async (url, open) => {
    const reader = new ApiReader(kubeconfig(url), deadlineSeconds);
    const answered = await reader.get("/api/v1/nodes/a", z.object({ kind: z.literal("Node") }));
    // The server learns it a moment later.
    const deadline = Date.now() + 1_000;
    while ((await open()) > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return { answered, reader, url, open: await open() };
  });
}

const says =
  (code: number, body: string): RequestListener =>
  (_, response) =>
    response.writeHead(code, { "content-type": "application/json" }).end(body);

test("an object is read as the administrator, from a server of the cluster's CA, and nothing stays open", async () => {
  let asked: unknown;
  const { answered, reader, open } = await read((request, response) => {
    asked = [request.url, (request.socket as TLSSocket).getPeerCertificate().subject.CN];
    says(200, '{"kind":"Node"}')(request, response);
  });
  expect(answered).toEqual({ kind: "answered", value: { kind: "Node" } });
  expect(asked).toEqual(["/api/v1/nodes/a", "kubernetes-admin"]);
  const { server, admin } = site;
  expect(reader.servedCertificate!.raw).toEqual(new X509Certificate(server.cert).raw);
  expect(reader.clientCertificate!.raw).toEqual(new X509Certificate(admin.cert).raw);
  expect(open).toBe(0);
});

test("an object is absent when the server says so itself", async () => {
  const { answered } = await read(says(404, status("NotFound", 'nodes "a" not found')));
  expect(answered).toEqual({ kind: "absent" });
});

test.each<[string, number, string, string]>([
  ["404 of no API server", 404, "404 page not found", "HTTP 404"],
  ["404 for another reason", 404, status("Other", "x"), "HTTP 404 Other x"],
  ["credentials refused", 401, status("Unauthorized", "Unauthorized"), "HTTP 401 Unauthorized"],
  ["no right", 403, status("Forbidden", "may not"), "HTTP 403 Forbidden may not"],
  ["too many questions", 429, status("TooManyRequests", "wait"), "HTTP 429 TooManyRequests wait"],
  ["a server that starts", 503, "no JSON", "HTTP 503"],
  ["something else", 200, '{"kind":"Pod"}', "is not what an API server says"],
  ["no JSON", 200, '{"kind":', "is not what an API server says"],
])("unreadable: %s", async (_what, code, body, why) => {
  const { answered, url } = await read(says(code, body));
  expect(answered).toMatchObject({ kind: "unreadable", why: expect.stringContaining(why) });
  expect(answered).toHaveProperty("why", expect.stringContaining(`${url}: `));
  expect("status" in answered ? answered.status : 200).toBe(code);
});

test("unreadable: an answer that is cut off", async () => {
  const { answered } = await read((_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write('{"kind":"Node"');
    setTimeout(() => response.destroy(), 20);
  });
  expect(answered.kind).toBe("unreadable");
});

test("unreadable: a server that is silent, or stops in its answer, until the deadline", async () => {
  for (const listener of [
    () => undefined,
    ((_, response) => response.writeHead(200).write("{")) as RequestListener,
  ]) {
    const began = Date.now();
    const { answered } = await read(listener, { deadlineSeconds: 0.3 });
    expect(answered).toHaveProperty("why", expect.stringContaining("no answer within 0.3 s"));
    expect(Date.now() - began).toBeLessThan(2_000);
  }
});

test("unreadable: nothing listens", async () => {
  const { url } = await read(says(200, "{}"));
  const reader = new ApiReader(kubeconfigOf(url, site.authority.ca, site.admin));
  expect(await listNodes(reader)).toHaveProperty("why", expect.stringContaining("ECONNREFUSED"));
});

test.each([
  ["has expired", { from: -20, to: -1 }, "CERT_HAS_EXPIRED"],
  [
    "is not valid yet, as it seems to a clock that is a year slow",
    { from: 365, to: 400 },
    "CERT_NOT_YET_VALID",
  ],
])("unreadable: the server's certificate %s", async (_what, days, code) => {
  const { answered, reader } = await read(says(404, status("NotFound", "x")), {
    server: site.authority.issue(SERVER, days),
  });
  expect(answered).toHaveProperty("why", expect.stringContaining(code));
  expect(reader.servedCertificate).toBeUndefined();
});

test("unreadable: another TLS server behind the address, even if it says NotFound", async () => {
  await withAuthority(async (other) => {
    const { answered, reader } = await read(says(404, status("NotFound", "x")), {
      server: other.issue(SERVER),
    });
    expect(answered).toHaveProperty("why", expect.stringMatching(/unable to verify|UNABLE_TO/));
    expect(reader.servedCertificate).toBeUndefined();
  });
});

test.each<[string, (good: string) => string, string]>([
  ["no YAML", () => "{{", "no YAML"],
  ["empty", () => "", "lacks what it needs"],
  [
    "no CA",
    (good) => good.replace("certificate-authority-data", "x"),
    "certificate-authority-data",
  ],
  [
    "a CA that is none",
    (good) => good.replace(/(authority-data":")[^"]+/, "$1AAAA"),
    "CA is no certificate",
  ],
  ["http", (good) => good.replace("https:", "http:"), "clusters.0.cluster.server"],
  [
    "a context without its user",
    (good) => good.replace('"user":"admin"', '"user":"b"'),
    "current context",
  ],
  [
    "a key that is none",
    (good) => good.replace(/(key-data":")[^"]+/, "$1AAAA"),
    "https://127.0.0.1",
  ],
])("unreadable: a broken kubeconfig, %s", async (_what, breakIt, why) => {
  const good = kubeconfigOf("https://127.0.0.1:1", site.authority.ca, site.admin);
  const broken = breakIt(good);
  expect(broken).not.toBe(good);
  const answer = await listNodes(new ApiReader(broken));
  expect(answer).toMatchObject({ kind: "unreadable", why: expect.stringContaining(why) });
});

test("nodes with what the programs compare", async () => {
  const node = (name: string, ready: string, labels = {}, annotations = {}) => ({
    metadata: { name, uid: `uid-${name}`, labels, annotations },
    status: {
      conditions: [
        { type: "MemoryPressure", status: "True" },
        { type: "Ready", status: ready },
      ],
      nodeInfo: { systemUUID: "4215E1DE", kubeletVersion: "v1.36.3" },
    },
  });
  const items = [
    node("a", "True", { "node-role.kubernetes.io/control-plane": "" }, { "sitewright/vm-id": "1" }),
    node("b", "Unknown"),
  ];
  await withServer(
    site.server,
    site.authority.ca,
    says(200, JSON.stringify({ kind: "NodeList", items })),
    async (url) => {
      const reader = new ApiReader(kubeconfigOf(url, site.authority.ca, site.admin));
      const of = { systemUUID: "4215E1DE", kubeletVersion: "1.36.3" };
      expect(await listNodes(reader)).toEqual({
        kind: "answered",
        value: [
          { name: "a", uid: "uid-a", vmId: "1", isControlPlane: true, ready: true, ...of },
          { name: "b", uid: "uid-b", isControlPlane: false, ready: false, ...of },
        ],
      });
    },
  );
});
