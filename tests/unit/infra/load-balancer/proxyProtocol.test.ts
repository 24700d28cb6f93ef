import * as pulumi from "@pulumi/pulumi";

import { proxySenders } from "../../../../infra/load-balancer/proxyProtocol";
import { pairSite } from "../../environment/pair";
import { mockSite } from "../../mocks";

const APPS = "organization/sitewright-apps/dev";
const outputOf = (apps: unknown) => [
  { urn: "urn:root", type: "pulumi:pulumi:Stack", outputs: { apps } },
];
const believing = (...proxyProtocolFrom: string[]) => outputOf({ urls: [], proxyProtocolFrom });

async function senders(
  proxyProtocol: boolean,
  apps?: ReturnType<typeof outputOf>,
): Promise<string[]> {
  await mockSite({
    project: "infra",
    stack: "dev",
    stacks: apps === undefined ? {} : { [APPS]: apps },
  });
  const { loadBalancer } = pairSite("dev");
  const found = await proxySenders({ loadBalancer: { ...loadBalancer, proxyProtocol } });
  await pulumi.runtime.disconnect();
  return found;
}

test("a load balancer tells addresses only to a Traefik that is known to believe it", async () => {
  const both = ["172.30.10.46", "172.30.10.47"];
  expect(await senders(true, believing(...both))).toEqual(both);
  // The second of a pair is new.
  expect(await senders(true, believing("172.30.10.46"))).toEqual(["172.30.10.46"]);
  expect(await senders(true, outputOf({ urls: [] }))).toEqual([]);
  expect(await senders(true, outputOf(undefined))).toEqual([]);
  expect(await senders(true)).toEqual([]);
});

test("it stops before Traefik does, whatever Traefik still believes", async () => {
  expect(await senders(false, believing("172.30.10.46", "172.30.10.47"))).toEqual([]);
});
