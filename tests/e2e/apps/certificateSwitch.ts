import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { SPARE_OFFSET } from "../../../apps/consul/kvScript";
import type { Apps, Infra } from "../../../environment/contracts";
import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { kubeconfigPath } from "../../../operations/engine/kubeconfigFile";
import { eventually } from "../cluster/pods";
import { environment, expectSuccess, kubectl, make, outputs } from "../support/harness";
import { get, type Way } from "../support/request";

/** A certificate and its key, PEM. */
interface Pair {
  certFile: string;
  keyFile: string;
}

const site = readEnvironmentFile(environment, { directory: checkout });
const { namespace } = site.apps.consul;
const CERTIFICATES = "traefik/tls/certificates";
const host = site.apps.confluence.publicHost.name;

/** Runs Consul's command in a server's pod with the token of whoever writes certificates; the token never on a command line. */
async function kv(words: string[], value = ""): Promise<string> {
  const encoded = await kubectl([
    "get",
    "secret",
    "--namespace",
    namespace,
    "consul-task-tokens",
    "--output=jsonpath={.data.kv-writer}",
  ]);
  const token = Buffer.from(encoded, "base64").toString();
  const command =
    'read -r CONSUL_HTTP_TOKEN; export CONSUL_HTTP_TOKEN; unset CONSUL_HTTP_TOKEN_FILE; exec consul kv "$@"';
  const exec = [
    "exec",
    "--stdin",
    "--namespace",
    namespace,
    "consul-0",
    "--container=consul",
    "--",
  ];
  return kubectl([...exec, "sh", "-c", command, "sh", ...words], `${token}\n${value}`);
}

/** Writes one pair. Between the writes of its two keys it is invalid. */
async function put(number: number, { certFile, keyFile }: Pair): Promise<void> {
  await kv(["put", `${CERTIFICATES}/${number}/certFile`, "-"], certFile);
  await kv(["put", `${CERTIFICATES}/${number}/keyFile`, "-"], keyFile);
}

async function read(number: number): Promise<Pair> {
  return {
    certFile: await kv(["get", `${CERTIFICATES}/${number}/certFile`]),
    keyFile: await kv(["get", `${CERTIFICATES}/${number}/keyFile`]),
  };
}

/** As the program's own writer does it: the pair, then its copy, which was served while the pair was none. */
async function replace(number: number, pair: Pair): Promise<void> {
  await put(number, pair);
  await put(number + SPARE_OFFSET, pair);
}

/** A self-signed pair for one host. */
async function selfSigned(host: string): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), "sitewright-e2e-"));
  try {
    const key = join(folder, "key.pem");
    const certificate = join(folder, "certificate.pem");
    await execa("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-days", "2", "-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`],
      ...["-keyout", key, "-out", certificate],
    ]);
    return { certFile: await readFile(certificate, "utf8"), keyFile: await readFile(key, "utf8") };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256;

/** How one request went: the fingerprint it saw, or why it failed. */
interface Seen {
  at: number;
  fingerprint?: string;
  failure?: string;
}

