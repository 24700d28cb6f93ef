import type { Apps, Infra } from "../../../environment/contracts";
import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { environment, kubectl, outputs } from "../support/harness";
import { get, type Way } from "../support/request";

/** On which nodes the pods of an application are. */
async function nodesOf(namespace: string, app: string): Promise<string[]> {
  const pods = JSON.parse(
    await kubectl(["get", "pods", "--namespace", namespace, `--selector=app=${app}`, "-o", "json"]),
  ) as { items: { metadata: { deletionTimestamp?: string }; spec: { nodeName: string } }[] };
  // Those that are ending make room for others.
  return pods.items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ spec }) => spec.nodeName);
}

export function outpost(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { ingress, whoami, consul, confluence, dashboard, outpost: spec } = site.apps;
  const workersOf = (zone: string) =>
    site.nodes
      .filter((node) => node.role === "worker" && node.zone === zone)
      .map(({ name }) => name);
  const lan = workersOf(site.loadBalancer.zone);
  let secure: Way;

  beforeAll(async () => {
    const { address } = (await outputs<Infra>("infra", "infra")).api;
    const { ingressCaCertificate } = await outputs<Required<Apps>>("apps", "apps");
    secure = { address, ca: ingressCaCertificate };
  });

  test("it runs in the DMZ, by toleration, and answers through the ingress", async () => {
    const home = site.namespaces.find(({ name }) => name === spec?.namespace);
    const dmz = workersOf(home?.zone ?? "");
    expect(dmz).not.toEqual([]);
    const nodes = await nodesOf(spec?.namespace ?? "", "outpost");
    expect(nodes).not.toEqual([]);
    expect(dmz).toEqual(expect.arrayContaining(nodes));
    const { status, body } = await get({ host: spec?.host ?? "" }, secure);
    expect(status).toBe(200);
    expect(body).toMatch(/^Hostname: outpost-/m);
  });

  test.each([
    ["traefik", ingress.namespace],
    ["whoami", whoami.namespace],
    ["consul", consul.namespace],
    ["confluence", confluence.namespace],
    ["confluencedb", confluence.namespace],
    ["dashboard", dashboard.namespace],
  ])("%s runs on LAN workers only, each pod on another", async (app, namespace) => {
    const nodes = await nodesOf(namespace, app);
    expect(nodes).not.toEqual([]);
    expect(lan).toEqual(expect.arrayContaining(nodes));
    expect(new Set(nodes).size).toBe(nodes.length);
  });
}
