import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, PEM. */
export interface Pair {
  cert: string;
  key: string;
}

interface Days {
  from: number;
  to: number;
}

/** A CA that openssl made for one test, and which is gone with it. */
export interface Authority {
  ca: string;
  /** Issues a certificate for 127.0.0.1 and perhaps a host; days are counted from now. */
  issue(subject: string, days?: Days, host?: string): Pair;
  /** Signs a request, PEM, whose own signature must be right. */
  sign(request: string, days: Days): string;
}

const CONFIG = `[ca]
default_ca = test
[test]
dir = .
database = index
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
x509_extensions = server
[any]
commonName = supplied
organizationName = optional
[server]
subjectAltName = IP:127.0.0.1
`;

/** Calls the work with an authority. */
export async function withAuthority<T>(work: (authority: Authority) => Promise<T>): Promise<T> {
  const cwd = mkdtempSync(join(tmpdir(), "authority-"));
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync("openssl", args, { cwd, encoding: "utf8" });
    if (status !== 0) {
      throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
    }
  };
  const read = (file: string) => readFileSync(join(cwd, file), "utf8");
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  writeFileSync(join(cwd, "index"), "");
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-subj",
    "/CN=kubernetes",
    "-days",
    "3650",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  const sign = ({ from, to }: Days, host?: string) => {
    writeFileSync(
      join(cwd, "config"),
      host === undefined ? CONFIG : `${CONFIG.trimEnd()},DNS:${host}\n`,
    );
    openssl(
      ...["ca", "-batch", "-notext", "-config", "config", "-cert", "ca.pem", "-keyfile", "ca.key"],
      ...["-startdate", stamp(from), "-enddate", stamp(to), "-in", "request", "-out", "cert"],
    );
    return read("cert");
  };
  try {
    return await work({
      ca: read("ca.pem"),
      issue: (subject, days = { from: -1, to: 365 }, host) => {
        openssl("req", "-new", ...newKey, "-subj", subject, "-keyout", "key", "-out", "request");
        return { cert: sign(days, host), key: read("key") };
      },
      sign: (request, days) => {
        writeFileSync(join(cwd, "request"), request);
        return sign(days);
      },
    });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** A kubeconfig of an administrator, as kubeadm writes it. */
export function kubeconfigOf(server: string, ca: string, { cert, key }: Pair): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "admin@test",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": base64(ca) } }],
    contexts: [{ name: "admin@test", context: { cluster: "test", user: "admin" } }],
    users: [
      {
        name: "admin",
        user: { "client-certificate-data": base64(cert), "client-key-data": base64(key) },
      },
    ],
  });
}

/** A time as openssl reads it: YYYYMMDDHHMMSSZ. */
function stamp(days: number): string {
  const time = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${time.slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
}
