import { RENEWAL } from "../../cluster/certificates/renewal";
import { RENEW_BELOW_HOURS } from "../../cluster/certificates/lifetime";
import type { Infra } from "../../environment/contracts";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { table } from "../../lib/table";
import {
  type CertificateKind,
  CERTIFICATES,
  certificatesScript,
  clientCertificate,
  type FoundCertificate,
  parseCertificates,
  type Renewal,
} from "../machines/certificates";
import { type Clock, clocksIn } from "../machines/clock";
import { type MachineLogin, runOnMachine } from "../machines/login";
import { EXPIRES_SOON, type Section } from "../../lib/statusSection";

/** Seconds for the script, and for a machine that stops in the middle of it. With 5 for connecting that makes 15. */
const SCRIPT_SECONDS = 8;
const GRACE_SECONDS = 2;

const DAY = 86_400_000;
/** Days after which a renewal that is due has not come: its timer runs once a day. */
const LATE_DAYS = 7;

/**
 * Days: a certificate that ends sooner is worth a warning; from EXPIRES_SOON on it is a fault. A kubelet begins to renew its own when
 * between 30 % and 10 % of its time are left; to change an authority takes months.
 */
const WARNING_DAYS: Record<Renewal, number> = {
  timer: RENEW_BELOW_HOURS / 24 - LATE_DAYS,
  up: RENEW_BELOW_HOURS / 24 - LATE_DAYS,
  kubelet: 30,
  nothing: 365,
};

/** What one machine has told, or why it has not. */
export interface MachineAnswer {
  machine: string;
  answer: FoundCertificate[] | { why: string };
  /** Its clock; none where it has not answered. */
  clocks?: Clock[];
}

