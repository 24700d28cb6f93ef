import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { PORTS, staticConfig } from "../../apps/ingress/traefikConfig";
import { renderHaproxy } from "../../infra/load-balancer/haproxy";
import { toolchain } from "../../lib/paths";
import { STATS_SOCKET } from "../../ssh/haproxy";
import { site } from "../unit/environment/site";
import { Zones } from "./support/zones";

/**
 * The real HAProxy with the load balancer's configuration before the real Traefik with the ingress', each in a network of its own: what
 * Traefik writes into its access log is whom it takes for the client. What a node port does to an address is no part of it.
 */
jest.setTimeout(120_000);

const CLIENT = "10.77.3.9";
const BALANCER = "10.77.1.45";
const WORKER = "10.77.2.61";
const LIE = "203.0.113.9";
const ENTRIES = { web: 30080, websecure: 30443 };

const zones = new Zones([
  { cidr: "10.77.1.0/24", gateway: "10.77.1.1", addresses: [BALANCER] },
  { cidr: "10.77.2.0/24", gateway: "10.77.2.1", addresses: [WORKER] },
  { cidr: "10.77.3.0/24", gateway: "10.77.3.1", addresses: [CLIENT] },
]);
const folder = mkdtempSync(join(tmpdir(), "proxy-"));
const socket = join(folder, "admin.sock");
const running: ReturnType<Zones["spawn"]>[] = [];
let log = "";

/** traefik.yml without a cluster, and with the ports of its node ports. */
function traefikConfig(): string {
  const config = parse(
    staticConfig({
      ...{ ingressClass: "traefik", routes: "routes", home: "home", address: BALANCER },
      proxies: [BALANCER],
    }),
  ) as { entryPoints: Record<string, { address: string }>; providers: object };
  for (const [name, port] of Object.entries(ENTRIES)) {
    config.entryPoints[name]!.address = `:${port}`;
  }
  const dynamic = join(folder, "dynamic");
  config.providers = { file: { directory: dynamic } };
  return stringify(config);
}

function haproxyConfig(sendsProxy: boolean): string {
  const dev = site("dev");
  const [worker] = dev.nodes.filter(({ role, zone }) => role === "worker" && zone === "lan");
  return renderHaproxy({
    ...dev,
    loadBalancer: { ...dev.loadBalancer, address: BALANCER },
    nodes: [{ ...worker!, address: WORKER }],
    sendsProxy,
  }).replace(STATS_SOCKET, socket);
}

