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
    z.object({ name: z.string().default(""), peerURLs: z.array(z.string()).default([]) }),
  ),
});

/** Lists the members of etcd with etcdctl, in a ready pod of etcd. Needs kubectl in PATH. It never throws. */
export async function listEtcdMembers(
  kubeconfig: string,
  reader: ApiReader,
): Promise<Answer<EtcdMember[]>> {
  const path = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Detcd";
  const pods = await reader.get(path, podsSchema);
  if (pods.kind !== "answered") {
    return pods;
  }
  const ready = pods.value.items.find(({ status }) =>
    status.conditions.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
  if (ready === undefined) {
    return { kind: "unreadable", why: "no pod of etcd is ready" };
  }
  try {
    return readMembers(await etcdctl(kubeconfig, ready.metadata.name, ["member", "list"]));
  } catch (error) {
    const { stderr, message, code } = error as Error & { stderr?: string; code?: unknown };
    const why =
      code === "ENOENT"
        ? "kubectl, with which it is asked, is not on this machine's PATH"
        : (stderr || message).trim();
    return { kind: "unreadable", why: `etcd in ${ready.metadata.name}: ${why}` };
  }
}

/** What `etcdctl member list --write-out=json` has printed. */
export function readMembers(printed: string): Answer<EtcdMember[]> {
  let value: unknown;
  try {
    value = JSON.parse(printed);
  } catch {
    value = undefined;
  }
  const read = membersSchema.safeParse(value);
  return read.success
    ? { kind: "answered", value: read.data.members }
    : { kind: "unreadable", why: "etcdctl has not printed a list of members" };
}

function etcdctl(kubeconfig: string, pod: string, command: string[]): Promise<string> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, "kubeconfig");
    writeFileSync(file, kubeconfig, { mode: 0o600 });
    const { stdout } = await promisify(execFile)(
      "kubectl",
      [
        ...["--kubeconfig", file, `--request-timeout=${DEADLINE_SECONDS}s`],
        ...["--namespace", "kube-system", "exec", pod, "--", "etcdctl"],
        ...["--endpoints", "https://127.0.0.1:2379", "--cacert", `${PKI}/ca.crt`],
        ...["--cert", `${PKI}/server.crt`, "--key", `${PKI}/server.key`],
        ...["--write-out=json", ...command],
      ],
      { env: process.env, timeout: (DEADLINE_SECONDS + 5) * 1000 },
    );
    return stdout;
  });
}
