import type { Apps } from "../../environment/contracts";
import { shortFingerprint } from "../../lib/digests/certificateFingerprint";
import { span } from "../../lib/humanUnits";
import type { Answer } from "../../lib/probe";
import { EXPIRES_SOON, type Section } from "../../lib/statusSection";
import { table } from "../../lib/table";
import type { BackupState } from "./backupStates";
import { podsReady, type Workloads } from "./workloads";

type Url = Apps["urls"][number];
type Saved = Apps["backups"][number];
type Internal = Apps["internalCertificates"][number];

/** What the running site says of its applications. */
export interface Observed {
  /** By the name of the URL. */
  answers: ReadonlyMap<string, Answer>;
  /** By the application's name; empty when the API does not answer. */
  backups: ReadonlyMap<string, BackupState>;
  /** Undefined when the API does not answer. */
  workloads?: Workloads | undefined;
  now: Date;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/**
 * The table of applications: whether they answer, how many of their pods are ready, by which certificate until when, and how
 * old their newest backup is.
 */
export function applicationsSection(
  // An older apps stack does not say all of it.
  {
    urls,
    backups = [],
    internalCertificates = [],
  }: Pick<Apps, "urls"> & Partial<Pick<Apps, "backups" | "internalCertificates">>,
  { answers, backups: states, workloads, now }: Observed,
): Section {
  const ages = new Map(backups.map(({ app }) => [app, backupAge(states.get(app), now)]));
  const rows = urls.map(({ name, url, version, workload }) => {
    const answer = answers.get(name);
    const expires = answer?.certificate?.expires;
    return [
      name,
      url,
      answer?.text ?? "-",
      podsReady(workload, workloads),
      version ?? "-",
      expires === undefined ? "-" : `${Math.floor((expires.getTime() - now.getTime()) / DAY)} days`,
      ages.get(name) ?? "-",
    ];
  });
  const others = backups.filter(({ app }) => urls.every(({ name }) => name !== app));
  rows.push(...others.map(({ app }) => [app, "-", "-", "-", "-", "-", ages.get(app) ?? "-"]));

  const judged = [
    ...urls.map((url) => judgeUrl(url, answers.get(url.name), now)),
    ...internalCertificates.map((certificate) => judgeInternal(certificate, now)),
    ...backups.map((saved) => judgeBackup(saved, states.get(saved.app), now)),
  ];
  return {
    text: table(
      ["APPLICATION", "URL", "ANSWER", "READY", "VERSION", "CERTIFICATE", "BACKUP"],
      rows,
    ),
    missing: judged.flatMap(({ missing }) => missing),
    warnings: judged.flatMap(({ warnings }) => warnings),
  };
}

type Judgement = Pick<Section, "missing" | "warnings">;

function judgeUrl(
  { name, url, answers = [200], certificateSha256 }: Url,
  answer: Answer | undefined,
  now: Date,
): Judgement {
  const missing: string[] = [];
  const warnings: string[] = [];
  if (answer?.status === undefined || !answers.includes(answer.status)) {
    missing.push(`${name} answers ${answer?.text ?? "nothing"} at ${url}`);
  }
  const certificate = answer?.certificate;
  if (certificate === undefined) {
    return { missing, warnings };
  }
  const { sha256, expires, fault } = certificate;
  const isExpected = certificateSha256 === undefined || certificateSha256 === sha256;
  if (!isExpected) {
    missing.push(
      `${name} is served by another certificate than its own (SHA-256 ${shortFingerprint(sha256)}, not ${shortFingerprint(certificateSha256)}): ` +
        "what Traefik has (in Consul under traefik/tls/certificates, or its own file) is not what make up STACK=apps gives it, or not a pair",
    );
  } else if (fault !== undefined) {
    // The operator chose to serve their own certificate; which clients trust it is theirs to know.
    (certificateSha256 === undefined ? missing : warnings).push(
      `the certificate of ${name} is not trusted: ${fault}`,
    );
  }
  const left = expires.getTime() - now.getTime();
  if (left < EXPIRES_SOON) {
    missing.push(
      `the certificate of ${name} ${left < 0 ? "has expired" : `expires in ${span(left)}`}: ` +
        `make up STACK=apps renews it if the site's own CA issued it; otherwise set a new one`,
    );
  }
  return { missing, warnings };
}

/** A certificate that no browser shows. When it has expired, Consul's servers, Traefik or tasks refuse each other. */
function judgeInternal({ name, notAfter }: Internal, now: Date): Judgement {
  const left = new Date(notAfter).getTime() - now.getTime();
  const text =
    `the certificate of ${name} ${left < 0 ? "has expired" : `expires in ${span(left)}`}: ` +
    "make up STACK=apps renews it";
  return { missing: left < EXPIRES_SOON ? [text] : [], warnings: [] };
}

function judgeBackup(
  { app, namespace, maximumAgeHours }: Saved,
  state: BackupState | undefined,
  now: Date,
): Judgement {
  if (state === undefined) {
    return { missing: [], warnings: [] };
  }
  const { newest, since, readable } = state;
  const limit = maximumAgeHours * HOUR;
  const remedy = `make backup APP=${app}`;
  if (now.getTime() - (newest ?? since).getTime() > limit) {
    const what =
      newest === undefined
        ? `${app} was never saved`
        : `the newest backup of ${app} is ${backupAge(state, now)} old`;
    const where = `kubectl --namespace ${namespace} get jobs shows the last tries`;
    return {
      missing: [`${what}, at most ${span(limit)} are expected: ${remedy}; ${where}`],
      warnings: [],
    };
  }
  if (newest === undefined) {
    return { missing: [], warnings: [`${app} has no backup yet: ${remedy}`] };
  }
  return { missing: [], warnings: readableWarning(app, readable) };
}

/** Backups of older programs, which whoever reads their volume can read. */
function readableWarning(app: string, readable: number | undefined): string[] {
  if (readable === undefined) {
    return [
      `how many backups of ${app} are not encrypted is not known: make backup APP=${app} counts them, and is encrypted itself`,
    ];
  }
  return readable === 0
    ? []
    : [
        `backups of ${app} that older programs made are not encrypted, ${readable} in number: make backups APP=${app} lists them as ` +
          "readable, docs/backups.md says when they go",
      ];
}

function backupAge(state: BackupState | undefined, now: Date): string {
  if (state === undefined) {
    return "unknown";
  }
  return state.newest === undefined ? "never" : span(now.getTime() - state.newest.getTime());
}
