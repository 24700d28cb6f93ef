import { parseExport, readKvCertificates } from "../../../../../apps/consul/status/kvCertificates";
import { FakeCluster } from "../../../operations/cluster";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const TOKEN = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";

const pod = (name: string, ready: string, metadata = {}) => ({
  kind: "Pod",
  metadata: { name, labels: { app: "consul" }, ...metadata },
  status: { conditions: [{ type: "Ready", status: ready }] },
});
const secret = {
  kind: "Secret",
  metadata: { name: "consul-task-tokens" },
  data: { "traefik.secret": base64(TOKEN), management: base64("all") },
};
const printed = JSON.stringify([
  { key: "traefik/tls/certificates/0/certFile", flags: 0, value: base64("certificate\n") },
  { key: "traefik/tls/certificates/0/keyFile", flags: 0, value: "" },
]);

/** A cluster whose servers print this; what was run is kept. */
class Servers extends FakeCluster {
  readonly ran: { pod: string; command: readonly string[]; input: string }[] = [];

  exec(target: { pod: string }, command: readonly string[], input: string): Promise<string> {
    this.ran.push({ pod: target.pod, command, input });
    return Promise.resolve(printed);
  }
}

test("a ready server is asked with the token that reads, by its input and nowhere else", async () => {
  const gone = pod("consul-0", "True", { deletionTimestamp: "2026-01-01T00:00:00Z" });
  const api = new Servers([gone, pod("consul-1", "False"), pod("consul-2", "True"), secret]);
  expect(await readKvCertificates(api, "sys")).toEqual(
    new Map([
      ["0/certFile", "certificate\n"],
      ["0/keyFile", ""],
    ]),
  );
  expect(api.ran).toEqual([
    {
      pod: "consul-2",
      command: [
        ...["sh", "-c"],
        "read -r CONSUL_HTTP_TOKEN; export CONSUL_HTTP_TOKEN; unset CONSUL_HTTP_TOKEN_FILE; " +
          "exec consul kv export traefik/tls/certificates/",
      ],
      input: `${TOKEN}\n`,
    },
  ]);
  expect(api.events).toEqual([]);
});

test.each<[string, object[], RegExp]>([
  ["no server", [secret], /no server of Consul is ready in namespace sys/],
  ["no server that is ready", [pod("consul-0", "False"), secret], /no server of Consul is ready/],
  ["no token", [pod("consul-0", "True")], /consul-task-tokens in namespace sys has no traefik/],
])("%s is an error that says so", async (_, objects, text) => {
  await expect(readKvCertificates(new Servers(objects), "sys")).rejects.toMatchObject({
    fault: { what: expect.stringMatching(text) },
  });
});

test("what is no export is not repeated in the error", () => {
  expect(parseExport("[]")).toEqual(new Map());
  for (const text of ["", "PRIVATE KEY", "{}", "null", '[{"key":1}]']) {
    expect(() => parseExport(text)).toThrow(/^what consul kv export printed cannot be read/);
  }
});
