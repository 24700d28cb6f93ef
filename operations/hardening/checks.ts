import { apiServerFlags, controllerManagerFlags } from "../../cluster/hardening/controlPlane";
import { ETCD_USER } from "../../cluster/hardening/etcd";
import { hardenedKubelet } from "../../cluster/hardening/kubelet";
import { API_SERVER_FOLDER, AUDIT_LOG_FOLDER } from "../../cluster/hardening/paths";
import {
  ETCD_TLS_MIN_VERSION,
  TLS_CIPHER_SUITES,
  TLS_MIN_VERSION,
} from "../../cluster/hardening/tls";
import type { Environment } from "../../environment/schema";
import type { NodeFacts } from "./facts";

/** One thing that is read back. */
export interface Check {
  /** Number in the CIS Kubernetes Benchmark 1.12, or a name of our own. */
  id: string;
  what: string;
  /** Nodes it is read on. */
  on: "control-plane" | "node";
  /** What is wrong there; undefined when nothing is. */
  fault: (node: NodeFacts) => string | undefined;
}

type Kubernetes = Environment["kubernetes"];

/** Every check that is made on nodes, in the order of the benchmark. */
export function nodeChecks(kubernetes: Kubernetes): Check[] {
  return [
    ...controlPlaneFiles(),
    ...apiServer(kubernetes),
    ...otherServers(),
    ...etcd(),
    ...nodeFiles(),
    ...kubelet(),
  ];
}

function controlPlaneFiles(): Check[] {
  const on = "control-plane";
  const root = "root:root";
  return [
    files(
      "1.1.1",
      "manifests of the static pods",
      on,
      /^\/etc\/kubernetes\/manifests\/.+/,
      0o600,
      root,
    ),
    files(
      "1.1.9",
      "configuration of the pod network",
      "node",
      /^\/etc\/cni\/net\.d\/.+/,
      0o600,
      root,
    ),
    files("1.1.11", "etcd's data", on, /^\/var\/lib\/etcd$/, 0o700),
    files("1.1.12", "etcd's data are etcd's", on, /^\/var\/lib\/etcd$/, undefined, "etcd:etcd"),
    files("1.1.13", "kubeconfigs", on, /^\/etc\/kubernetes\/[^/]+\.conf$/, 0o600, root),
    files(
      "1.1.19",
      "certificates and keys are root's",
      on,
      /^\/etc\/kubernetes\/pki(\/|$)/,
      undefined,
      root,
    ),
    files("1.1.20", "certificates", on, /^\/etc\/kubernetes\/pki\/.+\.crt$/, 0o644),
    files("1.1.21", "private keys", on, /^\/etc\/kubernetes\/pki\/.+\.key$/, 0o600),
    files("F1", "the API server's own files", on, under(API_SERVER_FOLDER), 0o700, root),
    files("F2", "the audit log", on, under(AUDIT_LOG_FOLDER), 0o700, root),
    {
      id: "F3",
      what: "no credential that no role limits (super-admin.conf)",
      on,
      fault: ({ files: found }) =>
        found.has("/etc/kubernetes/super-admin.conf") ? "it is there" : undefined,
    },
  ];
}

function apiServer(kubernetes: Kubernetes): Check[] {
  const wanted = apiServerFlags(kubernetes);
  const same = (id: string, flag: string): Check => ({
    ...flagCheck(id, "kube-apiserver", flag, wanted[flag] ?? ""),
  });
  const has = (id: string, flag: string, word: string): Check =>
    flagCheck(id, "kube-apiserver", flag, word, (value) => value.split(",").includes(word));
  return [
    ...(wanted["authentication-config"] === undefined
      ? []
      : [same("1.2.1", "authentication-config")]),
    has("1.2.3", "enable-admission-plugins", "DenyServiceExternalIPs"),
    flagCheck("1.2.4", "kube-apiserver", "kubelet-client-certificate", "a certificate", Boolean),
    same("1.2.5", "kubelet-certificate-authority"),
    has("1.2.7", "authorization-mode", "Node"),
    has("1.2.8", "authorization-mode", "RBAC"),
    has("1.2.9", "enable-admission-plugins", "EventRateLimit"),
    has("1.2.11", "enable-admission-plugins", "AlwaysPullImages"),
    has("1.2.14", "enable-admission-plugins", "NodeRestriction"),
    same("1.2.15", "profiling"),
    same("1.2.16", "audit-log-path"),
    same("1.2.17", "audit-log-maxage"),
    same("1.2.18", "audit-log-maxbackup"),
    same("1.2.19", "audit-log-maxsize"),
    same("1.2.20", "request-timeout"),
    same("1.2.27", "encryption-provider-config"),
    same("1.2.29", "tls-cipher-suites"),
    same("1.2.30", "service-account-extend-token-expiration"),
    same("3.2.1", "audit-policy-file"),
    same("A1", "tls-min-version"),
    same("A2", "admission-control-config-file"),
    {
      id: "1.2.28",
      what: "every Secret in etcd is encrypted, with the present key",
      on: "control-plane",
      fault: encryptionFault,
    },
  ];
}

function encryptionFault({ secrets, keys }: NodeFacts): string | undefined {
  const [present, ...others] = keys;
  if (present === undefined || others.length > 0) {
    return `the API server has ${keys.length} keys`;
  }
  const wrong = [...secrets].filter(([key, count]) => key !== present && count !== 0);
  if ((secrets.get(present) ?? 0) === 0) {
    return "there is no Secret that it has encrypted";
  }
  return wrong.length === 0
    ? undefined
    : wrong.map(([key, count]) => `${count} by key ${key}`).join(", ");
}

