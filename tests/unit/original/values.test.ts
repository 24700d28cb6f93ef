import { isObject } from "../../../lib/values";
import { placeholdersOf } from "../../../environment/placeholders";
import { parseEnvironment } from "../../environment";
import { rawFile } from "../environment/site";

/**
 * Whose each value of Pulumi.prd.yaml is: the original's, a placeholder of it, or a decision of ours. A value that is none of these is a
 * fact of the site which somebody has made up.
 */

/** What is known of the original site, by the keys of the file. Values are compared. */
const ORIGINAL: Readonly<Record<string, unknown>> = {
  domain: "coolcorp.priv",
  "zones.lan.labels.arch": "x86",
  "zones.lan.labels.net": "lan",
  "zones.dmz.labels.arch": "x86",
  "zones.dmz.labels.net": "web",
  "zones.dmz.taints[0].key": "zone",
  "zones.dmz.taints[0].value": "dmz",
  "zones.dmz.taints[0].effect": "NoSchedule",
  "nas.name": "storage.coolcorp.priv",
  ...flow(0, "tcp", [2049, 111, 892]),
  ...flow(1, "udp", [111, 892]),
  "loadBalancer.address": "192.168.10.45",
  "nodes[prdk8smst501].name": "prdk8smst501",
  "nodes[prdk8smst501].address": "192.168.10.56",
  ...Object.fromEntries(
    ["501", "502", "503", "504", "505", "511"].map((number) => [
      `nodes[prdk8swok${number}].name`,
      `prdk8swok${number}`,
    ]),
  ),
  "kubernetes.clusterName": "prdk8sclu",
  "kubernetes.podSubnet": "10.1.0.0/16",
  "kubernetes.serviceSubnet": "10.2.0.0/16",
  ...storageClass("vsphere-dts-ssd", "ds:///vmfs/volumes/5e179fa4-b8a6bbc6-80e3-001b219adf10/"),
  ...storageClass("vsphere-dts-nfs", "ds:///vmfs/volumes/49c9734e-84c4ea9d/"),
  "storageClasses[vsphere-dts-ssd].default": true,
  "namespaces[prdsyslan].name": "prdsyslan",
  "namespaces[prd-lan-coolcorp].name": "prd-lan-coolcorp",
  "apps.ingress.domain": "inf.prd.k8s.coolcorp.priv",
  "apps.consul.uiHost": "consul-traefik-lan.inf.prd.k8s.coolcorp.priv",
  "apps.consul.backup.volume.nfs.server": "storage.coolcorp.priv",
  "apps.consul.backup.volume.nfs.path": "/volume1/k8s-psv-nfs-rwm",
  "apps.confluence.host": "confluence.inf.prd.k8s.coolcorp.priv",
  "apps.confluence.publicHost.name": "confluence.coolcorp.priv",
  "apps.confluence.home.size": "8Gi",
  "apps.confluence.database.adminerHost": "confluencedb.inf.prd.k8s.coolcorp.priv",
  "apps.confluence.backup.volume.nfs.server": "storage.coolcorp.priv",
  "apps.confluence.backup.volume.nfs.path": "/volume1/k8s-psv-nfs-rwm",
  "apps.confluence.homeBackup.volume.nfs.server": "storage.coolcorp.priv",
  "apps.confluence.homeBackup.volume.nfs.path": "/volume1/k8s-psv-nfs-rwm",
};

/** Decisions of this project, which the original's owner may take otherwise and does not have to find out. */
const OURS: readonly RegExp[] = [
  /^protection$/,
  /^images\.digests$/,
  /^flows\[\d\]\.reason$/,
  // Made by the owner as docs/template.md and docs/new-site.md say, under these names.
  /^vsphere\.(template|folder)$/,
  /^vsphere\.(manageAccess|insecure|hardwareVersion|tags)$/,
  // Versions: environment/releases/components.ts.
  /^packages\./,
  /^(kubernetes|kubernetes\.cloudProvider|cni|volumes|apps\.\w+|apps\.confluence\.database)\.(version|traefikVersion|adminerVersion)$/,
  /^containerd\.sandboxImage$/,
  /^(cni\.type|volumes\.provisioner)$/,
  // Sizes of machines, and where they are placed.
  /^(loadBalancer|nodes\[\w+\])\.(cpus|memoryMiB|diskGiB|zone|role)$/,
  // The original's two classes once more, for data that outlives its claim.
  /^storageClasses\[vsphere-dts-\w+-retain\]\./,
  // By the scheme of its names; the room that a namespace has.
  /^namespaces\[prd-(dmz-coolcorp|lan-routes)\]\.name$/,
  /^namespaces\[[\w-]+\]\.(environment|category|zone|quota\..+|limits\..+)$/,
  // Where an application is, when it is saved, and hosts that the original does not have.
  /^apps\.\w+\.(namespace|routesNamespace)$/,
  /^apps\.[\w.]+\.(storageClass|schedule|keep)$/,
  /^apps\.confluence\.\w*[bB]ackup\.volume\.size$|^apps\.consul\.backup\.volume\.size$/,
  /^apps\.(ingress\.dashboardHost|whoami\.host|outpost\.(host|replicas)|dashboard\.host)$/,
];

function flow(index: number, protocol: string, ports: number[]): Record<string, unknown> {
  const at = `flows[${index}]`;
  return {
    [`${at}.from`]: "dmz",
    [`${at}.to`]: "nas",
    [`${at}.protocol`]: protocol,
    [`${at}.ports`]: ports,
  };
}

function storageClass(name: string, datastoreurl: string): Record<string, unknown> {
  const at = `storageClasses[${name}]`;
  return {
    [`${at}.name`]: name,
    [`${at}.provisioner`]: "csi.vsphere.vmware.com",
    [`${at}.parameters.datastoreurl`]: datastoreurl,
  };
}

const { placeholders, ...raw } = rawFile("prd");
const values = new Map(leaves(raw, ""));
const marked = parseEnvironment("prd", rawFile("prd")).placeholders;
const placeholderKeys = placeholdersOf(raw, marked).map(({ key }) => key);

/** All values with their keys as the list of placeholders writes them. */
function leaves(value: unknown, path: string): [string, unknown][] {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, one]) =>
      leaves(one, path === "" ? key : `${path}.${key}`),
    );
  }
  return Array.isArray(value) && value.some(isObject)
    ? value.flatMap((one: Record<string, unknown>, index) =>
        leaves(one, `${path}[${typeof one["name"] === "string" ? one["name"] : index}]`),
      )
    : [[path, value]];
}

test.each(Object.entries(ORIGINAL))("%s is the original's", (key, value) => {
  expect(values.get(key)).toEqual(value);
});

test("every value is the original's, a placeholder, or a decision of ours, and one of these only", () => {
  const owners = (key: string) => [
    ...(Object.hasOwn(ORIGINAL, key) ? ["original"] : []),
    ...(placeholderKeys.includes(key) ? ["placeholder"] : []),
    ...(OURS.some((pattern) => pattern.test(key)) ? ["ours"] : []),
  ];
  const wrong = [...values.keys()].filter((key) => owners(key).length !== 1);
  expect(wrong.map((key) => `${key}: ${owners(key).join()}`)).toEqual([]);
  expect(placeholders).not.toEqual([]);
});

test("no pattern of ours is left over", () => {
  const keys = [...values.keys()];
  expect(OURS.filter((pattern) => !keys.some((key) => pattern.test(key)))).toEqual([]);
});