/** One client of the site, and the pair that is there before and after. */
function clientOfPairs() {
  let way: Way;
  const pairs = {} as { before: Pair; next: Pair };

  beforeAll(async () => {
    const { address } = (await outputs<Infra>("infra", "infra")).api;
    const { ingressCaCertificate } = await outputs<Required<Apps>>("apps", "apps");
    pairs.before = await read(0);
    pairs.next = await selfSigned(host);
    way = { address, ca: [ingressCaCertificate, pairs.next.certFile] };
  });

  afterAll(async () => {
    await replace(0, pairs.before);
  });

  const ask = async (): Promise<Seen> => {
    try {
      const { status, certificate } = await get({ host, path: "/status" }, way);
      const seen = { at: Date.now(), fingerprint: certificate?.fingerprint256 };
      return status === 200 ? seen : { ...seen, failure: `status ${status}` };
    } catch (error) {
      return { at: Date.now(), failure: (error as Error).message };
    }
  };

  /** Asks every 50 ms, at least so many times and until the other thing is done and so much time has passed. */
  async function during(requests: number, seconds: number, other: Promise<void>): Promise<Seen[]> {
    const seen: Seen[] = [];
    let over = Infinity;
    void other.then(
      () => (over = Date.now() + seconds * 1000),
      () => (over = 0),
    );
    while (seen.length < requests || Date.now() < over) {
      seen.push(await ask());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await other;
    return seen;
  }

  return { pairs, during };
}

/** Tests a valid certificate; an invalid one is a drill. */
export function certificateSwitch(): void {
  const { pairs, during } = clientOfPairs();

  test("another certificate is served within 10 s of its writing, and none of 200 requests fails", async () => {
    let written = 0;
    const { before, next } = pairs;
    const seen = await during(
      200,
      10,
      replace(0, next).then(() => {
        written = Date.now();
      }),
    );
    expect(seen.filter(({ failure }) => failure !== undefined)).toEqual([]);
    const known = [fingerprint(before.certFile), fingerprint(next.certFile)];
    expect([...new Set(seen.map((one) => one.fingerprint))].sort()).toEqual(known.sort());
    const late = seen.filter(
      (one) => one.fingerprint !== fingerprint(next.certFile) && one.at > written + 10_000,
    );
    expect(late).toEqual([]);
    const first = seen.find((one) => one.fingerprint === fingerprint(next.certFile));
    console.log(
      `certificate switch: ${seen.length} requests, 0 failures, new one seen ${(first?.at ?? 0) - written} ms after the last write`,
    );
  });
}

/** Invalid pairs in the KV store, and how an operator repairs them. */
export function spoiltCertificates(): void {
  const { pairs, during } = clientOfPairs();

  test.each([
    [
      "text that is no certificate",
      "certFile is no certificate in PEM form",
      (pair: Pair) => ({ ...pair, certFile: "rubbish" }),
    ],
    [
      "a key of another certificate",
      "keyFile is the key of another certificate",
      (pair: Pair) => ({ ...pair, keyFile: pairs.next.keyFile }),
    ],
  ])("%s is not served: the one before still is, and status says so", async (_, fault, spoil) => {
    const { before } = pairs;
    await replace(0, before);
    const known = fingerprint(before.certFile);
    // By every pod of Traefik: requests go to one after the other.
    const served = async (): Promise<string> => {
      const seen = await during(20, 0, Promise.resolve());
      return [...new Set(seen.map((one) => one.fingerprint ?? one.failure))].join(", ");
    };
    expect(await eventually([known], served)).toBe(known);
    const seen = await during(100, 5, put(0, spoil(before)));
    expect(seen.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(new Set(seen.map((one) => one.fingerprint))).toEqual(new Set([known]));
    const { exitCode, output } = await make("status");
    expect(exitCode).not.toBe(0);
    expect(output).toContain(
      `certificate 0 in Consul (${host}) is spoilt: ${fault}; Traefik serves its copy, number ${SPARE_OFFSET}`,
    );
    expect(output).not.toContain("PRIVATE KEY");
  });

  test("the commands that status names write the certificate again, and remove what does not belong there", async () => {
    const { before } = pairs;
    await put(0, { ...before, certFile: "rubbish" });
    await kv(["put", `${CERTIFICATES}/0/other`, "rubbish"]);
    const { output } = await make("status");
    expect(output).toContain(`do not belong there: "${CERTIFICATES}/0/other"`);
    const commands = / has succeeded\): (.*)$/m.exec(output)?.[1] ?? "exit 1";
    await execa("bash", ["-c", commands.replace(" refresh ", " refresh --yes --skip-preview ")], {
      cwd: checkout,
      env: { KUBECONFIG: kubeconfigPath(environment) },
      stdin: "ignore",
      timeout: 600_000,
    });
    expect(await read(0)).toEqual(before);
    const after = await make("status");
    expectSuccess(after);
    expect(after.output).toMatch(new RegExp(`^0 +${host} +whole +whole$`, "m"));
  });
}
