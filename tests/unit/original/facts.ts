import type { Inputs, Rendered } from "./rendered";

/** A name or value of the original site, and how it is looked for in what the programs render. It throws where it is not found. */
export type Facts = Readonly<Record<string, (prd: Rendered) => void>>;

const LAN = "prd-lan-coolcorp";

const confluence = { app: "confluence", zone: "lan", env: "prd" };
const consul = { app: "consul-for-traefik", zone: "lan", env: "prd" };

const metadata = (object: Inputs | undefined) => object?.["metadata"] as Inputs | undefined;
const spec = (object: Inputs | undefined) => object?.["spec"] as Inputs | undefined;
const resources = (cpu: [string, string], memory: [string, string]) => ({
  requests: { cpu: cpu[0], memory: memory[0] },
  limits: { cpu: cpu[1], memory: memory[1] },
});
const portsOf = (service: Inputs | undefined) =>
  (spec(service)?.["ports"] as Inputs[] | undefined)?.map(({ name, port }) => `${name} ${port}`);

const database = (prd: Rendered) => prd.object("Deployment", "dep-confluencedb", LAN);
const wiki = (prd: Rendered) => prd.object("Deployment", "dep-confluence", LAN);
const servers = (prd: Rendered) => prd.object("StatefulSet", "stf-consul-for-traefik", LAN);
const consulService = (prd: Rendered) => prd.object("Service", "svc-consul-for-traefik", LAN);

function route(name: string, entryPoint: string, middleware?: string) {
  return (prd: Rendered): void => {
    const found = spec(prd.object("IngressRoute", name, LAN));
    expect(found).toMatchObject({ entryPoints: [entryPoint] });
    if (middleware !== undefined) {
      expect((found!["routes"] as Inputs[])[0]).toMatchObject({
        middlewares: [{ name: middleware }],
      });
    }
  };
}

function storageClass(name: string, datastoreurl: string, isDefault: boolean) {
  return (prd: Rendered): void => {
    const found = prd.object("StorageClass", name);
    expect(found).toMatchObject({
      provisioner: "csi.vsphere.vmware.com",
      allowVolumeExpansion: true,
      reclaimPolicy: "Delete",
      parameters: { datastoreurl },
    });
    expect(
      metadata(found)?.["annotations"]?.["storageclass.kubernetes.io/is-default-class"] === "true",
    ).toBe(isDefault);
  };
}

