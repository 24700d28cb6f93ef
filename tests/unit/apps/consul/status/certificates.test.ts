import { generateKeyPairSync } from "node:crypto";

import { fingerprintOf } from "../../../../../lib/digests/certificateFingerprint";
import { OperatorError } from "../../../../../lib/operatorError";
import {
  certificatesSection,
  unreadCertificates,
} from "../../../../../apps/consul/status/certificates";
import { CA, SERVER, SERVER_KEY } from "../../../operations/certificates";

const now = new Date("2027-01-01T00:00:00Z");
const written = {
  ...{ namespace: "sys", job: "consul-kv-certificates-6e8fd594" },
  certificates: [{ host: "app.coolcorp.test", sha256: fingerprintOf(SERVER) }],
};
const strangeKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();

const good: Record<string, string> = {
  "0/certFile": SERVER,
  "0/keyFile": SERVER_KEY,
  "5/certFile": SERVER,
  "5/keyFile": SERVER_KEY,
};

/** The section for the good pairs with some keys changed, or removed where undefined. */
function judge(change: Record<string, string | undefined> = {}, at = now, promise = written) {
  const entries = Object.entries({ ...good, ...change }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return certificatesSection(promise, new Map(entries), { environment: "dev", now: at });
}

const name = "certificate 0 in Consul (app.coolcorp.test)";

test("pairs that are as written miss nothing", () => {
  expect(judge()).toEqual({
    text:
      "KV CERTIFICATE  HOST               PAIR   COPY\n" +
      "0               app.coolcorp.test  whole  whole",
    missing: [],
    warnings: [],
  });
});

test.each<[string, Record<string, string | undefined>, string, string]>([
  [
    "text that is no certificate",
    { "0/certFile": "rubbish" },
    "spoilt",
    "is spoilt: certFile is no certificate in PEM form",
  ],
  [
    "a certificate cut off",
    { "0/certFile": SERVER.slice(0, 200) },
    "spoilt",
    "is spoilt: certFile is no certificate in PEM form",
  ],
  ["no key", { "0/keyFile": "" }, "spoilt", "is spoilt: keyFile is no private key in PEM form"],
  [
    "neither",
    { "0/certFile": "", "0/keyFile": "" },
    "spoilt",
    "is spoilt: certFile is no certificate in PEM form, nor is keyFile a key",
  ],
  [
    "a key of another certificate",
    { "0/keyFile": strangeKey },
    "spoilt",
    "is spoilt: keyFile is the key of another certificate",
  ],
  ["half a pair", { "0/certFile": undefined }, "a half", "has no certFile"],
  ["the other half", { "0/keyFile": undefined }, "a half", "has no keyFile"],
  ["no pair", { "0/certFile": undefined, "0/keyFile": undefined }, "missing", "is missing"],
])("%s is missing, and its copy is served", (_, change, state, fault) => {
  const section = judge(change);
  expect(section.missing[0]).toBe(`${name} ${fault}; Traefik serves its copy, number 5`);
  expect(section.missing).toHaveLength(2);
  expect(section.text.split("\n")[1]).toMatch(new RegExp(`${state} +whole$`));
});

test("whatever is spoilt, the last line says how to write it again", () => {
  expect(judge({ "0/certFile": "rubbish" }).missing.at(-1)).toMatch(
    'since its task has succeeded): eval "$(make env ENV=dev)" && ' +
      "kubectl --namespace sys delete job consul-kv-certificates-6e8fd594 --ignore-not-found && " +
      "pulumi --cwd apps refresh --target '**::consul-kv-certificates-task-job' && " +
      "make up STACK=apps ENV=dev",
  );
});

test("a copy that is spoilt is missing, though the pair is served", () => {
  expect(judge({ "5/keyFile": strangeKey }).missing[0]).toBe(
    `the copy of ${name}, number 5, is spoilt: keyFile is the key of another certificate; ` +
      "Traefik serves the pair itself, and has nothing behind it",
  );
});

test("where both are spoilt the default certificate is served", () => {
  const { missing } = judge({ "0/certFile": "rubbish", "5/keyFile": undefined });
  expect(missing.slice(0, -1)).toEqual([
    expect.stringMatching(/^certificate 0 .* so Traefik serves the default certificate$/),
    expect.stringMatching(/^the copy of certificate 0 .* so Traefik serves the default/),
  ]);
});

test("another certificate than the stack's is missing, pair or copy", () => {
  const promise = {
    ...written,
    certificates: [{ host: "app.coolcorp.test", sha256: "a".repeat(64) }],
  };
  const section = judge({}, now, promise);
  const found = fingerprintOf(SERVER).slice(0, 12);
  expect(section.missing.slice(0, -1)).toEqual([
    `${name} is another than the apps stack has written (SHA-256 ${found}, not aaaaaaaaaaaa); Traefik serves it`,
    `the copy of ${name}, number 5, is another than the apps stack has written (SHA-256 ${found}, not aaaaaaaaaaaa)`,
  ]);
  expect(section.text).toMatch(/another +another$/);
});

test("a pair and its copy are the same text, but for its end", () => {
  expect(judge({ "5/certFile": SERVER.trimEnd() }).missing).toEqual([]);
  expect(judge({ "5/certFile": SERVER + CA }).missing[0]).toBe(
    "certificate 0 in Consul and its copy, number 5, are not the same text: one of them is not what was written",
  );
});

test("keys that do not belong there are missing, whatever they are called", () => {
  const strange = { "1/certFile": SERVER, "0/other": "", "note\u001b[2J": "x", "": "" };
  expect(judge(strange).missing[0]).toBe(
    'keys in Consul that do not belong there: "traefik/tls/certificates/", ' +
      '"traefik/tls/certificates/0/other", "traefik/tls/certificates/1/certFile", ' +
      '"traefik/tls/certificates/note\\u001b[2J"; ' +
      "of one that it does not understand Traefik makes an error of all, and takes nothing new",
  );
});

test.each([
  ["2081-08-20T00:00:00Z", /^certificate 0 .* expires in 3 days 13 h: make up STACK=apps renews/],
  ["2082-01-01T00:00:00Z", /^certificate 0 .* has expired: make up STACK=apps renews/],
])("at %s it ends too soon, and is not written again for that", (at, text) => {
  expect(judge({}, new Date(at)).missing).toEqual([expect.stringMatching(text)]);
});

test("the end of the copy counts while the pair is none", () => {
  const { missing } = judge({ "0/keyFile": "" }, new Date("2081-08-20T00:00:00Z"));
  expect(missing.at(-1)).toMatch(/expires in 3 days/);
});

test("no private key is ever in what is printed", () => {
  const changes = [
    { "0/certFile": SERVER_KEY, "0/keyFile": SERVER },
    { "0/keyFile": `${SERVER_KEY}x` },
    { [SERVER_KEY.slice(0, 3)]: SERVER_KEY },
  ];
  const secret = SERVER_KEY.split("\n")[1];
  changes.forEach((change) => expect(JSON.stringify(judge(change))).not.toContain(secret));
});

test("that they cannot be read is a warning, with the reason", () => {
  const unread = (error: unknown) => unreadCertificates(error);
  expect(
    unread(new OperatorError({ what: "kubectl exec failed.", why: "a\nForbidden\n", next: "" })),
  ).toEqual({
    text: "",
    missing: [],
    warnings: [
      "the certificates in Consul's KV store were not looked at: kubectl exec failed. Forbidden",
    ],
  });
  expect(unread(new Error("timed out")).warnings[0]).toMatch(/not looked at: timed out$/);
});
