import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { z } from "zod";

import { withTemporaryFolder } from "../lib/temporaryFolder";
import type { Answer, ApiReader } from "./apiReader";

/** A member of the cluster's etcd; one that has not started yet has no name. */
export interface EtcdMember {
  name: string;
  peerURLs: string[];
}

/** A member as etcd lists it. */
export interface ListedMember extends EtcdMember {
  /** Hexadecimal, as etcdctl takes it. */
  id: string;
  /** Empty before it has started. */
  clientURLs: string[];
  /** Whether it has no vote yet. */
  isLearner: boolean;
}

/** Seconds for etcd to list its members. */
const DEADLINE_SECONDS = 20;

/** Folder of etcd's certificates in its pod, as kubeadm mounts it. */
const PKI = "/etc/kubernetes/pki/etcd";

const podsSchema = z.object({
  kind: z.literal("PodList"),
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
});

const membersSchema = z.object({
  members: z.array(
    z
      .object({
        ID: z.string(),
        name: z.string().default(""),
        peerURLs: z.array(z.string()).default([]),
        clientURLs: z.array(z.string()).default([]),
        isLearner: z.boolean().default(false),
      })
      .transform(({ ID, ...rest }) => ({ id: ID, ...rest })),
  ),
});

/**
 * Lists the members of etcd with etcdctl, in the first ready pod of etcd that answers: the pod of a node that has left a moment ago is
 * ready in the API for a while. Needs kubectl in PATH. It never throws.
 */
export async function listEtcdMembers(
  kubeconfig: string,
  reader: ApiReader,
): Promise<Answer<EtcdMember[]>> {
  const path = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Detcd";
  const pods = await reader.get(path, podsSchema);
  if (pods.kind !== "answered") {
    return pods;
  }
  const ready = pods.value.items.filter(({ status }) =>
    status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
  const faults: string[] = [];
  for (const { metadata } of ready) {
    try {
      return readMembers(await etcdctl(kubeconfig, metadata.name, ["member", "list"]));
    } catch (error) {
      const { stderr, message, code } = error as Error & { stderr?: string; code?: unknown };
      if (code === "ENOENT") {
        const why = "kubectl, with which it is asked, is not on this machine's PATH";
        return { kind: "unreadable", why: `etcd in ${metadata.name}: ${why}` };
      }
      faults.push(`etcd in ${metadata.name}: ${(stderr || message).trim()}`);
    }
  }
  return { kind: "unreadable", why: faults.join("; ") || "no pod of etcd is ready" };
}

/** What `etcdctl member list --write-out=json` has printed. */
export function readMembers(printed: string): Answer<ListedMember[]> {
  const read = membersSchema.safeParse(etcdJson(printed));
  return read.success
    ? { kind: "answered", value: read.data.members }
    : { kind: "unreadable", why: "etcdctl has not printed a list of members" };
}

/**
 * What etcdctl has printed as JSON, with the ids of members as hexadecimal texts; undefined where it is no JSON. etcdctl prints an id as
 * a number, which has 64 bits and loses some of them in a number of JavaScript, and takes it as a hexadecimal text.
 */
export function etcdJson(printed: string): unknown {
  const ids = printed.replace(
    /("(?:ID|leader)"\s*:\s*)(\d+)/g,
    (_, key: string, id: string) => `${key}"${BigInt(id).toString(16)}"`,
  );
  try {
    return JSON.parse(ids);
  } catch {
    return undefined;
  }
}

/** An etcdctl command for the container of etcd, whose files prove who asks. It prints JSON. */
export function etcdctlCommand(endpoint: string, ...args: string[]): string[] {
  return [
    ...["etcdctl", "--endpoints", endpoint, "--cacert", `${PKI}/ca.crt`],
    ...["--cert", `${PKI}/server.crt`, "--key", `${PKI}/server.key`],
    ...["--write-out=json", ...args],
  ];
}

function etcdctl(kubeconfig: string, pod: string, command: string[]): Promise<string> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, "kubeconfig");
    writeFileSync(file, kubeconfig, { mode: 0o600 });
    const { stdout } = await promisify(execFile)(
      "kubectl",
      [
        ...["--kubeconfig", file, `--request-timeout=${DEADLINE_SECONDS}s`],
        ...["--namespace", "kube-system", "exec", pod, "--"],
        ...etcdctlCommand("https://127.0.0.1:2379", ...command),
      ],
      { env: process.env, timeout: (DEADLINE_SECONDS + 5) * 1000 },
    );
    return stdout;
  });
}