/** What the original site has, by what its owner looks for. */
export const FACTS: Facts = {
  "Namespace prdsyslan": (prd) => expect(prd.object("Namespace", "prdsyslan")).toBeDefined(),
  "Namespace prd-lan-coolcorp": (prd) => expect(prd.object("Namespace", LAN)).toBeDefined(),
  "StorageClass vsphere-dts-nfs": storageClass(
    "vsphere-dts-nfs",
    "ds:///vmfs/volumes/49c9734e-84c4ea9d/",
    false,
  ),
  "StorageClass vsphere-dts-ssd": storageClass(
    "vsphere-dts-ssd",
    "ds:///vmfs/volumes/5e179fa4-b8a6bbc6-80e3-001b219adf10/",
    true,
  ),
  "PersistentVolumeClaim pvc-confluence-apps": (prd) =>
    expect(spec(prd.object("PersistentVolumeClaim", "pvc-confluence-apps", LAN))).toMatchObject({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "8Gi" } },
    }),
  "class of pvc-confluence-apps": (prd) =>
    expect(spec(prd.object("PersistentVolumeClaim", "pvc-confluence-apps", LAN))).toMatchObject({
      storageClassName: "vsphere-dts-nfs",
    }),
  "PersistentVolumeClaim pvc-confluence-db": (prd) =>
    expect(spec(prd.object("PersistentVolumeClaim", "pvc-confluence-db", LAN))).toMatchObject({
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "15Gi" } },
    }),
  "class of pvc-confluence-db": (prd) =>
    expect(spec(prd.object("PersistentVolumeClaim", "pvc-confluence-db", LAN))).toMatchObject({
      storageClassName: "vsphere-dts-ssd",
    }),

  "Secret sec-prd-confluencedb": (prd) =>
    expect(prd.object("Secret", "sec-prd-confluencedb", LAN)).toBeDefined(),
  "Deployment dep-confluencedb": (prd) =>
    expect(spec(database(prd))).toMatchObject({
      replicas: 1,
      selector: { matchLabels: { app: "confluence", tiers: "database" } },
    }),
  "labels of dep-confluencedb": (prd) =>
    expect(metadata(database(prd))).toMatchObject({ labels: { ...confluence, tiers: "database" } }),
  "container confluence-db": (prd) =>
    expect(prd.container(database(prd), "confluence-db")).toMatchObject({
      env: expect.arrayContaining([
        { name: "PGDATA", value: "/var/lib/postgresql/data/db-files/" },
        { name: "POSTGRES_DB", value: "confluencedb" },
        { name: "POSTGRES_INITDB_ARGS", value: "--encoding=UTF8" },
      ]),
      resources: resources(["500m", "1"], ["300Mi", "1000Mi"]),
    }),
  "container confluence-db-adminer": (prd) =>
    expect(prd.container(database(prd), "confluence-db-adminer")).toMatchObject({
      ports: [expect.objectContaining({ containerPort: 8080 })],
      resources: resources(["500m", "1"], ["300Mi", "500Mi"]),
    }),
  "Service svc-confluencedb": (prd) =>
    expect(portsOf(prd.object("Service", "svc-confluencedb", LAN))).toEqual([
      "postgre 5432",
      "adminer 8080",
    ]),
  "IngressRoute confluencedb-admingui-http": route("confluencedb-admingui-http", "web"),
  "IngressRoute confluencedb-admingui-https": route("confluencedb-admingui-https", "websecure"),

  "Deployment dep-confluence": (prd) => expect(spec(wiki(prd))).toMatchObject({ replicas: 1 }),
  "labels of dep-confluence": (prd) =>
    expect(metadata(wiki(prd))).toMatchObject({ labels: { ...confluence, tiers: "app" } }),
  "container confluence": (prd) =>
    expect(prd.container(wiki(prd), "confluence")).toMatchObject({
      env: expect.arrayContaining([
        { name: "ATL_PROXY_NAME", value: "confluence.coolcorp.priv" },
        { name: "ATL_DB_TYPE", value: "postgresql" },
        { name: "ATL_TOMCAT_SECURE", value: "true" },
        { name: "ATL_TOMCAT_SCHEME", value: "https" },
        { name: "JVM_MINIMUM_MEMORY", value: "1024m" },
        { name: "JVM_MAXIMUM_MEMORY", value: "1024m" },
      ]),
    }),
  "resources of the container confluence": (prd) =>
    expect(prd.container(wiki(prd), "confluence")).toMatchObject({
      resources: resources(["500m", "2"], ["500Mi", "2500Mi"]),
    }),
  "volumes of dep-confluence": (prd) =>
    expect(prd.container(wiki(prd), "confluence")).toMatchObject({
      volumeMounts: expect.arrayContaining([
        {
          name: "backup-confluence",
          mountPath: "/var/atlassian/application-data/confluence/backups",
        },
        { name: "apps-confluence", mountPath: "/var/atlassian/application-data/confluence" },
      ]),
    }),
  "Service svc-confluence": (prd) =>
    expect(portsOf(prd.object("Service", "svc-confluence", LAN))).toEqual(["apache 8090"]),
  "IngressRoute confluence-http": route("confluence-http", "web", "https-redirectscheme"),
  "IngressRoute confluence-https": route("confluence-https", "websecure"),
  "Middleware https-redirectscheme": (prd) =>
    expect(prd.object("Middleware", "https-redirectscheme", LAN)).toBeDefined(),

  "Secret sec-consul-traefik-lan": (prd) =>
    expect(prd.object("Secret", "sec-consul-traefik-lan", LAN)).toBeDefined(),
  "ConfigMap cfm-consul-traefik-lan": (prd) =>
    expect(prd.object("ConfigMap", "cfm-consul-traefik-lan", LAN)).toBeDefined(),
  "StatefulSet stf-consul-for-traefik": (prd) =>
    expect(spec(servers(prd))).toMatchObject({
      replicas: 3,
      serviceName: "svc-consul-for-traefik",
      selector: { matchLabels: { app: "consul-for-traefik" } },
    }),
  "container consul-for-traefik": (prd) =>
    expect(prd.container(servers(prd), "consul-for-traefik")).toBeDefined(),
  "Service svc-consul-for-traefik": (prd) => {
    expect(metadata(consulService(prd))).toMatchObject({ labels: consul });
    expect(spec(consulService(prd))).toMatchObject({ selector: { app: "consul-for-traefik" } });
  },
  "ports of svc-consul-for-traefik": (prd) =>
    expect(portsOf(consulService(prd))).toEqual([
      "http 8500",
      "https 8443",
      "rpc 8400",
      "serflan-tcp 8301",
      "serflan-udp 8301",
      "serfwan-tcp 8302",
      "serfwan-udp 8302",
      "server 8300",
      "consuldns 8600",
    ]),
  "datacenter and domain of Consul": (prd) => {
    const files = prd.resource("consul-servers-config (ConfigMap)")!["data"] as Inputs;
    expect(JSON.parse(files["server.json"] as string)).toMatchObject({
      datacenter: "lan",
      domain: "cluster.local",
      bootstrap_expect: 3,
    });
  },
  "Consul verifies in both directions": (prd) => {
    const files = prd.resource("consul-servers-config (ConfigMap)")!["data"] as Inputs;
    expect(JSON.parse(files["server.json"] as string)).toMatchObject({
      tls: {
        defaults: { verify_incoming: true, verify_outgoing: true },
        internal_rpc: { verify_server_hostname: true },
      },
    });
  },
  "Consul's authority": (prd) =>
    expect(prd.resource("consul-secrets-tls-ca (SelfSignedCert)")).toMatchObject({
      subject: { commonName: "cluster.local" },
    }),
  "Consul's server certificate": (prd) => {
    const request = prd.resource("consul-secrets-tls-server-1-request (CertRequest)")!;
    expect(request["subject"]).toMatchObject({ commonName: "server.lan.cluster.local" });
    expect(request["dnsNames"]).toContain("server.lan.cluster.local");
    expect(request["ipAddresses"]).toContain("127.0.0.1");
    expect(prd.resource("consul-secrets-tls-server-1 (LocallySignedCert)")).toMatchObject({
      allowedUses: expect.arrayContaining(["server_auth", "client_auth"]),
    });
  },
  "subject of Consul's server certificate": (prd) =>
    expect(prd.resource("consul-secrets-tls-server-1-request (CertRequest)")).toMatchObject({
      subject: {
        country: "FR",
        province: "IDF",
        locality: "PARIS",
        organization: "COOLCORP",
        organizationalUnit: "IT",
      },
    }),
  "dashboard in prdsyslan": (prd) =>
    expect(prd.object("Deployment", "dashboard", "prdsyslan")).toBeDefined(),
  "frontend and backend of the API in HAProxy": (prd) => {
    const { stdin } = prd.resource("load-balancer-haproxy (Command)") as { stdin: string };
    expect(stdin).toMatch(/^frontend k8s_mst\n {4}bind 192\.168\.10\.45:6443$/m);
    expect(stdin).toMatch(/^backend k8s_nodes_master$/m);
  },
  "control plane in HAProxy": (prd) => {
    const { stdin } = prd.resource("load-balancer-haproxy (Command)") as { stdin: string };
    expect(stdin).toMatch(/^ {4}bind 192\.168\.10\.45:6443$/m);
    expect(stdin).toMatch(/^ {4}server prdk8smst501 192\.168\.10\.56:6443/m);
  },
};