/** Reads the certificates of all nodes at once, over one SSH login each. One that does not answer keeps nothing from being told. */
export function readMachineCertificates(
  nodes: Infra["nodes"],
  user: Pick<MachineLogin, "user" | "privateKey">,
): Promise<MachineAnswer[]> {
  return Promise.all(
    nodes.map(async (node) => {
      const name = `${node.name} (${node.address})`;
      try {
        const login = { ...node, ...user };
        const { ok, stdout, stderr } = await runOnMachine(
          login,
          certificatesScript(),
          SCRIPT_SECONDS,
          GRACE_SECONDS,
        );
        return ok
          ? {
              machine: node.name,
              answer: parseCertificates(stdout),
              clocks: clocksIn(node.name, stdout, new Date()),
            }
          : { machine: name, answer: { why: lastLine(stderr) } };
      } catch (error) {
        const why = error instanceof OperatorError ? error.fault.what : (error as Error).message;
        return { machine: name, answer: { why } };
      }
    }),
  );
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

interface Placed {
  kind: CertificateKind;
  machine: string;
  ends: Date | undefined;
}

/**
 * The table of the cluster's certificates: of each kind the one that ends first, and where. What ends soon is told for each machine,
 * with what renews it.
 *
 * @param kubeconfig - The one in the state of cluster.
 */
export function clusterCertificatesSection(
  answers: readonly MachineAnswer[],
  kubeconfig: unknown,
  { environment, now }: { environment: string; now: Date },
): Section {
  const placed: Placed[] = answers.flatMap(({ machine, answer }) =>
    "why" in answer
      ? []
      : answer.map(({ kind, certificate }) => ({ kind, machine, ends: endOf(certificate) })),
  );
  if (typeof kubeconfig === "string") {
    placed.push({
      ...{ kind: "kubeconfig", machine: "-" },
      ends: endOf(clientCertificate(kubeconfig)),
    });
  }
  const kinds = (Object.keys(CERTIFICATES) as CertificateKind[]).filter((kind) =>
    placed.some((one) => one.kind === kind),
  );
  const rows = kinds.map((kind) => {
    const all = placed.filter((one) => one.kind === kind);
    const first = all.reduce((a, b) => (timeOf(b) < timeOf(a) ? b : a));
    return [
      CERTIFICATES[kind][0],
      first.machine,
      first.ends?.toISOString().slice(0, 10) ?? "unreadable",
      first.ends === undefined ? "-" : left(first.ends, now),
      RENEWED_BY[CERTIFICATES[kind][1]],
    ];
  });
  const told = kinds.flatMap((kind) =>
    ofOneKind(
      kind,
      placed.filter((one) => one.kind === kind),
      { environment, now },
    ),
  );
  return {
    text:
      rows.length === 0
        ? ""
        : table(["CLUSTER CERTIFICATE", "ENDS FIRST ON", "ENDS", "LEFT", "RENEWED BY"], rows),
    missing: told.flatMap(({ isFault, text }) => (isFault ? [text] : [])),
    warnings: [
      ...told.flatMap(({ isFault, text }) => (isFault ? [] : [text])),
      ...answers.flatMap(({ machine, answer }) =>
        "why" in answer ? [`the certificates on ${machine} were not looked at: ${answer.why}`] : [],
      ),
    ],
  };
}

const RENEWED_BY: Record<Renewal, string> = {
  timer: "its control plane, by a timer",
  kubelet: "the kubelet itself",
  up: "make up",
  nothing: "nothing",
};

function endOf(certificate: FoundCertificate["certificate"]): Date | undefined {
  return certificate && new Date(certificate.validTo);
}

/** One that cannot be read comes before all others. */
function timeOf({ ends }: Placed): number {
  return ends?.getTime() ?? -Infinity;
}

function left(ends: Date, now: Date): string {
  const milliseconds = ends.getTime() - now.getTime();
  return milliseconds < 0 ? "expired" : `${Math.floor(milliseconds / DAY)} days`;
}

/** One line for each kind and degree, with all machines: after a year they end together. */
function ofOneKind(
  kind: CertificateKind,
  placed: readonly Placed[],
  { environment, now }: { environment: string; now: Date },
): { isFault: boolean; text: string }[] {
  const [title, renewal] = CERTIFICATES[kind];
  const degrees = [
    { isFault: true, of: placed.filter((one) => timeOf(one) - now.getTime() < EXPIRES_SOON) },
    {
      isFault: false,
      of: placed.filter((one) => {
        const remaining = timeOf(one) - now.getTime();
        return remaining >= EXPIRES_SOON && remaining < WARNING_DAYS[renewal] * DAY;
      }),
    },
  ];
  return degrees.flatMap(({ isFault, of }) => {
    if (of.length === 0) {
      return [];
    }
    const first = of.reduce((a, b) => (timeOf(b) < timeOf(a) ? b : a));
    const machines = of.map(({ machine }) => machine).filter((machine) => machine !== "-");
    const where = machines.length === 0 ? "" : ` on ${machines.join(", ")}`;
    const remaining = timeOf(first) - now.getTime();
    const state =
      first.ends === undefined
        ? "cannot be read"
        : remaining < 0
          ? `has expired ${span(-remaining)} ago`
          : `ends in ${span(remaining)}`;
    return [
      {
        isFault,
        text: `the certificate "${title}"${where} ${state}: ${advice(renewal, environment)}`,
      },
    ];
  });
}

function advice(renewal: Renewal, environment: string): string {
  switch (renewal) {
    case "timer":
      return (
        `its control plane should have renewed it by itself; see why not (journalctl --unit ${RENEWAL}). ` +
        `Next: make up STACK=cluster ENV=${environment} renews it too (docs/certificates.md)`
      );
    case "up":
      return `make up STACK=cluster ENV=${environment} issues another one`;
    case "kubelet":
      return (
        "the kubelet renews it by itself, well before; it has not: see whether it runs there (systemctl status kubelet), " +
        "and whether its request was approved (kubectl get csr)"
      );
    case "nothing":
      return "nothing here renews an authority: plan it now, by Kubernetes' own instructions for rotating CA certificates";
  }
}
