import type { Environment } from "../../environment/schema";
import { FIELD_MANAGER } from "../../kubernetes/fieldManager";
import { clientCertificateOf } from "./kubeconfigCertificate";
import { RENEW_BELOW_HOURS } from "./lifetime";
import { CERTIFICATE_CONFIG } from "./renewal";

/** The kubeconfig that these programs and the operator have, on the first control plane. */
const FILE = "/etc/kubernetes/operator.conf";

/** ClusterRoleBinding that makes administrators of the group of one generation alone. */
const BINDING = "sitewright:operators";

/** A day more than what lets an update ask for another one: the clocks of both machines may differ. */
const REISSUE_BELOW_SECONDS = (RENEW_BELOW_HOURS + 24) * 3600;

/**
 * Bash function `operator_kubeconfig`: sees to it that FILE has a kubeconfig of this generation with enough of its year left, and prints
 * it. Its user is named after the moment of the issue, for the audit log; its group after the generation. Only the binding of the group
 * gives it rights, so another generation takes them from all kubeconfigs of former ones at once: a client certificate itself cannot be
 * revoked. admin.conf stays on the control planes, where kubeadm needs it.
 */
export function operatorKubeconfigFunction({
  kubernetes,
}: Pick<Environment, "kubernetes">): string {
  const group = `${BINDING}:${kubernetes.kubeconfigGeneration}`;
  const admin = "kubectl --kubeconfig /etc/kubernetes/admin.conf";
  return `operator_kubeconfig() {
  local certificate=none
  if [[ -f ${FILE} ]]; then
    certificate=$(${clientCertificateOf(FILE)}) || certificate=none
  fi
  if ! openssl x509 -noout -checkend ${REISSUE_BELOW_SECONDS} <<<"$certificate" >/dev/null 2>&1 ||
    [[ $(openssl x509 -noout -subject -nameopt RFC2253 <<<"$certificate"), != *O=${group},* ]]; then
    kubeadm kubeconfig user --config ${CERTIFICATE_CONFIG} --client-name "operator:$(date --utc +%Y-%m-%dT%H:%M:%SZ)" --org ${group} >${FILE}.new
    mv ${FILE}.new ${FILE}
  fi
  ${admin} create clusterrolebinding ${BINDING} --clusterrole cluster-admin --group ${group} --dry-run=client --output yaml |
    ${admin} apply --server-side --force-conflicts --field-manager ${FIELD_MANAGER} --filename - >&2
  cat ${FILE}
}`;
}
