import { X509Certificate } from "node:crypto";

import { parse } from "yaml";
import { z } from "zod";

const base64 = z.base64().min(1);

/** A kubeconfig as kubeadm writes it: it refers to no other files. */
const kubeconfigSchema = z.object({
  "current-context": z.string().optional(),
  clusters: z
    .array(
      z.object({
        name: z.string(),
        cluster: z.object({
          server: z.url({ protocol: /^https$/ }),
          "certificate-authority-data": base64,
          "tls-server-name": z.string().min(1).optional(),
        }),
      }),
    )
    .min(1),
  contexts: z
    .array(
      z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
    )
    .default([]),
  users: z
    .array(
      z.object({
        name: z.string(),
        user: z.union([
          z.object({ "client-certificate-data": base64, "client-key-data": base64 }),
          z.object({ token: z.string().min(1) }),
        ]),
      }),
    )
    .min(1),
});

/** How to reach an API server, whom to trust, and the account. All but the server and the certificates is secret. */
export interface ApiAccess {
  server: URL;
  /** Name that the server's certificate must have, if it is not the one in the URL. */
  serverName?: string;
  /** Certificates of the cluster's CA, PEM. */
  ca: string;
  /** Client certificate and key, PEM. */
  cert?: string;
  key?: string;
  token?: string;
}

/** What a text is as a kubeconfig. */
export type ReadKubeconfig =
  | { kind: "kubeconfig"; access: ApiAccess }
  /** Has nothing of the text, which is secret. */
  | { kind: "broken"; why: string };

/** Reads the current context of a kubeconfig. It never throws. */
export function readKubeconfig(text: string): ReadKubeconfig {
  const broken = (why: string): ReadKubeconfig => ({ kind: "broken", why });
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return broken("the kubeconfig is no YAML");
  }
  const read = kubeconfigSchema.safeParse(value);
  if (!read.success) {
    const places = read.error.issues.map(({ path }) => path.join(".") || "its top");
    return broken(`the kubeconfig lacks what it needs at ${[...new Set(places)].join(", ")}`);
  }
  const { clusters, contexts, users } = read.data;
  const current = contexts.find(({ name }) => name === read.data["current-context"])?.context;
  const cluster = current === undefined ? clusters[0] : named(clusters, current.cluster);
  const user = current === undefined ? users[0] : named(users, current.user);
  if (cluster === undefined || user === undefined) {
    return broken(
      "the kubeconfig's current context names a cluster or a user that it does not have",
    );
  }
  const ca = decoded(cluster.cluster["certificate-authority-data"]);
  const who = user.user;
  const access: ApiAccess = {
    server: new URL(cluster.cluster.server),
    ...(cluster.cluster["tls-server-name"] === undefined
      ? {}
      : { serverName: cluster.cluster["tls-server-name"] }),
    ca,
    ...("token" in who
      ? { token: who.token }
      : {
          cert: decoded(who["client-certificate-data"]),
          key: decoded(who["client-key-data"]),
        }),
  };
  if (certificate(ca) === undefined) {
    return broken("the kubeconfig's CA is no certificate");
  }
  if (access.cert !== undefined && certificate(access.cert) === undefined) {
    return broken("the kubeconfig's client certificate is none");
  }
  return { kind: "kubeconfig", access };
}

/** The first certificate of a PEM text. Undefined if there is none. */
export function certificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function named<T extends { name: string }>(all: readonly T[], name: string): T | undefined {
  return all.find((one) => one.name === name);
}

function decoded(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
