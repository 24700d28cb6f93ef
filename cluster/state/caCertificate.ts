import { parse } from "yaml";
import { z } from "zod";

import { Refusal } from "../../pulumi/refusal";

/** The part of a kubeconfig with the CA. */
const kubeconfigSchema = z.object({
  clusters: z
    .array(z.object({ cluster: z.object({ "certificate-authority-data": z.string().min(1) }) }))
    .min(1),
});

/**
 * The certificate of the cluster's CA in a kubeconfig, PEM.
 *
 * @throws Refusal when the text is no kubeconfig with an embedded CA. The text is a secret and does not show.
 */
export function caCertificate(kubeconfig: string): string {
  const result = kubeconfigSchema.safeParse(parse(kubeconfig));
  if (!result.success) {
    throw new Refusal(
      "The first control plane did not print a kubeconfig with an embedded CA; look at /etc/kubernetes/admin.conf there.",
    );
  }
  const [{ cluster }] = result.data.clusters;
  return Buffer.from(cluster["certificate-authority-data"], "base64").toString("utf8");
}
