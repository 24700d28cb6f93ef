import { generateKeyPairSync } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

import { APPLICATIONS } from "../../../apps/registry";
import { certificateFaults, type CertificateToCheck } from "../../../environment/load/certificate";
import { secretFaults } from "../../../environment/load/secrets";
import { readEnvironment, readOwnCertificate } from "../../../pulumi/config";
import { mockSite, valueOf } from "../mocks";
import { CA, SERVER, SERVER_KEY } from "../operations/certificates";
import { passwords, rawSite } from "./site";

const CHAIN = "apps:confluenceCertificate";
const KEY = "apps:confluenceKey";
const now = new Date("2027-01-01T00:00:00Z");

/** Right in every way. */
const good: CertificateToCheck = {
  keys: { certificate: CHAIN, key: KEY },
  name: "confluence.coolcorp.test",
  chain: SERVER + CA,
  key: SERVER_KEY,
  now,
};

const strange = (passphrase?: string): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" })
    .privateKey.export({
      type: "pkcs8",
      format: "pem",
      ...(passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase }),
    })
    .toString();

test("a certificate that is right has no faults, with its chain and without", () => {
  expect(certificateFaults(good)).toEqual([]);
  expect(certificateFaults({ ...good, chain: SERVER })).toEqual([]);
  expect(certificateFaults({ ...good, chain: `subject=x\n${SERVER}\nissuer=y\n${CA}` })).toEqual(
    [],
  );
});

test.each<[string, Partial<CertificateToCheck>, object]>([
  [
    "no certificate",
    { chain: "" },
    { path: CHAIN, value: "", reason: "cannot be read as certificates in PEM form" },
  ],
  [
    "a certificate in another form",
    { chain: "MIIBezCCASGgAwIBAgIUfK5r08YGuvaDIdGBiMbPqdWPVwcwCgYI" },
    { path: CHAIN, reason: "cannot be read as certificates in PEM form" },
  ],
  [
    "half a certificate",
    { chain: SERVER + CA.slice(0, 200) },
    { path: CHAIN, reason: "cannot be read as certificates in PEM form" },
  ],
  [
    "a certificate with a wrong letter",
    { chain: SERVER.replace("MIIB", "AAAA") },
    { path: CHAIN, reason: "cannot be read as certificates in PEM form" },
  ],
  [
    "a certificate that has ended",
    { now: new Date("2090-01-01T00:00:00Z") },
    {
      path: CHAIN,
      value: "CN=*.coolcorp.test",
      reason: "expired on 2081-08-23T13:12:46.000Z",
      allowed: expect.stringContaining("site-ca"),
    },
  ],
  [
    "a certificate that has not begun",
    { now: new Date("2020-01-01T00:00:00Z") },
    { path: CHAIN, reason: "is valid only from 2026-11-21T13:12:46.000Z on" },
  ],
  [
    "a certificate for other names",
    { name: "confluence.coolcorp.priv" },
    {
      path: CHAIN,
      reason: "does not cover confluence.coolcorp.priv, but DNS:*.coolcorp.test",
      allowed: "a certificate with DNS:confluence.coolcorp.priv among its alternative names",
    },
  ],
  [
    "certificates in disorder",
    { chain: SERVER + SERVER + CA },
    {
      path: CHAIN,
      reason: "is number 2 of the chain and did not issue number 1, CN=*.coolcorp.test",
      allowed: "each certificate followed by the one of its issuer",
    },
  ],
  ["no key", { key: "" }, { path: KEY, value: "(secret)", reason: /^cannot be read/ }],
  ["a key with a passphrase", { key: strange("x") }, { path: KEY, reason: /without a passphrase/ }],
  [
    "another's key",
    { key: strange() },
    {
      path: KEY,
      value: "(secret)",
      reason: `is not the key of the first certificate in ${CHAIN}, CN=*.coolcorp.test`,
    },
  ],
])("%s is one fault", (_, change, fault) => {
  const wanted = Object.fromEntries(
    Object.entries(fault).map(([key, value]) => [
      key,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]),
  );
  expect(certificateFaults({ ...good, ...change })).toEqual([expect.objectContaining(wanted)]);
});

