import type { Kubectl, KubernetesObject } from "../../kubernetes/kubectl";
import { OperatorError } from "../../lib/operatorError";
import { Etcd, type EtcdApi } from "../leaving/etcd";
import type { LeavingNode } from "../leaving/ownNode";
import type { MemberHealth } from "../leaving/quorum";
import { WAITS } from "../leaving/waits";

/** What the running cluster says of its members. */
export interface ObservedMembers {
  nodes: readonly LeavingNode[];
  etcd: readonly MemberHealth[] | { why: string };
  /** Names of the Nodes whose own API server is ready. Its kubelet asks it for that at the Node's address. */
  apiServers: ReadonlySet<string>;
}

interface StaticPod extends KubernetesObject {
  spec: { nodeName?: string };
  status?: { conditions?: { type: string; status: string }[] };
}

/**
 * Asks etcd and the control planes, at the same time. Each is asked once: this tells how they are now.
 * @throws OperatorError when the API does not answer.
 */
export async function observeMembers(
  api: Pick<Kubectl, "exec" | "list">,
  nodes: readonly LeavingNode[],
): Promise<ObservedMembers> {
  const [etcd, pods] = await Promise.all([
    askEtcd(api, nodes),
    api.list<StaticPod>("pods", {
      namespace: "kube-system",
      selector: "component=kube-apiserver",
    }),
  ]);
  const ready = pods.filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
  return { nodes, etcd, apiServers: new Set(ready.map(({ spec }) => spec.nodeName ?? "")) };
}

/** It looks once where etcd's pods are: each look would be a process more. */
async function askEtcd(
  api: Pick<Kubectl, "exec" | "list">,
  nodes: readonly LeavingNode[],
): Promise<ObservedMembers["etcd"]> {
  try {
    const pods = await api.list("pods", { namespace: "kube-system", selector: "component=etcd" });
    const known: EtcdApi = {
      exec: (...command) => api.exec(...command),
      list: <T extends KubernetesObject>(kinds: string) =>
        Promise.resolve([...(kinds === "nodes" ? nodes : pods)] as T[]),
    };
    const etcd = new Etcd(known, undefined);
    return await etcd.healthOfAll(await etcd.members(), { ...WAITS, health: 0, interval: 0 });
  } catch (error) {
    if (!(error instanceof OperatorError)) {
      throw error;
    }
    return { why: error.fault.why ?? error.fault.what };
  }
}
