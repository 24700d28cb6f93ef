import type { Environment } from "./schema";

type Vsphere = Environment["vsphere"];

/** Port of a vCenter's API where `server` names none. */
const HTTPS = 443;

/** Host in `vsphere.server`, a name or an address. */
export function vcenterHost({ server }: Pick<Vsphere, "server">): string {
  return server.split(":")[0];
}

/** Port in `vsphere.server`. */
export function vcenterPort({ server }: Pick<Vsphere, "server">): number {
  return Number(server.split(":")[1] ?? HTTPS);
}

/** The vCenter's address, for firewalls. A site whose cluster calls the vCenter has one: see checks/vsphereServices.ts. */
export function vcenterAddress(vsphere: Pick<Vsphere, "server" | "address">): string {
  return vsphere.address ?? vcenterHost(vsphere);
}