test("several faults come together, and a key in the wrong place is not shown", () => {
  const faults = certificateFaults({ ...good, chain: SERVER_KEY, key: SERVER });
  expect(faults.map(({ path, value }) => [path, value])).toEqual([
    [CHAIN, "(a private key)"],
    [KEY, "(secret)"],
  ]);
});

describe("what must be set", () => {
  const own = (): Record<string, unknown> => {
    const raw = rawSite("dev");
    raw["apps"].confluence.publicHost.certificate = "own";
    return raw;
  };
  const faultsWith = (states: Record<string, "plain" | "encrypted">, site = own()) =>
    secretFaults(APPLICATIONS, "dev", site, (key) =>
      key in passwords ? "encrypted" : (states[key] ?? "missing"),
    );

  test("is nothing where the site's CA makes the certificate", () => {
    expect(faultsWith({}, rawSite("dev"))).toEqual([]);
  });

  test("is the certificate, which may stand in the clear, and its key, which may not", () => {
    expect(faultsWith({})).toEqual([
      {
        path: CHAIN,
        value: undefined,
        reason: "is not set",
        allowed: `a value, set from the folder apps by: pulumi config set --stack dev ${CHAIN} < chain.pem`,
      },
      {
        path: KEY,
        value: undefined,
        reason: "is not set",
        allowed: `a secret, set from the folder apps by: pulumi config set --stack dev --secret ${KEY} < key.pem`,
      },
    ]);
    expect(faultsWith({ [CHAIN]: "plain", [KEY]: "plain" })).toEqual([
      expect.objectContaining({
        path: KEY,
        value: "(not shown)",
        reason: "stands in the file in clear",
      }),
    ]);
    expect(faultsWith({ [CHAIN]: "plain", [KEY]: "encrypted" })).toEqual([]);
    expect(faultsWith({ [CHAIN]: "encrypted", [KEY]: "encrypted" })).toEqual([]);
  });

  test("is said before anything else happens", async () => {
    await start({});
    expect(() => readEnvironment(APPLICATIONS)).toThrow(
      /has 2 faults[\s\S]*apps:confluenceCertificate = \(missing\)[\s\S]*apps:confluenceKey = \(missing\)/,
    );
  });
});

/** Starts a program whose environment has a certificate of its own. */
async function start(values: Record<string, string>) {
  const raw = rawSite("dev");
  raw["apps"].confluence.publicHost = { name: good.name, certificate: "own" };
  await mockSite({
    project: "apps",
    stack: "dev",
    config: {
      ...Object.fromEntries(Object.entries(raw).map(([key, value]) => [`site:${key}`, value])),
      ...passwords,
      ...values,
    },
  });
}

describe("a program", () => {
  test("gets chain and key, the key as a secret", async () => {
    await start({ [CHAIN]: `${SERVER}${CA}\n`, [KEY]: SERVER_KEY.trim() });
    const { chain, privateKey } = readOwnCertificate("confluence", good.name, now);
    expect(await valueOf(chain)).toBe(SERVER + CA);
    expect(await valueOf(privateKey)).toBe(SERVER_KEY);
    expect(await pulumi.isSecret(privateKey)).toBe(true);
  });

  test("is refused with all faults in one text, and without the key in it", async () => {
    const key = strange();
    await start({ [CHAIN]: SERVER, [KEY]: key });
    const late = new Date("2090-01-01T00:00:00Z");
    const attempt = () => readOwnCertificate("confluence", good.name, late);
    expect(attempt).toThrow(pulumi.RunError);
    expect(attempt).toThrow(
      /^Pulumi\.dev\.yaml has 2 faults\. Nothing was created or changed\.[\s\S]*expired on[\s\S]*is not the key/,
    );
    expect(attempt).not.toThrow(key.split("\n")[1]);
  });
});