async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) {
      return found;
    }
    if (Date.now() > deadline) {
      throw new Error(`${what}: not so after 60 s. Traefik's log:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const ASK = `
const [host, port, tls, first, path] = process.argv.slice(1);
const socket = require("node:net").connect({ host, port: Number(port) }, () => {
  if (first) socket.write(first);
  const way = tls === "yes" ? require("node:tls").connect({ socket, rejectUnauthorized: false, servername: "x.test" }) : socket;
  way.end("GET " + path + " HTTP/1.1\\r\\nHost: x.test\\r\\nConnection: close\\r\\n\\r\\n");
  way.on("data", (text) => process.stdout.write(text));
  way.on("error", (error) => console.log(error.message));
});
socket.on("error", (error) => console.log(error.message));
`;

let asked = 0;

/** For whom Traefik takes the one who asks. */
async function clientSeen(
  from: string,
  to: { host: string; port: number; tls?: boolean; first?: string },
): Promise<string> {
  const path = `/${(asked += 1)}`;
  const args = [to.host, String(to.port), to.tls === true ? "yes" : "no", to.first ?? "", path];
  const { stdout } = await zones.spawn(from, [process.execPath, "-e", ASK, ...args]);
  expect(stdout).toContain("HTTP/1.1 404");
  return until(`an entry for ${path}`, () =>
    log
      .split("\n")
      .filter((line) => line.includes(`"RequestPath":"${path}"`))
      .map((line) => (JSON.parse(line) as { ClientHost: string }).ClientHost)
      .at(0),
  );
}

/** States of HAProxy's servers, by backend. */
async function servers(): Promise<Record<string, string>> {
  const program = `const socket = require("node:net").connect(process.argv[1]); socket.end("show stat\\n"); socket.pipe(process.stdout); socket.on("error", () => {});`;
  const { stdout } = await zones.spawn(BALANCER, [process.execPath, "-e", program, socket]);
  return Object.fromEntries(
    stdout
      .split("\n")
      .map((line) => line.split(","))
      .filter(([, server]) => server?.includes("wok") === true)
      .map(([backend, , ...rest]) => [backend!, `${rest[15]} ${rest[34]}`]),
  );
}

/** Runs HAProxy in the foreground while something is done. */
async function withHaproxy(sendsProxy: boolean, work: () => Promise<void>): Promise<void> {
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, haproxyConfig(sendsProxy));
  const haproxy = zones.spawn(BALANCER, ["haproxy", "-db", "-f", file]);
  running.push(haproxy);
  try {
    await until("HAProxy's checks have found Traefik", async () => {
      const states = await servers();
      return states["http"] === "UP L4OK" && states["https"] === "UP L4OK" ? true : undefined;
    });
    await work();
  } finally {
    haproxy.kill();
    await haproxy;
  }
}

beforeAll(async () => {
  // HAProxy's worker leaves root.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "dynamic"));
  await zones.start();
  const file = join(folder, "traefik.yml");
  writeFileSync(file, traefikConfig());
  const traefik = zones.spawn(WORKER, [join(toolchain, "lab", "traefik"), `--configFile=${file}`]);
  running.push(traefik);
  traefik.stdout.on("data", (text: Buffer) => (log += text.toString()));
  traefik.stderr.on("data", (text: Buffer) => (log += text.toString()));
  await until("Traefik answers", async () => {
    const to = [WORKER, String(PORTS.ping), "no", "", "/ping"];
    const { stdout } = await zones.spawn(WORKER, [process.execPath, "-e", ASK, ...to]);
    return stdout.includes("200 OK") ? true : undefined;
  });
});

afterAll(async () => {
  running.forEach((one) => one.kill());
  await Promise.all(running);
  await zones.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("Traefik takes connections without a header from a load balancer too: it is told before HAProxy is", async () => {
  await withHaproxy(false, async () => {
    expect(await clientSeen(CLIENT, { host: BALANCER, port: 80 })).toBe(BALANCER);
    expect(await clientSeen(CLIENT, { host: BALANCER, port: 443, tls: true })).toBe(BALANCER);
  });
});

test("then it sees the clients, over HTTP and HTTPS, while HAProxy's checks pass without a warning", async () => {
  const before = log.length;
  await withHaproxy(true, async () => {
    expect(await clientSeen(CLIENT, { host: BALANCER, port: 80 })).toBe(CLIENT);
    expect(await clientSeen(CLIENT, { host: BALANCER, port: 443, tls: true })).toBe(CLIENT);
  });
  expect(log.slice(before)).not.toMatch(/"level":"(error|warn)/i);
});

test("a header from an address that is no load balancer's is not believed, one from a load balancer is", async () => {
  const node = { host: WORKER, port: ENTRIES.web };
  const first = `PROXY TCP4 ${LIE} ${WORKER} 40000 80\r\n`;
  expect(await clientSeen(CLIENT, { ...node, first })).toBe(CLIENT);
  expect(await clientSeen(CLIENT, { ...node, port: ENTRIES.websecure, tls: true, first })).toBe(
    CLIENT,
  );
  expect(await clientSeen(BALANCER, { ...node, first })).toBe(LIE);
});

test("what a client says behind the load balancer's own header is no header", async () => {
  const before = log.length;
  await withHaproxy(true, async () => {
    const first = `PROXY TCP4 ${LIE} ${WORKER} 40000 80\r\n`;
    const args = [BALANCER, "80", "no", first, "/lie"];
    const { stdout } = await zones.spawn(CLIENT, [process.execPath, "-e", ASK, ...args]);
    expect(stdout).toContain("400 Bad Request");
    expect(log.slice(before)).not.toContain(LIE);
  });
});
