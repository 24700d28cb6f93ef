import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";

import { mockSite, type MockSite, type Registered } from "../mocks";

/** A certificate that can be parsed and has no other use. */
export const certificatePem = readFileSync(join(__dirname, "fixtures", "certificate.pem"), "utf8");

/** How the providers of an application answer: text that can be told apart. */
export const providers: NonNullable<MockSite["outputs"]> = {
  "tls:index/privateKey:PrivateKey": ({ name }) => ({
    privateKeyPem: `key ${name}\n`,
    publicKeyPem: `public ${name}\n`,
  }),
  "tls:index/certRequest:CertRequest": ({ name }) => ({ certRequestPem: `request ${name}\n` }),
  "tls:index/selfSignedCert:SelfSignedCert": () => ({
    certPem: "CA certificate\n",
    validityEndTime: "2036-11-21T12:00:00Z",
  }),
  "tls:index/locallySignedCert:LocallySignedCert": () => ({
    certPem: certificatePem,
    validityEndTime: "2027-11-21T12:00:00.123456789+01:00",
  }),
  "random:index/randomBytes:RandomBytes": () => ({
    hex: "0123456789abcdef0123456789abcdef",
    base64: "ASNFZ4mrze8BI0VniavN7w==",
  }),
  "random:index/randomUuid:RandomUuid": () => ({ result: "01234567-89ab-4def-8123-456789abcdef" }),
  "random:index/randomPassword:RandomPassword": ({ name }) => ({
    result: `password ${name}`,
    bcryptHash: `hash ${name}`,
  }),
};

/** Resources that `make` registers when it is run with mocks. */
export async function registeredBy(make: () => unknown): Promise<Registered[]> {
  const registered = await mockSite({ project: "apps", stack: "dev", outputs: providers });
  try {
    await make();
  } finally {
    // Whatever has been asked for until then is still answered by this run's mocks.
    await pulumi.runtime.disconnect();
  }
  return registered;
}

/** Kubernetes' objects among them as one text, in the order of their names. */
export function objects(registered: readonly Registered[]): string {
  return registered
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, inputs }) => `# ${name}\n${stringify(inputs, { sortMapEntries: false })}`)
    .join("---\n");
}
