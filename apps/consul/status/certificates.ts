import { CERTIFICATE_KEYS } from "../acl";
import { PAIR_KEYS, SPARE_OFFSET } from "../kvScript";
import type { Apps } from "../../../environment/contracts";
import { readCertificates, readKey } from "../../../environment/load/certificate";
import { plainFingerprint, shortFingerprint } from "../../../lib/digests/certificateFingerprint";
import { span } from "../../../lib/humanUnits";
import { OperatorError } from "../../../lib/operatorError";
import { table } from "../../../lib/table";
import type { KvEntries } from "./kvCertificates";
import { EXPIRES_SOON, type Section } from "../../../lib/statusSection";

type Written = NonNullable<Apps["kvCertificates"]>;

/** How a pair stands. */
interface Pair {
  /** One word or two, for the table. */
  state: string;
  /** Whether Traefik can serve it. */
  isWhole: boolean;
  /** What is wrong with it; undefined when it is as it was written. */
  fault?: string;
  /** When it ends; undefined when it is no certificate. */
  expires?: Date;
}

/**
 * The table of certificates in Consul's KV store. Traefik serves the first whole one of a pair and its copy, so its answer
 * alone does not show that one of them is damaged.
 */
export function certificatesSection(
  written: Written,
  entries: KvEntries,
  { environment, now }: { environment: string; now: Date },
): Section {
  const pairs = written.certificates.map(({ host, sha256 }, number) => {
    const [own, copy] = [number, number + SPARE_OFFSET].map((at) =>
      judgePair(entries, at, sha256, now),
    );
    return { number, host, own, copy };
  });
  const rows = pairs.map(({ number, host, own, copy }) => [
    ...[`${number}`, host, own.state, copy.state],
  ]);
  const faults = pairs.flatMap(({ number, host, own, copy }) => [
    ...pairFaults(`certificate ${number} in Consul (${host})`, number, { own, copy }),
    ...differenceFaults(entries, number, { own, copy }),
  ]);
  faults.push(...strangeKeys(entries, written.certificates.length));
  const expiries = pairs.flatMap(({ number, host, own, copy }) =>
    expiryFaults(`certificate ${number} in Consul (${host})`, own, copy, now),
  );
  return {
    text: table(["KV CERTIFICATE", "HOST", "PAIR", "COPY"], rows),
    missing: [
      ...faults,
      ...(faults.length > 0 ? [rewriting(written, environment)] : []),
      ...expiries,
    ],
    warnings: [],
  };
}

/** What is said when they cannot be read: who serves which certificate is asked for elsewhere. */
export function unreadCertificates(error: unknown): Section {
  const { what, why } =
    error instanceof OperatorError ? error.fault : { what: (error as Error).message, why: "" };
  const reason = why?.trim().split("\n").at(-1) ?? "";
  return {
    text: "",
    missing: [],
    warnings: [
      `the certificates in Consul's KV store were not looked at: ${what}${reason === "" ? "" : ` ${reason}`}`,
    ],
  };
}

/**
 * How to have them written again. The Job has run, so for Pulumi nothing has changed; and `pulumi up --replace` would create it
 * under the same name first, and then delete it.
 */
function rewriting({ namespace, job }: Written, environment: string): string {
  const commands = [
    `eval "$(make env ENV=${environment})"`,
    `kubectl --namespace ${namespace} delete job ${job} --ignore-not-found`,
    `pulumi --cwd apps refresh --target '**::${JOB_RESOURCE}'`,
    `make up STACK=apps ENV=${environment}`,
  ];
  return `to write Consul's certificates again (make up alone does not, since its task has succeeded): ${commands.join(" && ")}`;
}

/** The Job's name in Pulumi, from deploy.ts on down. */
const JOB_RESOURCE = "consul-kv-certificates-task-job";

