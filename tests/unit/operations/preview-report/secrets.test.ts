import { documentDiffs } from "../../../../operations/preview-report/documents";
import { knownSecrets } from "../../../../operations/preview-report/knownSecrets";
import { countMasked, scrub } from "../../../../operations/preview-report/scrub";
import { writeReport } from "../../../../operations/preview-report/writeReport";
import { recordedPreview, recording, siteReport } from "./recordings";

/** Canaries: what must not get into a report, wherever something forgot to make it a secret. */

const key = [
  "-----BEGIN OPENSSH PRIVATE KEY-----",
  "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt",
  "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2Fu",
  "-----END OPENSSH PRIVATE KEY-----",
].join("\n");

const formed = {
  "a private key": key,
  "a bootstrap token": "abcdef.0123456789abcdef",
  "a key of a kubeconfig": "client-key-data: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUV2",
  "kubeadm's certificate key": `certificateKey: ${"0123456789abcdef".repeat(4)}`,
  "a JSON web token": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl",
  "a password in an address": "https://consul:canary-word@consul.coolcorp.test:8501/",
};
const words = {
  "the vCenter's password": "Canary!Vcenter9",
  "the gossip key": "q1Rn7cmXvY0aJwzT5kH3uA==",
  "a password of the database": "canary-database-4d1f",
};

/** Every place of a preview from which text comes into a report. */
function planted(text: string) {
  const events = structuredClone(recording("cluster"));
  const steps = events.flatMap(({ resourcePreEvent: event }) => event?.metadata ?? []);
  const of = (operation: string, type: string) =>
    steps.find(({ op, type: one }) => op === operation && one === type)!;
  const command = of("update", "command:remote:Command");
  Object.assign(command.new!.inputs!, { stdin: `first\n${text}\n`, create: `echo a\n${text}\n` });
  const manifest = of("update", "kubernetes:core/v1:ConfigMap");
  Object.assign(manifest.new!.inputs!, { data: { file: `a: 1\n${text}\nb: 2\n` } });
  Object.assign(manifest, { detailedDiff: { "data.file": { diffKind: "update" } } });
  const created = of("create", "random:index/randomId:RandomId");
  Object.assign(created.new!.inputs!, { prefix: text });
  const urn = manifest.urn;
  const violation = {
    policy: "one",
    level: "mandatory" as const,
    urn,
    message: `found ${text} there`,
  };
  events.push(
    { diagnosticEvent: { urn, severity: "warning", message: `careful: ${text}` } },
    { diagnosticEvent: { urn, severity: "error", message: `refused: ${text}` } },
    { diagnosticEvent: { urn, severity: "debug", message: `answer: ${text} debug` } },
  );
  const preview = { ...recordedPreview("cluster", events), ok: false };
  return siteReport([{ ...preview, policies: { packs: ["site"], violations: [violation] } }]);
}

const lines = (secret: string) =>
  secret.split("\n").map((line) => /[^ ]+$/.exec(line)?.[0] ?? line);

describe("what has the form of a secret is masked, and that is said", () => {
  test.each(Object.entries(formed))("%s", (_name, secret) => {
    const { comment, report } = writeReport([planted(secret)]);
    for (const line of lines(secret)) {
      expect(report).not.toContain(line);
      expect(comment).not.toContain(line);
    }
    expect(countMasked(report)).toBeGreaterThanOrEqual(5);
    expect(comment).toMatch(
      /\*\*[0-9]+ values that look like secrets were masked in this report\.\*\*/,
    );
  });
});

describe("what is known to be a secret is masked, also in base64", () => {
  test.each(Object.entries(words))("%s", (_name, secret) => {
    const encoded = Buffer.from(secret).toString("base64");
    const { report } = writeReport([planted(`${secret} ${encoded}`)], [secret]);
    expect(report).not.toContain(secret);
    expect(report).not.toContain(encoded);
    expect(countMasked(report)).toBeGreaterThanOrEqual(5);
  });
});

test("a report without a secret has nothing masked", () => {
  const { report } = writeReport([siteReport()], Object.values(words));
  expect(countMasked(report)).toBe(0);
  expect(report).not.toContain("look like secrets");
});

test("a recording has no answers of plugins, which hold secrets in clear", () => {
  for (const stack of ["infra", "cluster"] as const) {
    const severities = recording(stack).flatMap(
      ({ diagnosticEvent: event }) => event?.severity ?? [],
    );
    expect(severities).not.toContain("debug");
    expect(scrub(JSON.stringify(recording(stack)))).toBe(JSON.stringify(recording(stack)));
  }
});

test("a key is masked before texts are compared: a hunk can have its middle alone", () => {
  const padding = Array.from({ length: 9 }, (_, index) => `# ${index}`).join("\n");
  const [begin, first, second, end] = key.split("\n");
  const long = [begin, ...Array.from({ length: 9 }, () => first), second, end].join("\n");
  const changed = long.replace(second, second.replace("Y2Fu", "Y2Fv"));
  const text = (secret: string, word: string) => `${padding}\n${secret}\n${word}\n`;
  const [{ patch }] = documentDiffs(
    "command:remote:Command",
    { stdin: text(long, "one") },
    { stdin: text(changed, "other") },
  );
  expect(patch).toContain("+other");
  expect(patch).not.toMatch(/Y2F/);
});

describe("the secrets of a stack", () => {
  const special = "4dabf18193072939515e22adb298388d";
  const secret = (value: unknown) => ({ [special]: "1b", plaintext: JSON.stringify(value) });
  const state = JSON.stringify({
    deployment: {
      resources: [
        {
          inputs: { connection: secret({ host: "192.168.10.56", privateKey: key, port: 22 }) },
          outputs: { stdout: secret("printed-canary"), result: secret("short") },
        },
      ],
    },
  });
  const config = JSON.stringify({
    "vsphere:password": { value: "Canary!Vcenter9", secret: true },
    "site:domain": { value: "coolcorp.priv", secret: false },
  });
  const known = knownSecrets(state, config, "address: 192.168.10.56");

  test("are those of its state and its configuration, and each line of a key", () => {
    expect(known).toEqual(
      expect.arrayContaining(["printed-canary", "Canary!Vcenter9", key, key.split("\n")[2]]),
    );
  });

  test("are not what everyone may read, or a common word", () => {
    expect(known).not.toContain("192.168.10.56");
    expect(known).not.toContain("short");
    expect(known).not.toContain("coolcorp.priv");
  });
});
