import { createHash } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import type { FakeCluster } from "../unit/operations/leaving/cluster";

/** What kubectl may ask for: the group, the plural and the kind. */
const RESOURCES: [group: string, plural: string, kind: string, namespaced: boolean][] = [
  ["", "nodes", "Node", false],
  ["", "namespaces", "Namespace", false],
  ["", "pods", "Pod", true],
  ["coordination.k8s.io", "leases", "Lease", true],
  ["policy", "poddisruptionbudgets", "PodDisruptionBudget", true],
  ["storage.k8s.io", "volumeattachments", "VolumeAttachment", false],
];

const GROUPS = [...new Set(RESOURCES.map(([group]) => group))].filter((group) => group !== "");

/** As an API server that kubectl can work with: objects of a list, and etcdctl in pods. It evicts nothing. */
export function standInApi(cluster: () => FakeCluster | undefined) {
  const answer: RequestListener = (request, response) => {
    const present = cluster();
    if (present === undefined) {
      response.writeHead(503).end();
      return;
    }
    serve(present, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  };
  const upgrade = (request: IncomingMessage, socket: Duplex): void => {
    execute(cluster()!, request, socket).catch(() => socket.destroy());
  };
  return { answer, upgrade };
}

async function serve(
  cluster: FakeCluster,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "https://stand-in");
  const end = (body: object, code = 200) => {
    response.writeHead(code, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const discovered = discovery(url.pathname);
  if (discovered !== undefined) {
    end(discovered);
    return;
  }
  const [, plural, name] =
    /^\/(?:api\/v1|apis\/[^/]+\/v1)(?:\/namespaces\/[^/]+)?\/([a-z]+)(?:\/([^/]+))?$/.exec(
      url.pathname,
    ) ?? [];
  const known = RESOURCES.find(([, one]) => one === plural);
  if (known === undefined) {
    end({ kind: "Status", status: "Failure", reason: "NotFound", code: 404 }, 404);
    return;
  }
  const [group, , kind] = known;
  const apiVersion = group === "" ? "v1" : `${group}/v1`;
  if (request.method === "PATCH") {
    let body = "";
    for await (const chunk of request) {
      body += String(chunk);
    }
    await cluster.patch("node", { name: name! }, JSON.parse(body) as object);
  }
  const [, field] = (url.searchParams.get("fieldSelector") ?? "").split("spec.nodeName=");
  const [label, value] = (url.searchParams.get("labelSelector") ?? "").split("=");
  const found = cluster.objects
    .filter((one) => one.kind === kind)
    .filter(({ spec }) => field === undefined || spec?.["nodeName"] === field)
    .filter(({ metadata }) => label === "" || metadata.labels?.[label!] === value)
    .map((one) => ({ apiVersion, ...one }));
  if (name === undefined) {
    end({ kind: `${kind}List`, apiVersion, metadata: {}, items: found });
    return;
  }
  const one = found.find(({ metadata }) => metadata.name === name);
  if (kind === "Lease" && one !== undefined) {
    // The kubelet renews it.
    one.spec = { renewTime: new Date().toISOString().replace("Z", "000Z") };
  }
  end(one ?? { kind: "Status", status: "Failure", reason: "NotFound", code: 404 }, one ? 200 : 404);
}

function discovery(path: string): object | undefined {
  const resourcesOf = (wanted: string) =>
    RESOURCES.filter(([group]) => group === wanted).map(([, plural, kind, namespaced]) => ({
      ...{ name: plural, singularName: kind.toLowerCase(), kind, namespaced },
      verbs: ["get", "list", "patch"],
    }));
  if (path === "/api") {
    return { kind: "APIVersions", versions: ["v1"] };
  }
  if (path === "/api/v1") {
    return { kind: "APIResourceList", groupVersion: "v1", resources: resourcesOf("") };
  }
  if (path === "/apis") {
    const groups = GROUPS.map((name) => {
      const version = { groupVersion: `${name}/v1`, version: "v1" };
      return { name, versions: [version], preferredVersion: version };
    });
    return { kind: "APIGroupList", apiVersion: "v1", groups };
  }
  const group = GROUPS.find((one) => path === `/apis/${one}/v1`);
  return group === undefined
    ? undefined
    : { kind: "APIResourceList", groupVersion: `${group}/v1`, resources: resourcesOf(group) };
}

/** A command in a pod, by the subprotocol v5.channel.k8s.io of WebSockets. */
async function execute(
  cluster: FakeCluster,
  { url = "", headers }: IncomingMessage,
  socket: Duplex,
): Promise<void> {
  const { pathname, searchParams } = new URL(url, "https://stand-in");
  const accept = createHash("sha1")
    .update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  socket.write(
    [
      ...["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"],
      ...[`Sec-WebSocket-Accept: ${accept}`, "Sec-WebSocket-Protocol: v5.channel.k8s.io", "", ""],
    ].join("\r\n"),
  );
  const send = (channel: number, text: string) => {
    const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
    const { length } = payload;
    const head = length < 126 ? [0x82, length] : [0x82, 126, length >> 8, length & 0xff];
    socket.write(Buffer.concat([Buffer.from(head), payload]));
  };
  const [, pod] = /\/pods\/([^/]+)\/exec$/.exec(pathname) ?? [];
  const [stdout, stderr, status] = [1, 2, 3];
  try {
    send(stdout, await cluster.exec({ pod: pod! }, searchParams.getAll("command")));
    send(status, JSON.stringify({ kind: "Status", status: "Success" }));
  } catch (error) {
    send(stderr, String(error));
    const causes = [{ reason: "ExitCode", message: "1" }];
    const details = { causes };
    send(
      status,
      JSON.stringify({ kind: "Status", status: "Failure", reason: "NonZeroExitCode", details }),
    );
  }
  socket.end(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
}
