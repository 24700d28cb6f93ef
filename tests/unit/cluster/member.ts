import { stringify } from "yaml";

import { RENEWAL } from "../../../cluster/certificates/renewal";
import { run } from "../ssh/bash";
import { caPem } from "./certificates";

/** What kubectl prints, on its error output too, when it asks for a node. */
export const said = {
  member: (node: string) => `node/${node}`,
  notFound: (node: string) => `Error from server (NotFound): nodes "${node}" not found`,
  unauthorized: "error: You must be logged in to the server (Unauthorized)",
  forbidden: 'Error from server (Forbidden): nodes "x" is forbidden: User "y" cannot get resource',
  otherServer:
    "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority",
  expired:
    "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2027-11-29T00:00:00Z is after 2027-11-28T00:00:00Z",
  clockOff:
    "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2025-11-29T00:00:00Z is before 2026-11-28T00:00:00Z",
  busy: "Error from server (TooManyRequests): the server has received too many requests",
  starting:
    "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
  silent: "Unable to connect to the server: dial tcp 172.30.10.45:6443: i/o timeout",
  noSuchPath: "Error from server (NotFound): the server could not find the requested resource",
};

/** A machine of a test: the folder that stands for its root, and how programs on it answer. */
export interface FakeMachine {
  /** Bash that fills the folder, which is where it runs. */
  files: string;
  /** What kubectl says, one line of bash for each question; the last one is repeated. By the words it was asked with. */
  kubectl: Record<string, string[]>;
  /** Other programs. Without an entry the usual ones succeed and leave what they were asked in the log. */
  programs?: Record<string, string>;
  stdin?: string;
}

/** Bash for kubectl: to print it, and to fail where it is an error. */
export const answers = (...texts: string[]): string[] =>
  texts.map((text) =>
    /^Error|^error|^Unable/.test(text) ? `echo '${text}' >&2; exit 1` : `echo '${text}'`,
  );

/** Input of a join: its configuration, and where the cluster is found. */
export const joinInput = ["kind: JoinConfiguration\n", discovery()].join("---\n");

function discovery(): string {
  const data = Buffer.from(caPem).toString("base64");
  return stringify({ clusters: [{ cluster: { "certificate-authority-data": data } }] });
}

/** Runs a whole script on such a machine; each pause counts as half a minute. The log has what was done. */
export function onMachine(
  script: string,
  { files, kubectl, programs, stdin = joinInput }: FakeMachine,
) {
  const inFolder = script
    .replaceAll(/(?<=[ "'=<>!(])\/(etc|var|run|proc)(?=\/)/g, "$FOLDER/$1")
    .replaceAll("/usr/local/sbin/", "$FOLDER/bin/")
    .replaceAll("sleep 0.5", "SECONDS=$((SECONDS + 30))");
  const logged = (name: string) => `echo "${name} $*" >>"$FOLDER/log"`;
  const cases = Object.entries(kubectl).map(([words, lines], index) => {
    const last = lines.length;
    const steps = lines.map((line, step) => `${step + 1}) ${line} ;;`).join("\n");
    return `*"${words}"*) n=$(($(cat "$FOLDER/n${index}" 2>/dev/null || echo 0) + 1)); ((n <= ${last})) || n=${last}
echo $n >"$FOLDER/n${index}"
case $n in
${steps}
esac ;;`;
  });
  return run(
    `cd "$FOLDER"
mkdir -p run/sitewright etc/kubernetes var/lib/kubelet var/lib/sitewright
cat >stdin <<'INPUT'
${stdin}INPUT
(
${files}
)
exec <stdin
${inFolder}`,
    {
      kubectl: `case "$*" in
${cases.join("\n")}
*) ${logged("kubectl")} ;;
esac`,
      kubeadm: logged("kubeadm"),
      systemctl: logged("systemctl"),
      kubelet: "echo Kubernetes v1.36.3",
      [RENEWAL]: logged(RENEWAL),
      ...Object.fromEntries(
        [
          "ip",
          "iptables-save",
          "ip6tables-save",
          "ipset",
          "flock",
          "chown",
          "install",
          "chmod",
        ].map((name) => [name, "exit 0"]),
      ),
      hostname: "echo machine",
      ...programs,
    },
  );
}
