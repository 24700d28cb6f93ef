import { stringify } from "yaml";

/** Ports inside Traefik's pods: above 1024, because Traefik is not root. */
export const PORTS = { web: 8000, websecure: 8443, ping: 8080 };

/** Folder with what Traefik reads again when it changes. */
export const DYNAMIC_FOLDER = "/etc/traefik/dynamic";

/** Folder with the default certificate, as a Secret of type kubernetes.io/tls is mounted. */
export const CERTIFICATE_FOLDER = "/etc/traefik/certificate";

/** What Traefik must know at its start. */
export interface StaticConfigArgs {
  /** IngressClass it serves. */
  ingressClass: string;
  /** Namespaces whose Ingresses it serves. */
  namespaces: string[];
  /** Address under which clients reach it, for the status of Ingresses. */
  address: string;
}

/** traefik.yml: entry points, providers, and no calls home. */
export function staticConfig({ ingressClass, namespaces, address }: StaticConfigArgs): string {
  return stringify({
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: "INFO" },
    entryPoints: {
      web: {
        address: `:${PORTS.web}`,
        // To the port clients see; the name of the entry point would lead to the pod's own port.
        http: { redirections: { entryPoint: { to: ":443", scheme: "https", permanent: true } } },
        transport: graceful,
      },
      websecure: { address: `:${PORTS.websecure}`, http: { tls: {} }, transport: graceful },
      ping: { address: `:${PORTS.ping}` },
    },
    ping: { entryPoint: "ping" },
    providers: {
      kubernetesIngress: { ingressClass, namespaces, ingressEndpoint: { ip: address } },
      file: { directory: DYNAMIC_FOLDER },
    },
  });
}

/** The default certificate, and no TLS older than 1.2. */
export function dynamicConfig(): string {
  return stringify({
    tls: {
      options: { default: { minVersion: "VersionTLS12" } },
      stores: {
        default: {
          defaultCertificate: {
            certFile: `${CERTIFICATE_FOLDER}/tls.crt`,
            keyFile: `${CERTIFICATE_FOLDER}/tls.key`,
          },
        },
      },
    },
  });
}

/** A pod that ends goes on accepting while it is taken out of the load balancer, then finishes what it has begun. */
const graceful = { lifeCycle: { requestAcceptGraceTimeout: "5s", graceTimeOut: "10s" } };
