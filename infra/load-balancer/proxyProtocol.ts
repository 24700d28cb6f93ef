import * as pulumi from "@pulumi/pulumi";

import { believedProxies } from "../../environment/contracts";
import { proxyAddresses } from "../../environment/loadBalancers";
import type { Environment } from "../../environment/schema";
import { readStackResources } from "../../pulumi/stackResources";

/**
 * Addresses of the load balancers that may tell the ingress the clients' addresses: those that the running Traefik already believes, by
 * what the stack apps has exported. To a Traefik that does not expect it, each connection would begin with nonsense, while one that
 * expects it also takes connections without. So apps comes first when the key is set, and infra when it is taken away.
 */
export async function proxySenders({
  loadBalancer,
}: Pick<Environment, "loadBalancer">): Promise<string[]> {
  const wanted = proxyAddresses(loadBalancer);
  if (wanted.length === 0) {
    return [];
  }
  const apps = await readStackResources("apps");
  const root =
    apps.kind === "read"
      ? apps.resources.find(({ type }) => type === "pulumi:pulumi:Stack")
      : undefined;
  const believed = believedProxies(root?.outputs["apps"]);
  const senders = wanted.filter((address) => believed.includes(address));
  if (senders.length < wanted.length) {
    void pulumi.log.info(
      "loadBalancer.proxyProtocol: the load balancers do not send it yet, because Traefik does not expect it yet. " +
        "make up goes on by itself; with plain pulumi: apps, then infra once more.",
    );
  }
  return senders;
}