function judgePair(entries: KvEntries, number: number, sha256: string, now: Date): Pair {
  const [chain, key] = PAIR_KEYS.map((name) => entries.get(`${number}/${name}`));
  if (chain === undefined && key === undefined) {
    return spoilt("missing", "is missing");
  }
  if (chain === undefined || key === undefined) {
    return spoilt("a half", `has no ${chain === undefined ? "certFile" : "keyFile"}`);
  }
  const [leaf] = readCertificates(chain) ?? [];
  const privateKey = readKey(key);
  if (leaf === undefined || privateKey === undefined) {
    const what = leaf === undefined ? "certFile is no certificate" : "keyFile is no private key";
    const both = leaf === undefined && privateKey === undefined;
    return spoilt(
      "spoilt",
      `is spoilt: ${what} in PEM form${both ? ", nor is keyFile a key" : ""}`,
    );
  }
  if (!leaf.checkPrivateKey(privateKey)) {
    return spoilt("spoilt", "is spoilt: keyFile is the key of another certificate");
  }
  const expires = new Date(leaf.validTo);
  const found = plainFingerprint(leaf.fingerprint256);
  const isOurs = found === sha256;
  return {
    state: isOurs ? (expires > now ? "whole" : "expired") : "another",
    isWhole: true,
    expires,
    ...(isOurs
      ? {}
      : {
          fault: `is another than the apps stack has written (SHA-256 ${shortFingerprint(found)}, not ${shortFingerprint(sha256)})`,
        }),
  };
}

function spoilt(state: string, fault: string): Pair {
  return { state, fault, isWhole: false };
}

type Both = Record<"own" | "copy", Pair>;

function pairFaults(name: string, number: number, { own, copy }: Both): string[] {
  const spare = number + SPARE_OFFSET;
  const served = own.isWhole
    ? "Traefik serves the pair itself, and has nothing behind it"
    : copy.isWhole
      ? `Traefik serves its copy, number ${spare}`
      : "its copy is none either, so Traefik serves the default certificate";
  return [
    ...(own.fault === undefined
      ? []
      : [`${name} ${own.fault}${own.isWhole ? "; Traefik serves it" : `; ${served}`}`]),
    ...(copy.fault === undefined
      ? []
      : [
          `the copy of ${name}, number ${spare}, ${copy.fault}${copy.isWhole ? "" : `; ${served}`}`,
        ]),
  ];
}

/** Both are the right certificate, and still not the same: another chain below it, or another form of the key. */
function differenceFaults(entries: KvEntries, number: number, { own, copy }: Both): string[] {
  const spare = number + SPARE_OFFSET;
  // The task that writes them does not mind how a text ends either.
  const text = (at: number, key: string) => entries.get(`${at}/${key}`)?.trimEnd();
  const isSame = PAIR_KEYS.every((key) => text(number, key) === text(spare, key));
  return own.fault !== undefined || copy.fault !== undefined || isSame
    ? []
    : [
        `certificate ${number} in Consul and its copy, number ${spare}, are not the same text: one of them is not what was written`,
      ];
}

function strangeKeys(entries: KvEntries, certificates: number): string[] {
  const wanted = new Set(
    Array.from({ length: certificates }, (_, number) => [number, number + SPARE_OFFSET])
      .flat()
      .flatMap((at) => PAIR_KEYS.map((key) => `${at}/${key}`)),
  );
  const strange = [...entries.keys()].filter((key) => !wanted.has(key)).sort();
  return strange.length === 0
    ? []
    : [
        // JSON's quotes, because anybody may have named them, and they go to a terminal.
        `keys in Consul that do not belong there: ${strange.map((key) => JSON.stringify(CERTIFICATE_KEYS + key)).join(", ")}; ` +
          `of one that it does not understand Traefik makes an error of all, and takes nothing new`,
      ];
}

/** The copy's expiry counts only where the pair is not a valid one. */
function expiryFaults(name: string, own: Pair, copy: Pair, now: Date): string[] {
  const expires = own.expires ?? copy.expires;
  const left = expires === undefined ? Infinity : expires.getTime() - now.getTime();
  return left >= EXPIRES_SOON
    ? []
    : [
        `${name} ${left < 0 ? "has expired" : `expires in ${span(left)}`}: ` +
          `make up STACK=apps renews it if the site's own CA issued it; otherwise set a new one`,
      ];
}
