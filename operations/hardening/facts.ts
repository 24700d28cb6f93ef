import { API_SERVER_FILES, AUDIT_LOG_FOLDER } from "../../cluster/hardening/paths";

/** What was read of one node. */
export interface NodeFacts {
  name: string;
  role: "control-plane" | "worker";
  /** Programs of Kubernetes that run there: their account's number, and their flags without the dashes. */
  programs: Map<string, { uid: string; flags: Map<string, string> }>;
  /** Files and folders by path. */
  files: Map<string, { mode: number; owner: string }>;
  /** Secrets in etcd by the name of the key that encrypted them; "none" for those in the clear. */
  secrets: Map<string, number>;
  /** Names of the keys in the API server's configuration. */
  keys: string[];
  /** The kubelet's configuration as it runs with it; undefined when it does not answer the API server. */
  kubelet?: Record<string, unknown>;
}

/** Programs whose flags count. */
const PROGRAMS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kubelet"];

/** Folders of which every file counts, and single ones. */
const PLACES = [
  "/etc/kubernetes",
  "/etc/cni/net.d",
  "/var/lib/kubelet/config.yaml",
  AUDIT_LOG_FOLDER,
];

/**
 * Bash that prints what counts, a line for each thing, its parts with tabs between them. It changes nothing, and prints no
 * secret: of keys their names, of Secrets how many there are of each key.
 */
export const FACTS_SCRIPT = `{
for name in ${PROGRAMS.join(" ")}; do
  for pid in $(pidof "$name" || true); do
    printf 'program\\t%s\\t%s\\n' "$name" "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")"
    tr '\\0' '\\n' <"/proc/$pid/cmdline" | sed -n "s/^--/flag\\t$name\\t/p"
  done
done
for place in ${PLACES.join(" ")} $(systemctl show --property FragmentPath,DropInPaths --value kubelet); do
  [[ ! -e $place ]] || find "$place" -printf 'file\\t%m\\t%u:%g\\t%p\\n'
done
if [[ -d /var/lib/etcd ]]; then
  find /var/lib/etcd -maxdepth 0 -printf 'file\\t%m\\t%u:%g\\t%p\\n'
fi
if etcd=$(pidof etcd); then
  pki=/etc/kubernetes/pki/etcd
  # The program of the image that runs: a node has none of its own.
  secrets() {
    "/proc/\${etcd%% *}/root/usr/local/bin/etcdctl" --endpoints https://127.0.0.1:2379 --cacert $pki/ca.crt \\
      --cert $pki/healthcheck-client.crt --key $pki/healthcheck-client.key get /registry/secrets/ --prefix "$@"
  }
  total=$(secrets --keys-only | grep -c ^/registry/secrets/ || true)
  while read -r count name; do
    printf 'secrets\\t%s\\t%s\\n' "$name" "$count"
    total=$((total - count))
  done < <(secrets --print-value-only | grep --text --only-matching '^k8s:enc:secretbox:v1:[^:]*:' | cut -d: -f5 | sort | uniq --count)
  printf 'secrets\\tnone\\t%s\\n' "$total"
  awk '$2 == "name:" { print "key\\t" $3 }' ${API_SERVER_FILES.encryption}
fi
} </dev/null # the script itself is on standard input
`;

/** Reads what FACTS_SCRIPT printed. */
export function parseFacts(
  { name, role }: Pick<NodeFacts, "name" | "role">,
  text: string,
): NodeFacts {
  const facts: NodeFacts = {
    ...{ name, role, keys: [] },
    ...{ programs: new Map(), files: new Map(), secrets: new Map() },
  };
  for (const line of text.split("\n")) {
    const [kind, ...parts] = line.split("\t");
    switch (kind) {
      case "program":
        facts.programs.set(parts[0], { uid: parts[1], flags: new Map() });
        break;
      case "flag": {
        const [flag, ...value] = parts[1].split("=");
        facts.programs.get(parts[0])?.flags.set(flag, value.join("="));
        break;
      }
      case "file":
        facts.files.set(parts[2], { mode: Number.parseInt(parts[0], 8), owner: parts[1] });
        break;
      case "secrets":
        facts.secrets.set(parts[0], Number(parts[1]));
        break;
      case "key":
        facts.keys.push(parts[0]);
        break;
    }
  }
  return facts;
}
