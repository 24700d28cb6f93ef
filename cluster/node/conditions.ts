import { poll, quote, script } from "../../lib/bash";

/** A value of an object of the API that belongs to a node. */
interface Value {
  /** JSONPath in the object; it may give several values. */
  path: string;
  /** The value in question, `*` standing for any text in it. */
  value: string;
  /** Message for a node that does not meet the condition. */
  otherwise: string;
}

/** A condition that all nodes must meet. */
export interface NodeCondition {
  /** As it reads in "<what>: not so after 300 s". */
  what: string;
  /** Kind of the objects, which have the names of the nodes. */
  resource: "nodes" | "csinodes";
  /** Value that must be there. */
  present: Value;
  /** Value that must be gone. Default: none. */
  absent?: Value;
  /** Command that shows why the condition is not met. */
  look: string;
  deadlineSeconds: number;
}

/**
 * Bash for a control plane that waits until all of these nodes meet the condition. At the deadline it names every node that does not,
 * with the reason.
 */
export function awaitNodesScript(nodes: readonly string[], condition: NodeCondition): string {
  const { what, resource, present, absent, look, deadlineSeconds } = condition;
  const columns = ["{.metadata.name}", present.path, absent?.path ?? ""].join('{"|"}');
  return script(
    `nodes=(${nodes.map(quote).join(" ")})
# has VALUES PATTERN: true when one of the values, separated by blanks, matches.
has() {
  local value
  for value in $1; do
    [[ $value != $2 ]] || return 0
  done
  return 1
}
lacks() {
  echo "$name: $1"
  complete=no
}
every_node() {
  local objects name object present absent complete=yes
  objects=$(kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=5s get ${resource} --output jsonpath=${quote(`{range .items[*]}${columns}{"\\n"}{end}`)}) || return 1
  for name in "\${nodes[@]}"; do
    if ! object=$(grep --max-count=1 "^$name|" <<<"$objects"); then
      lacks ${quote(`not among the ${resource}`)}
      continue
    fi
    IFS='|' read -r _ present absent <<<"$object"
    has "$present" ${quote(present.value)} || lacks ${quote(present.otherwise)}${
      absent === undefined
        ? ""
        : `\n    if has "$absent" ${quote(absent.value)}; then lacks ${quote(absent.otherwise)}; fi`
    }
  done
  [[ $complete == yes ]] || { echo ${quote(`Why: ${look}`)}; return 1; }
}`,
    poll({ what, command: "every_node", deadlineSeconds }),
  );
}

/** Every node has the providerID of its machine, and pods may come to it. */
export const INITIALIZED: NodeCondition = {
  what: "the cloud controller manager has found the machines of all nodes in the vCenter",
  resource: "nodes",
  present: { path: "{.spec.providerID}", value: "vsphere://*", otherwise: "has no providerID" },
  absent: {
    path: "{.spec.taints[*].key}",
    value: "node.cloudprovider.kubernetes.io/uninitialized",
    otherwise: "still has the taint that keeps pods off",
  },
  look: "kubectl --namespace kube-system logs daemonset/vsphere-cloud-controller-manager",
  deadlineSeconds: 300,
};

/** Every node can mount what the CSI driver attaches to its machine. */
export const DRIVER_REGISTERED: NodeCondition = {
  what: "vSphere's CSI driver is there on all nodes",
  resource: "csinodes",
  present: {
    path: "{.spec.drivers[*].name}",
    value: "csi.vsphere.vmware.com",
    otherwise: "does not have the driver csi.vsphere.vmware.com",
  },
  look: "kubectl --namespace vmware-system-csi logs --all-containers --prefix --selector app=vsphere-csi-node",
  deadlineSeconds: 300,
};
