import { type Answers, each } from "./answer";

const GENERATION = "raise `nodes[].generation` in the same edit";

/** Sections that the stack infra reads first: machines, networks, and what the programs log in with. */
export const machineChanges: Answers = {
  ...each(["domain", "ssh.user", "packages.manager"], {
    kind: "refused",
    by: ["infra"],
    way: "set it back: machines are made with it. Another one is another site",
  }),
  ...each(["vsphere.server", "vsphere.insecure", "vsphere.thumbprint"], {
    kind: "applied",
    by: ["infra", "cluster"],
    how: "the programs and the cloud provider call the vCenter by it; another vCenter has none of the machines, and refuses them",
  }),
  ...each(["vsphere.certificateAuthority"], {
    kind: "applied",
    by: ["cluster"],
    how: "what runs in the cluster verifies the vCenter by it, and so does every command",
  }),
  ...each(["vsphere.user", "vsphere.manageAccess", "vsphere.volumeDatastores"], {
    kind: "applied",
    by: ["infra"],
    how: "infra logs in with the account, and gives rights where it manages them",
  }),
  ...each(["vsphere.accounts.cloudProvider", "vsphere.accounts.csi"], {
    kind: "applied",
    by: ["infra", "cluster"],
    how: "infra gives the account its rights, then cluster gives it to what logs in with it",
  }),
  ...each(["vsphere.passwordLifetimeDays"], {
    kind: "read",
    how: "`make status` and every `up` count by it",
  }),
  ...each(["vsphere.address", "nas.name", "nas.address"], {
    kind: "read",
    how: "`make flows`, the checks of the file, and what a machine tries before it joins",
  }),
  ...each(["placeholders[].keys", "placeholders[].reason"], {
    kind: "read",
    how: "`make preflight` and `make up` list them before infra makes machines",
  }),
  ...each(["flows[].from", "flows[].to", "flows[].protocol", "flows[].ports", "flows[].reason"], {
    kind: "read",
    how: "`make flows`; the firewall between the zones is the owner's",
  }),
  ...each(["vsphere.datacenter", "vsphere.networkInterface"], {
    kind: "refused",
    by: ["infra"],
    way: "set it back: machines are made with it",
  }),
  ...each(
    [
      "vsphere.cluster",
      "vsphere.resourcePool",
      "zones.<name>.cluster",
      "zones.<name>.resourcePool",
    ],
    { kind: "applied", by: ["infra"], how: "the vCenter moves the machines, which go on running" },
  ),
  ...each(["vsphere.folder"], {
    kind: "applied",
    by: ["infra"],
    how: "the vCenter moves the folder with its machines",
  }),
  ...each(
    [
      "vsphere.datastore",
      "zones.<name>.datastore",
      "vsphere.template",
      "vsphere.clone",
      "vsphere.diskFormat",
      "vsphere.hardwareVersion",
    ],
    {
      kind: "made",
      by: ["infra"],
      how: "counts when a machine is cloned; a machine that is there is replaced by its `generation`",
    },
  ),
  ...each(["vsphere.tags", "vsphere.separateHosts"], {
    kind: "applied",
    by: ["infra"],
    how: "without a restart of a machine",
  }),
  ...each(["packages.pins"], {
    kind: "applied",
    by: ["infra", "cluster"],
    how: "the package is installed in that version and held; the kubelet's and kubeadm's are refused on a member",
  }),
  ...each(["packages.source"], {
    kind: "applied",
    by: ["cluster"],
    how: "nodes install the other source's packages in the same version; not tried where Kubernetes runs: replace the nodes there",
  }),
  ...each(
    ["packages.repositories[].name", "packages.repositories[].url", "packages.repositories[].key"],
    {
      kind: "applied",
      by: ["cluster"],
      how: "the repository's files are written on the nodes; installed packages stay, and one that is taken out of the list stays known",
    },
  ),
  ...each(["timeServers"], {
    kind: "applied",
    by: ["infra", "cluster"],
    how: "load balancers first, then nodes; clocks go on. Without the key machines keep what they have; an empty list takes it back",
  }),
  ...each(["zones.<name>.portGroup"], {
    kind: "applied",
    by: ["infra"],
    how: "the vCenter connects the machines' cards elsewhere, all at once: the network there must be the same",
  }),
  ...each(["zones.<name>.cidr", "zones.<name>.gateway", "zones.<name>.dnsServers"], {
    kind: "made",
    by: ["infra"],
    how: "counts at the first boot of a machine. `up` names the machines that have another value, until another `generation` replaces them",
  }),
  ...each(
    [
      "zones.<name>.labels",
      "zones.<name>.taints[].key",
      "zones.<name>.taints[].value",
      "zones.<name>.taints[].effect",
      "nodes[].labels",
    ],
    {
      kind: "applied",
      by: ["cluster"],
      how: "nodes get them; a taint NoExecute moves pods at once",
    },
  ),
  ...each(["loadBalancer.name", "loadBalancer.pair.name"], {
    kind: "refused",
    by: ["infra"],
    way: "no machine changes its name: give the new one another address in the same edit",
  }),
  ...each(["loadBalancer.zone", "loadBalancer.address", "loadBalancer.pair.address"], {
    kind: "applied",
    by: ["infra", "cluster"],
    how: "the machine is replaced; the other one of a pair serves meanwhile. Of one that is alone the API and the ingress move: their names must follow",
  }),
  ...each(["loadBalancer.pair.virtualAddress"], {
    kind: "applied",
    by: ["infra", "cluster"],
    how: "the API and the ingress move there: their names must follow",
  }),
  ...each(["loadBalancer.pair.routerId"], {
    kind: "applied",
    by: ["infra"],
    how: "keepalived takes it in, on one machine after the other",
  }),
  ...each(["loadBalancer.proxyProtocol"], {
    kind: "applied",
    by: ["infra", "apps"],
    how: "on: Traefik's pods are replaced one by one, then `make up` brings infra up once more, and HAProxy is reloaded; off: the other way round",
  }),
  ...each(["loadBalancer.cpus", "loadBalancer.memoryMiB"], {
    kind: "applied",
    by: ["infra"],
    how: "the machine is restarted; of a pair one after the other ([membership.md](membership.md))",
  }),
  ...each(["loadBalancer.memoryReservation", "nodes[].memoryReservation"], {
    kind: "applied",
    by: ["infra"],
    how: "the machine goes on running",
  }),
  ...each(["loadBalancer.diskGiB"], {
    kind: "refused",
    by: ["infra"],
    way: "give the load balancer another name and address in the same edit",
  }),
  ...each(["nodes[].name"], {
    kind: "refused",
    by: ["infra"],
    way: "no machine changes its name: list the new one with another address, and leave the old one out",
  }),
  ...each(["nodes[].role"], {
    kind: "refused",
    by: ["infra", "cluster"],
    way: "take the node out, run `make up`, and list it again",
  }),
  ...each(["nodes[].zone", "nodes[].address", "nodes[].generation"], {
    kind: "applied",
    by: ["infra", "cluster"],
    how: "the node leaves the cluster, its machine is replaced, and joins ([membership.md](membership.md))",
  }),
  ...each(["nodes[].cpus", "nodes[].memoryMiB"], {
    kind: "applied",
    by: ["infra"],
    how: "the node is drained and its machine restarted, in order ([membership.md](membership.md))",
  }),
  ...each(["nodes[].diskGiB"], { kind: "refused", by: ["infra"], way: GENERATION }),
  protection: {
    kind: "applied",
    by: ["infra"],
    how: "the machines of nodes are protected from deletion, or no longer; nothing is done to them. The policies ask for more, or less, from the next preview on",
  },
  ...each(["maintenance.drainSeconds"], {
    kind: "applied",
    by: ["cluster"],
    how: "counts for every node that leaves or is restarted from then on",
  }),
  ...each(["maintenance.maxUnavailable"], {
    kind: "read",
    how: "counts for the next restarts and replacements",
  }),
};
