import { z } from "zod";

import { dnsName, ipv4Address, ipv4Network, text } from "../../environment/schema/fields";
import { vsphere } from "../../environment/schema/vsphere";

/** Addresses: a list, or one text with commas between them. */
const addresses = z.preprocess(
  (value) => (typeof value === "string" ? value.split(",").map((part) => part.trim()) : value),
  z.array(ipv4Address),
);

/** What only the owner of a new site knows, in the order in which it is asked for; each with its question. */
export const facts = z.strictObject({
  domain: dnsName.describe("Domain of the machines, such as coolcorp.priv"),
  vcenter: vsphere.shape.server.describe("The vCenter's host name"),
  vcenterAddress: ipv4Address.describe("The vCenter's IPv4 address"),
  ssoDomain: dnsName.describe("Single sign-on domain of its accounts"),
  datacenter: text.describe("Datacenter"),
  cluster: text.describe("Compute cluster whose hosts run the machines"),
  datastore: text.describe("Datastore of the machines' disks"),
  storagePolicy: text.describe("Storage policy of the volumes"),
  template: text.describe("Template of PhotonOS 5 (docs/template.md)"),
  folder: text.describe("VM folder that is made for the machines; the folder above it exists"),
  portGroup: text.describe("Port group of the machines"),
  network: ipv4Network.describe("Its IPv4 network, such as 192.168.10.0/24"),
  gateway: ipv4Address.describe("Its gateway"),
  dnsServers: addresses.describe("Its resolvers, commas between"),
  loadBalancer: ipv4Address.describe("Address of the load balancer, which is the API's too"),
  controlPlanes: addresses.describe("Addresses of the control planes, 1, 3 or 5, commas between"),
  workers: addresses.describe("Addresses of the workers, at least 2, commas between"),
  podSubnet: ipv4Network.describe("Network of the pods, unused elsewhere"),
  serviceSubnet: ipv4Network.describe("Network of the Services, unused elsewhere"),
  ingressDomain: dnsName.describe("Domain of the applications; *.<domain> is the load balancer"),
});

export type Facts = z.output<typeof facts>;
export type FactName = keyof Facts;

/** The facts' names, in order. */
export const factNames = Object.keys(facts.shape) as FactName[];

/** What is given so far: texts as they were typed, or values of a file. */
type Given = Partial<Record<FactName, unknown>>;

/** What a fact is where the owner says nothing. The others only the owner knows. */
const USUAL: Partial<Record<FactName, (site: string, given: Given) => string | undefined>> = {
  vcenterAddress: (_, { vcenter }) => ipv4Address.safeParse(vcenter).data,
  ssoDomain: () => "vsphere.local",
  template: () => "photon-5",
  folder: (site) => `kubernetes/${site}`,
  podSubnet: () => "10.244.0.0/16",
  serviceSubnet: () => "10.96.0.0/16",
  ingressDomain: (_, { domain }) =>
    dnsName.safeParse(domain).success ? `apps.${String(domain)}` : undefined,
};

/** The usual value of a fact of the site of this name; undefined where there is none. */
export function usualFact(site: string, name: FactName, given: Given): string | undefined {
  return USUAL[name]?.(site, given);
}
