import { stringify } from "yaml";

import { REDIRECT_TO_HTTPS, redirectScheme } from "./redirectToHttps";
import { CERTIFICATE_FOLDER, CONSUL_FILES, HOSTS_FOLDER } from "./traefikConfig";

/** Folder with the file of users, as the Secret is mounted. */
export const OPERATOR_FOLDER = "/etc/traefik/operator";

/** Name of the file of users: lines of htpasswd. */
export const USERS_FILE = "users";

/** What Traefik leads to without a route in its namespace. It brings its own login, if it needs one. */
export interface Page {
  /** Name of its router and its service. */
  name: string;
  /** Host name under which it answers. */
  host: string;
  /** Where Traefik finds it: one http://host:port or several. */
  urls: string[];
  /** Path at which each of several urls says whether it works. Default: all are taken to work. */
  healthPath?: string;
}

/** Consul's UI behind Traefik. */
export interface ConsulPage {
  host: string;
  /** host:port of Consul's HTTPS; the servers' certificate is for that host. */
  endpoint: string;
  /** Reads; every request carries it in place of one of the browser's. */
  token: string;
}

/** What Traefik reads again when it changes. */
export interface DynamicConfigArgs {
  /** Host name of Traefik's dashboard. */
  dashboardHost: string;
  /** Default: no page of Consul's. */
  consul?: ConsulPage;
  /** How many certificates of hosts there are in HOSTS_FOLDER. @default 0 */
  certificates?: number;
  /** They bring their own login. Default: none. */
  pages?: Page[];
}

/**
 * tls.yml and routes.yml in one: how TLS is spoken, the redirect to it, and the pages of Traefik's own namespace. These are
 * here and not in IngressRoutes because a namespace with IngressRoutes is one whose Secrets Traefik reads, all of them
 * (its providers list and watch them), and its own namespace is Consul's too: the keys of the cluster's KV store must not
 * lie open to what faces the network.
 */
export function dynamicConfig(args: DynamicConfigArgs): string {
  const { dashboardHost, consul, certificates = 0, pages = [] } = args;
  return stringify({
    tls: certificates === 0 ? tls : { ...tls, certificates: hostCertificates(certificates) },
    http: {
      middlewares: {
        [REDIRECT_TO_HTTPS]: { redirectScheme },
        operator: {
          basicAuth: {
            realm: "operator",
            usersFile: `${OPERATOR_FOLDER}/${USERS_FILE}`,
            removeHeader: true,
          },
        },
        "operator-headers": {
          headers: {
            stsSeconds: 31_536_000,
            frameDeny: true,
            contentTypeNosniff: true,
            referrerPolicy: "same-origin",
          },
        },
        ...(consul === undefined
          ? {}
          : {
              "consul-token": {
                headers: { customRequestHeaders: { "X-Consul-Token": consul.token } },
              },
            }),
      },
      routers: {
        http: {
          entryPoints: ["web"],
          rule: "PathPrefix(`/`)",
          // Above every rule there is: a rule's own priority is its length.
          priority: 1_000_000_000,
          middlewares: [REDIRECT_TO_HTTPS],
          service: "noop@internal",
        },
        traefik: {
          entryPoints: ["websecure"],
          rule: host(dashboardHost),
          middlewares: ["operator-headers", "operator"],
          service: "api@internal",
        },
        ...(consul === undefined
          ? {}
          : {
              consul: {
                entryPoints: ["websecure"],
                rule: host(consul.host),
                middlewares: ["operator-headers", "operator", "consul-token"],
                service: "consul",
              },
            }),
        ...Object.fromEntries(
          pages.map((page) => [
            page.name,
            { entryPoints: ["websecure"], rule: host(page.host), service: page.name },
          ]),
        ),
      },
      ...services(pages, consul),
    },
  });
}

function services(pages: readonly Page[], consul: ConsulPage | undefined): object {
  const all = Object.fromEntries(
    pages.map(({ name, urls, healthPath: path }) => [
      name,
      {
        loadBalancer: {
          servers: urls.map((url) => ({ url })),
          ...(path === undefined ? {} : { healthCheck: { path, interval: "5s", timeout: "2s" } }),
        },
      },
    ]),
  );
  if (consul === undefined) {
    // An empty map is a fault to Traefik, a missing one is not.
    return pages.length === 0 ? {} : { services: all };
  }
  return {
    services: {
      ...all,
      consul: {
        loadBalancer: {
          servers: [{ url: `https://${consul.endpoint}` }],
          serversTransport: "consul",
        },
      },
    },
    serversTransports: {
      consul: {
        rootCAs: [CONSUL_FILES.ca],
        certificates: [{ certFile: CONSUL_FILES.certificate, keyFile: CONSUL_FILES.key }],
      },
    },
  };
}

function hostCertificates(count: number): object[] {
  return Array.from({ length: count }, (_, number) => ({
    certFile: `${HOSTS_FOLDER}/${number}.crt`,
    keyFile: `${HOSTS_FOLDER}/${number}.key`,
  }));
}

function host(name: string): string {
  return `Host(\`${name}\`)`;
}

/**
 * Mozilla's level "intermediate" (guidelines 5.8, https://wiki.mozilla.org/Security/Server_Side_TLS), of which Go's TLS has
 * everything but finite-field Diffie-Hellman. The suites are those of TLS 1.2; 1.3 has its own. Hosts without a certificate get the
 * default one.
 */
const tls = {
  options: {
    default: {
      minVersion: "VersionTLS12",
      sniStrict: false,
      alpnProtocols: ["h2", "http/1.1"],
      cipherSuites: [
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
      ],
      curvePreferences: ["X25519MLKEM768", "X25519", "CurveP256", "CurveP384"],
    },
  },
  stores: {
    default: {
      defaultCertificate: {
        certFile: `${CERTIFICATE_FOLDER}/tls.crt`,
        keyFile: `${CERTIFICATE_FOLDER}/tls.key`,
      },
    },
  },
};
