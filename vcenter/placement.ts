import type { Environment, Zone } from "../environment/schema";

/** A name and the key that gives it. */
export interface Named {
  key: string;
  name: string;
}

/** Names of the compute cluster, pool and datastore of a zone's machines. */
export interface Placement {
  cluster: Named;
  /** Absent: the cluster's root pool. */
  resourcePool?: Named;
  datastore: Named;
  portGroup: Named;
}

/** Placement of a zone's machines: from the zone's own keys, else from the site's. */
export function placement(site: Environment["vsphere"], zone: string, own: Zone): Placement {
  const named = (key: "cluster" | "resourcePool" | "datastore"): Named | undefined => {
    const name = own[key];
    return name === undefined ? undefined : { key: `zones.${zone}.${key}`, name };
  };
  const cluster = named("cluster");
  // The pool that the site names is in the site's cluster.
  const sitePool =
    cluster === undefined && site.resourcePool !== undefined
      ? { key: "vsphere.resourcePool", name: site.resourcePool }
      : undefined;
  return {
    cluster: cluster ?? { key: "vsphere.cluster", name: site.cluster },
    resourcePool: named("resourcePool") ?? sitePool,
    datastore: named("datastore") ?? { key: "vsphere.datastore", name: site.datastore },
    portGroup: { key: `zones.${zone}.portGroup`, name: own.portGroup },
  };
}
