import { KeyObject, X509Certificate } from "node:crypto";

import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { certificate as parse } from "../../kubernetes/kubeconfig";
import { OperatorError } from "../../lib/operatorError";
import { type Patience, poll } from "../../lib/poll";
import { identifier, MANAGER, PERSON_LABEL } from "./issues";

/** A certificate with which a person logs in to the API. */
export interface ClientCertificate {
  /** Certificate, PEM. */
  cert: string;
  /** Its private key, PEM. Secret. */
  key: string;
  /** When it was asked for, by the clock of the API server. */
  askedAt: Date;
  /** When it ends. */
  expires: Date;
}

interface SigningRequest extends KubernetesObject {
  status?: {
    certificate?: string;
    conditions?: { type: string; reason?: string; message?: string }[];
  };
}

const SIGNER = "kubernetes.io/kube-apiserver-client";

/** The controller manager signs within a second, unless another one has to take the lead first. */
const SIGNED_WITHIN: Patience = { deadline: 60_000, interval: 300 };

/**
 * Has the cluster's CA sign a certificate for a user without a group. The private key is made here and stays here. The request is
 * left to Kubernetes, which deletes it after an hour.
 *
 * @throws OperatorError when the API refuses the request or its approval, or when nothing is signed.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
export async function issueCertificate(
  api: Pick<Kubectl, "create" | "approve" | "find">,
  { person, user, seconds }: { person: string; user: string; seconds: number },
  patience = SIGNED_WITHIN,
): Promise<ClientCertificate> {
  const { key, request } = await makeRequest(user);
  const name = `sitewright-${identifier(user)}`;
  const spec = {
    request: Buffer.from(request).toString("base64"),
    signerName: SIGNER,
    expirationSeconds: seconds,
    usages: ["client auth"],
  };
  await api.create(
    {
      ...{ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" },
      metadata: { name, labels: { [PERSON_LABEL]: person } },
      spec,
    },
    MANAGER,
  );
  await api.approve(name);
  const answer = await poll(
    () => api.find<SigningRequest>("certificatesigningrequest", { name }),
    (found) => found?.status?.certificate !== undefined || refusal(found) !== undefined,
    patience,
  );
  const cert = Buffer.from(answer?.status?.certificate ?? "", "base64").toString();
  const signed = parse(cert);
  if (signed === undefined || !isFor(signed, user, key)) {
    throw new OperatorError({
      what: "The cluster signs no certificate for this person.",
      where: `CertificateSigningRequest ${name}`,
      why:
        refusal(answer) ??
        (signed === undefined
          ? `nothing was signed within ${patience.deadline / 1000} s`
          : "what was signed is not what was asked for"),
      next: "make status shows whether kube-controller-manager can work; then type the same command again",
    });
  }
  return {
    ...{ cert, key: key.export({ type: "pkcs8", format: "pem" }).toString() },
    askedAt: new Date(answer?.metadata.creationTimestamp ?? NaN),
    expires: new Date(signed.validTo),
  };
}

/** A new key pair, and the request that names the user, PEM. */
async function makeRequest(user: string): Promise<{ key: KeyObject; request: string }> {
  // Loaded here: they take longer than most commands of make.
  const [{ AttributeTypeAndValue, CertificationRequest }, { Utf8String }] = await Promise.all([
    import("pkijs"),
    import("asn1js"),
  ]);
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const request = new CertificationRequest();
  request.subject.typesAndValues.push(
    new AttributeTypeAndValue({ type: COMMON_NAME, value: new Utf8String({ value: user }) }),
  );
  // None, but they have to be there: the API server cannot parse a request without them.
  request.attributes = [];
  await request.subjectPublicKeyInfo.importKey(keys.publicKey);
  await request.sign(keys.privateKey, "SHA-256");
  return {
    key: KeyObject.from(keys.privateKey),
    request: `-----BEGIN CERTIFICATE REQUEST-----\n${request.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`,
  };
}

/** Object identifier of the attribute in which Kubernetes finds the user's name. */
const COMMON_NAME = "2.5.4.3";

function isFor(signed: X509Certificate, user: string, key: KeyObject): boolean {
  return signed.subject === `CN=${user}` && signed.checkPrivateKey(key);
}

function refusal(request: SigningRequest | undefined): string | undefined {
  const found = request?.status?.conditions?.find(({ type }) => type !== "Approved");
  return found && [found.type, found.reason, found.message].filter(Boolean).join(" ");
}
