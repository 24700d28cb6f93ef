import type { X509Certificate } from "node:crypto";

import { clientCertificateOf } from "../../cluster/certificates/kubeconfigCertificate";
import { readCertificates } from "../../environment/load/certificate";
import { certificate, readKubeconfig } from "../../kubernetes/kubeconfig";
import { PRINT_CLOCK } from "./clock";

/** What renews a certificate. */
export type Renewal = "timer" | "kubelet" | "up" | "nothing";

/** The certificates of a cluster, in the order in which they are shown. */
export const CERTIFICATES = {
  apiserver: ["API server", "timer"],
  "apiserver-kubelet-client": ["API server, to kubelets", "timer"],
  "apiserver-etcd-client": ["API server, to etcd", "timer"],
  "front-proxy-client": ["API server, to extensions", "timer"],
  "etcd-server": ["etcd server", "timer"],
  "etcd-peer": ["etcd peer", "timer"],
  "etcd-healthcheck-client": ["etcd health check", "timer"],
  "controller-manager": ["controller-manager.conf", "timer"],
  scheduler: ["scheduler.conf", "timer"],
  admin: ["admin.conf", "timer"],
  kubeconfig: ["kubeconfig in the state", "up"],
  "kubelet-client": ["kubelet client", "kubelet"],
  "kubelet-server": ["kubelet serving", "kubelet"],
  ca: ["CA of the cluster", "nothing"],
  "etcd-ca": ["CA of etcd", "nothing"],
  "front-proxy-ca": ["CA of extensions", "nothing"],
} as const satisfies Record<string, readonly [title: string, renewal: Renewal]>;

export type CertificateKind = keyof typeof CERTIFICATES;

/** Files with certificates, relative to the machine's root. */
const FILES: readonly (readonly [CertificateKind, string])[] = [
  ["apiserver", "etc/kubernetes/pki/apiserver.crt"],
  ["apiserver-kubelet-client", "etc/kubernetes/pki/apiserver-kubelet-client.crt"],
  ["apiserver-etcd-client", "etc/kubernetes/pki/apiserver-etcd-client.crt"],
  ["front-proxy-client", "etc/kubernetes/pki/front-proxy-client.crt"],
  ["etcd-server", "etc/kubernetes/pki/etcd/server.crt"],
  ["etcd-peer", "etc/kubernetes/pki/etcd/peer.crt"],
  ["etcd-healthcheck-client", "etc/kubernetes/pki/etcd/healthcheck-client.crt"],
  ["kubelet-client", "var/lib/kubelet/pki/kubelet-client-current.pem"],
  ["kubelet-server", "var/lib/kubelet/pki/kubelet-server-current.pem"],
  ["ca", "etc/kubernetes/pki/ca.crt"],
  ["etcd-ca", "etc/kubernetes/pki/etcd/ca.crt"],
  ["front-proxy-ca", "etc/kubernetes/pki/front-proxy-ca.crt"],
];

/** Kubeconfigs below /etc/kubernetes that carry a certificate. */
const KUBECONFIGS: readonly CertificateKind[] = ["admin", "controller-manager", "scheduler"];

/**
 * Bash that prints the clock and the certificates of a machine, each of these after a line that says which it is. Of each file only the blocks that are
 * certificates: some have their key beside them. It changes nothing, and passes over what a machine does not have.
 *
 * @param root - Where the machine's files are. Given by tests.
 */
export function certificatesScript(root = "/"): string {
  return `{
${PRINT_CLOCK}
show() {
  [[ ! -r $2 ]] || { echo "certificate $1"; awk '/^-----BEGIN CERTIFICATE-----$/, /^-----END CERTIFICATE-----$/' "$2"; }
}
${FILES.map(([kind, file]) => `show ${kind} ${root}${file}`).join("\n")}
for name in ${KUBECONFIGS.join(" ")}; do
  file=${root}etc/kubernetes/$name.conf
  [[ ! -r $file ]] || show "$name" <(${clientCertificateOf('"$file"')})
done
echo end
} </dev/null
`;
}

/** What was found of one certificate; undefined when it cannot be read. */
export interface FoundCertificate {
  kind: CertificateKind;
  certificate: X509Certificate | undefined;
}

/**
 * Reads what the script prints.
 * @throws Error when it is cut off.
 */
export function parseCertificates(printed: string): FoundCertificate[] {
  const parts = printed.split(/^certificate (.*)\n/m).slice(1);
  if (!/^end$/m.test(printed)) {
    throw new Error("its certificates were not printed to the end");
  }
  return parts.flatMap((part, index) =>
    index % 2 === 0 && part in CERTIFICATES
      ? [
          {
            kind: part as CertificateKind,
            // A server's own stands before those of its authority.
            certificate: readCertificates(parts[index + 1])?.[0],
          },
        ]
      : [],
  );
}

/** The client certificate of a kubeconfig; undefined when it has none that can be read. The text is a secret. */
export function clientCertificate(kubeconfig: string): X509Certificate | undefined {
  const read = readKubeconfig(kubeconfig);
  return read.kind === "broken" || read.access.cert === undefined
    ? undefined
    : certificate(read.access.cert);
}