function otherServers(): Check[] {
  const [manager, scheduler] = ["kube-controller-manager", "kube-scheduler"];
  return [
    flagCheck(
      "1.3.1",
      manager,
      "terminated-pod-gc-threshold",
      controllerManagerFlags["terminated-pod-gc-threshold"],
    ),
    flagCheck("1.3.2", manager, "profiling", "false"),
    flagCheck("1.3.3", manager, "use-service-account-credentials", "true"),
    flagCheck("1.3.7", manager, "bind-address", "127.0.0.1"),
    flagCheck("1.4.1", scheduler, "profiling", "false"),
    flagCheck("1.4.2", scheduler, "bind-address", "127.0.0.1"),
    ...[manager, scheduler].flatMap((program) => [
      flagCheck("A1", program, "tls-min-version", TLS_MIN_VERSION),
      flagCheck("A3", program, "tls-cipher-suites", TLS_CIPHER_SUITES.join(",")),
    ]),
  ];
}

function etcd(): Check[] {
  return [
    flagCheck("2.2", "etcd", "client-cert-auth", "true"),
    flagCheck("2.5", "etcd", "peer-client-cert-auth", "true"),
    flagCheck("A1", "etcd", "tls-min-version", ETCD_TLS_MIN_VERSION),
    flagCheck("A3", "etcd", "cipher-suites", TLS_CIPHER_SUITES.join(",")),
    {
      id: "A4",
      what: "etcd runs as itself, not as root",
      on: "control-plane",
      fault: ({ programs }) => {
        const uid = programs.get("etcd")?.uid;
        return uid === `${ETCD_USER.id}` ? undefined : `it runs as ${uid ?? "an unknown user"}`;
      },
    },
  ];
}

function nodeFiles(): Check[] {
  const on = "node";
  const root = "root:root";
  return [
    files("4.1.1", "the kubelet's unit", on, /\/kubelet\.service(\.d\/.+)?$/, 0o600, root),
    files(
      "4.1.5",
      "the kubelet's kubeconfig",
      on,
      /^\/etc\/kubernetes\/kubelet\.conf$/,
      0o600,
      root,
    ),
    files("4.1.7", "the CA's certificate", on, /^\/etc\/kubernetes\/pki\/ca\.crt$/, 0o644, root),
    files(
      "4.1.9",
      "the kubelet's configuration",
      on,
      /^\/var\/lib\/kubelet\/config\.yaml$/,
      0o600,
      root,
    ),
  ];
}

/** A check of the kubelet's running configuration, read through the API server, which verifies the kubelet's certificate. */
function kubelet(): Check[] {
  const field = (id: string, path: string, wanted: unknown): Check => ({
    id,
    what: `kubelet ${path}: ${short(wanted)}`,
    on: "node",
    fault: ({ kubelet: running }) => {
      if (running === undefined) {
        return "it does not answer the API server";
      }
      const value = path
        .split(".")
        .reduce<unknown>(
          (object, key) => (object as Record<string, unknown> | undefined)?.[key],
          running,
        );
      // The kubelet leaves out fields that have their zero value.
      return JSON.stringify(value ?? false) === JSON.stringify(wanted) ? undefined : short(value);
    },
  });
  return [
    field("4.2.1", "authentication.anonymous.enabled", false),
    field("4.2.2", "authorization.mode", "Webhook"),
    field("4.2.4", "readOnlyPort", false),
    field("4.2.9", "serverTLSBootstrap", true),
    field("4.2.10", "rotateCertificates", true),
    field("4.2.12", "tlsCipherSuites", hardenedKubelet.tlsCipherSuites),
    field("4.2.13", "podPidsLimit", hardenedKubelet.podPidsLimit),
    field("4.2.14", "seccompDefault", true),
    field("A1", "tlsMinVersion", hardenedKubelet.tlsMinVersion),
    field("A5", "enableProfilingHandler", false),
  ];
}

/** A flag of a running program. */
function flagCheck(
  id: string,
  program: string,
  flag: string,
  wanted: string,
  isRight: (value: string) => boolean = (value) => value === wanted,
): Check {
  return {
    id,
    what: `${program} --${flag}: ${short(wanted)}`,
    on: "control-plane",
    fault: ({ programs }) => {
      const running = programs.get(program);
      if (running === undefined) {
        return "the program does not run";
      }
      const value = running.flags.get(flag);
      return value !== undefined && isRight(value) ? undefined : short(value ?? "not set");
    },
  };
}

/** Files with an owner and a mode that is no wider than allowed. If there are none, that is a fault. */
function files(
  id: string,
  what: string,
  on: Check["on"],
  pattern: RegExp,
  widest: number | undefined,
  owner?: string,
): Check {
  const asked = [widest?.toString(8), owner].filter(Boolean).join(" ");
  return {
    id,
    what: `${what}: ${asked}`,
    on,
    fault: ({ files: found }) => {
      const fitting = [...found].filter(([path]) => pattern.test(path));
      const wrong = fitting.filter(
        ([, file]) =>
          (widest !== undefined && (file.mode & ~widest) !== 0) ||
          (owner !== undefined && file.owner !== owner),
      );
      if (fitting.length === 0) {
        return "there is none";
      }
      return wrong.length === 0
        ? undefined
        : wrong.map(([path, file]) => `${path} ${file.mode.toString(8)} ${file.owner}`).join(", ");
    },
  };
}

const under = (folder: string) => new RegExp(`^${folder}(/|$)`);

/** A value in a line of a table. */
function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? "not set");
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
