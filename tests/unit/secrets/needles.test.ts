import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";

import { MARK_KEY } from "../../../vcenter/machineMark";
import { base64Forms, needlesOf, patternsOf, secretsOf } from "../../e2e/secrets/needles";
import { isAllowed } from "../../e2e/secrets/places";

const textsOf = (value: unknown) => needlesOf("a secret", value).map(({ text }) => text);
const found = (value: unknown, place: string): boolean =>
  [...patternsOf(needlesOf("a secret", value)).keys()].some((pattern) => place.includes(pattern));

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = ec.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const publicPem = ec.publicKey.export({ type: "spki", format: "pem" }).toString();
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("what is looked for of a secret", () => {
  test.each([
    ["a bootstrap token", "abcdef.0123456789abcdef"],
    ["a certificate key", randomBytes(32).toString("hex")],
    ["a token of Consul", randomUUID()],
    ["a gossip key", "pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s="],
    ["a password", "Zu8kfWq2nRt5yLxP"],
  ])("%s, also inside a text", (_name, secret) => {
    expect(found(secret, `x ${secret} y`)).toBe(true);
    expect(found(`token: "${secret}"\n`, `--token=${secret},`)).toBe(true);
    expect(found({ connection: { stdin: secret } }, secret)).toBe(true);
  });

  test("the lines of a private key, also in one line of JSON and within a kubeconfig", () => {
    const kubeconfig = `users:\n- user:\n    client-key-data: ${base64(pem)}\n`;
    expect(found(pem, JSON.stringify({ key: pem }))).toBe(true);
    expect(found(pem, pem.replaceAll("\n", "\n      "))).toBe(true);
    expect(found(kubeconfig, pem)).toBe(true);
    expect(found(pem, kubeconfig)).toBe(true);
    expect(found(kubeconfig, kubeconfig)).toBe(true);
  });

  test("the signature of a web token", () => {
    const part = (content: object) => Buffer.from(JSON.stringify(content)).toString("base64url");
    const signature = randomBytes(64).toString("base64url");
    const token = `${part({ alg: "RS256" })}.${part({ sub: "x" })}.${signature}`;
    expect(found(token, `Authorization: Bearer ${token}`)).toBe(true);
    expect(found(token, `${part({ alg: "RS256" })}.${part({ sub: "x" })}.other`)).toBe(false);
  });

  test("nothing that is public: certificates, public keys, hashes, addresses, names", () => {
    const certificate = `-----BEGIN CERTIFICATE-----\n${randomBytes(300).toString("base64")}\n-----END CERTIFICATE-----\n`;
    const connection = {
      host: "172.30.10.56",
      user: "sitewright",
      hostKey: `ssh-ed25519 AAAA${randomBytes(51).toString("base64")}`,
    };
    expect(
      textsOf({
        certificate,
        publicPem,
        connection,
        kubeconfig: `certificate-authority-data: ${base64(certificate)}\nserver: https://172.30.10.45:6443\n`,
        hash: `sha256:${randomBytes(32).toString("hex")}`,
        address: "consul-server-0.consul-headless.devsyslan.svc.cluster.local",
      }),
    ).toEqual([]);
  });
});

test("a text is found inside base64, wherever it begins", () => {
  const secret = "Zu8kfWq2nRt5yLxP";
  const forms = base64Forms(secret);
  for (const before of ["", "a", "ab", "abc", "abcd"]) {
    const place = base64(`${before}${secret}and more`);
    expect(forms.some((form) => place.includes(form))).toBe(true);
  }
});

test("the secrets of a deployment are named by resource and property, with their values", () => {
  const secret = (value: unknown) => ({
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: JSON.stringify(value),
  });
  const resources = [
    {
      urn: "urn:pulumi:dev::sitewright-infra::a:b:C::key",
      outputs: { pem: secret("x"), public: "y" },
    },
    {
      urn: "urn:pulumi:dev::sitewright-infra::a:b:C::step",
      inputs: { list: [{ stdin: secret({ a: "z" }) }] },
    },
    {
      urn: "urn:pulumi:dev::sitewright-infra::a:b:C::locked",
      outputs: { pem: { ...secret("x"), plaintext: undefined, ciphertext: "v1:" } },
    },
  ];
  expect(secretsOf({ resources })).toEqual([
    { secret: "key.pem", value: "x" },
    { secret: "step.list.0.stdin", value: { a: "z" } },
  ]);
});

test("a secret that stands in several resources is allowed where any of its names is", () => {
  const names = ["apps: traefik-files-config.data", "apps: consul-traefik-token.id"];
  const text = "c0ffee00c0ffee00c0ffee00";
  const patterns = patternsOf(names.map((secret) => ({ secret, text })));
  expect(patterns.get(text)).toEqual(names);
  const place = "command line of consul";
  expect(isAllowed({ place, secrets: names })).toBe(true);
  expect(isAllowed({ place, secrets: names.slice(0, 1) })).toBe(false);
  expect(isAllowed({ place: "command line of kubectl", secrets: names })).toBe(false);
});

/** Every kind of secret that is looked for; the site's own names of them. */
const everything = {
  secrets: [
    "configuration: vsphere:password",
    "infra: devk8slb501-host-key.privateKeyOpenssh",
    "cluster: devk8sclu-mint-devk8swok501.stdout",
    "apps: consul-secrets-gossip-key.base64",
    "Secret devsyslan/consul-gossip",
  ],
};
test.each([
  "/home/operator/.local/state/sitewright/dev/logs/up.log",
  "/home/operator/.local/state/sitewright/dev/state/.pulumi/stacks/sitewright-apps/dev.json",
  "devk8smst501:journal",
  "docker logs sitewright-devk8smst501",
  "devk8smst501:/var/lib/kubelet/pods/1/volumes/kubernetes.io~secret/tls/key, which everybody may read",
  "devk8swok501:/var/lib/local-path/pvc-1/raft.db, which everybody may read",
  "devk8smst501:/etc/kubernetes/admin.conf",
  "ConfigMap devsyslan/consul",
  "command line of bash",
  "environment of consul, OTHER",
  "cluster: pulumi stack export",
])("none may stand in %s", (place) => {
  expect(isAllowed({ place, ...everything })).toBe(false);
});

test("fields that are public are no secrets, whatever they stand in", () => {
  const hash = "0123456789abcdef".repeat(4);
  const texts = (value: object) => needlesOf("machine", value).map(({ text }) => text);
  expect(texts({ [MARK_KEY]: hash, accessor: hash, "guestinfo.userdata": hash })).toEqual([hash]);
  expect(texts({ [MARK_KEY]: hash, accessor: hash })).toEqual([]);
});
