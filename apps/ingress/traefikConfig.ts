import { stringify } from "yaml";

/** Ports inside Traefik's pods: above 1024, because Traefik is not root. Of these only the first two have a Service. */
export const PORTS = { web: 8000, websecure: 8443, ping: 8080, metrics: 9100 };

/** Folder with what Traefik reads again when it changes. */
export const DYNAMIC_FOLDER = "/etc/traefik/dynamic";

/** Folder with the default certificate, as a Secret of type kubernetes.io/tls is mounted. */
export const CERTIFICATE_FOLDER = "/etc/traefik/certificate";

/** Folder with the certificates of hosts, `<N>.crt` and `<N>.key`, of a site without Consul. */
export const HOSTS_FOLDER = "/etc/traefik/hosts";

/** Files with which Traefik trusts Consul and Consul trusts Traefik. */
const CONSUL_FOLDER = "/etc/traefik/consul";
export const CONSUL_FILES = {
  folder: CONSUL_FOLDER,
  ca: `${CONSUL_FOLDER}/ca.crt`,
  certificate: `${CONSUL_FOLDER}/tls.crt`,
  key: `${CONSUL_FOLDER}/tls.key`,
};

/** What Traefik must know at its start. */
export interface StaticConfigArgs {
  /** IngressClass it serves. */
  ingressClass: string;
  /** Namespace whose Ingresses and IngressRoutes it serves. */
  routes: string;
  /** Its own namespace, which is not one of them. */
  home: string;
  /** Address under which clients reach it, for the status of Ingresses. */
  address: string;
  /** Addresses whose word on a client's address it takes, by the PROXY protocol. @default none */
  proxies?: readonly string[];
  /** Where it reads certificates of hosts. Default: in files, which the dynamic configuration names. */
  consul?: {
    /** host:port, HTTPS. */
    endpoint: string;
    /** Reads the keys below KV_ROOT. */
    token: string;
  };
}

/** First part of the keys in Consul's KV store that Traefik reads. */
export const KV_ROOT = "traefik";

/**
 * traefik.yml: entry points, providers, logs, and no calls home. It holds a token, and a static configuration
 * has one source only (file, arguments or environment), so the whole of it is kept as a secret.
 *
 * Traefik trusts no client's X-Forwarded-* headers, which is the default. What comes from a proxy may begin with a PROXY header or
 * not; from any other address a header is read and not believed.
 */
export function staticConfig(args: StaticConfigArgs): string {
  const { ingressClass, routes, home, address, proxies = [], consul } = args;
  const proxyProtocol = proxies.length === 0 ? {} : { proxyProtocol: { trustedIPs: [...proxies] } };
  // What a route says is about its namespace: no Services, Middlewares or Secrets of another, nothing of another provider
  // (api@internal would be Traefik's own pages without authentication). Services there name those of applications; what else they could
  // name, Traefik's pods do not reach (traefikPolicy.ts).
  const confined = {
    namespaces: [routes],
    allowExternalNameServices: true,
    crossProviderNamespaces: [home],
  };
  return stringify({
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    core: { strictTLSOptions: true },
    log: { level: "INFO", format: "json" },
    // Log neither headers nor query strings: both may hold credentials.
    accessLog: {
      format: "json",
      fields: {
        headers: { defaultMode: "drop", names: { "User-Agent": "keep" } },
        queryParameters: { defaultMode: "drop" },
      },
    },
    api: { dashboard: true, insecure: false, disableDashboardAd: true },
    metrics: { prometheus: { entryPoint: "metrics", addRoutersLabels: true } },
    ping: { entryPoint: "ping" },
    entryPoints: {
      web: { address: `:${PORTS.web}`, http: strict, transport, ...proxyProtocol },
      websecure: {
        address: `:${PORTS.websecure}`,
        // A route that does not say where it is reached is reached by HTTPS.
        asDefault: true,
        http: { ...strict, tls: {} },
        transport,
        ...proxyProtocol,
      },
      ping: { address: `:${PORTS.ping}`, http: strict, observability: unobserved },
      metrics: { address: `:${PORTS.metrics}`, http: strict, observability: unobserved },
    },
    // A connection that is kept leads to one pod, and behind a Service's name nothing tells that it is gone with its node. So none is
    // kept for longer than a page takes to load.
    serversTransport: { forwardingTimeouts: { idleConnTimeout: "5s" } },
    providers: {
      file: { directory: DYNAMIC_FOLDER },
      // The route of readiness leads to a Service without pods (traefikReadiness.ts).
      kubernetesIngress: {
        ...confined,
        ingressClass,
        allowEmptyServices: true,
        ingressEndpoint: { ip: address },
      },
      kubernetesCRD: {
        ...confined,
        allowCrossNamespace: false,
        allowEmptyServices: true,
        defaultTLSResourcesNamespace: home,
        safeNaming: true,
      },
      ...(consul === undefined
        ? {}
        : {
            consul: {
              endpoints: [consul.endpoint],
              rootKey: KV_ROOT,
              token: consul.token,
              tls: { ca: CONSUL_FILES.ca, cert: CONSUL_FILES.certificate, key: CONSUL_FILES.key },
            },
          }),
    },
  });
}

/** What Traefik and an application behind it could understand differently. */
const strict = {
  // X_Forwarded_Proto and the like, which an application may take for the header Traefik sets.
  aliasHeadersStrategy: "delete",
  // Separators that are none for Traefik; applications have the other reserved characters in names of pages and files.
  encodedCharacters: {
    allowEncodedSlash: false,
    allowEncodedBackSlash: false,
    allowEncodedNullCharacter: false,
    allowEncodedSemicolon: true,
    allowEncodedPercent: true,
    allowEncodedQuestionMark: true,
    allowEncodedHash: true,
  },
};

/** Probes and the collector of figures do not fill the log, nor count as requests. */
const unobserved = { accessLogs: false, metrics: false };

const transport = {
  // A pod that ends goes on accepting while it is taken out of the load balancer, then finishes what it has begun.
  lifeCycle: { requestAcceptGraceTimeout: "5s", graceTimeOut: "10s" },
  // Time for a whole request: 100 MB, Confluence's limit for an attachment, at 3 Mbit/s. Answers may take as long as the
  // application likes.
  respondingTimeouts: { readTimeout: "300s", writeTimeout: "0s", idleTimeout: "180s" },
};
