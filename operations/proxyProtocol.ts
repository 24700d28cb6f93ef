import { believedProxies, PROXY_SENDERS_OUTPUT } from "../environment/contracts";
import { proxyAddresses } from "../environment/loadBalancers";
import type { Environment } from "../environment/schema";
import { selectProjects } from "./engine/stacks";
import { type Driver, resourcesOf } from "./engine/stackState";

/**
 * Whether a load balancer does not yet send the PROXY protocol that the running Traefik already expects of it: infra comes before apps, and
 * sends it only to a Traefik that is known to expect it. Then infra is brought up once more.
 */
export async function proxyProtocolIsDue(
  engine: Driver,
  { loadBalancer }: Pick<Environment, "loadBalancer">,
): Promise<boolean> {
  const wanted = proxyAddresses(loadBalancer);
  if (wanted.length === 0) {
    return false;
  }
  const exported = async (name: string): Promise<Record<string, unknown>> => {
    const resources = await resourcesOf(engine, selectProjects(name)[0]);
    return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  };
  const [infra, apps] = await Promise.all([exported("infra"), exported("apps")]);
  const believed = believedProxies(apps["apps"]);
  const senders = believedProxies({ proxyProtocolFrom: infra[PROXY_SENDERS_OUTPUT] });
  return wanted.some((address) => believed.includes(address) && !senders.includes(address));
}
