import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import {
  certificatesScript,
  clientCertificate,
  parseCertificates,
} from "../../../operations/machines/certificates";
import {
  clusterCertificatesSection,
  type MachineAnswer,
} from "../../../operations/status/clusterCertificates";
import { type Clock, clocksIn, clocksSection } from "../../../operations/machines/clock";
import { kubeconfigOf } from "../kubernetes/authority";
import { run } from "../ssh/bash";
import { CA, SERVER, SERVER_KEY } from "./certificates";

const DAY = 86_400_000;
/** SERVER ends on 2081-08-23, CA a day later. */
const server = new X509Certificate(SERVER);
const ends = new Date(server.validTo).getTime();
const kubeconfigWith = (cert: string) =>
  kubeconfigOf("https://10.0.0.1:6443", CA, { cert, key: SERVER_KEY });

describe("what a machine prints", () => {
  let root: string;
  beforeEach(() => (root = `${mkdtempSync(join(tmpdir(), "machine-"))}/`));
  afterEach(() => rmSync(root, { recursive: true }));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  /** Answers as the real one does for the one expression it is asked. */
  const kubectl = `[[ $* == "--kubeconfig $2 config view --raw --output jsonpath={.users[0].user.client-certificate-data}" ]] || exit 1
sed -n 's/.*"client-certificate-data":"\\([^"]*\\)".*/\\1/p' "$2" | tr -d '\\n'`;
  const print = () => run(certificatesScript(root), { kubectl });

  test("is every certificate it has, and nothing of a key", () => {
    put("etc/kubernetes/pki/apiserver.crt", SERVER + CA);
    put("etc/kubernetes/pki/etcd/ca.crt", CA);
    put("etc/kubernetes/pki/apiserver.key", SERVER_KEY);
    put("var/lib/kubelet/pki/kubelet-client-current.pem", SERVER_KEY + SERVER + SERVER_KEY);
    put("etc/kubernetes/admin.conf", kubeconfigWith(SERVER));
    const { status, stdout, stderr } = print();
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).not.toMatch(/KEY/);
    for (const line of SERVER_KEY.split("\n").slice(1, -2)) {
      expect(stdout).not.toContain(line);
    }
    const found = parseCertificates(stdout);
    expect(found.map(({ kind }) => kind)).toEqual([
      "apiserver",
      "kubelet-client",
      "etcd-ca",
      "admin",
    ]);
    expect(found.map(({ certificate }) => certificate?.subject)).toEqual([
      server.subject,
      server.subject,
      "CN=Test CA",
      server.subject,
    ]);
  });

  test("is little on a worker, and no fault where there is nothing", () => {
    const { status, stdout } = print();
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^clock \d+\nend\n$/)]);
    const [{ machine, ahead }] = clocksIn("wok1", stdout, new Date()) as [Clock];
    expect(machine).toBe("wok1");
    expect(Math.abs(ahead)).toBeLessThan(10_000);
    expect(parseCertificates(stdout)).toEqual([]);
  });

  test("says that one cannot be read", () => {
    put("etc/kubernetes/pki/apiserver.crt", SERVER.slice(0, 200));
    put("etc/kubernetes/admin.conf", "no kubeconfig");
    expect(parseCertificates(print().stdout)).toEqual([
      { kind: "apiserver", certificate: undefined },
      { kind: "admin", certificate: undefined },
    ]);
  });

  test("that is cut off is not taken for all", () => {
    put("etc/kubernetes/pki/apiserver.crt", SERVER);
    const { stdout } = print();
    expect(() => parseCertificates(stdout.slice(0, -10))).toThrow("not printed to the end");
  });
});

test.each([
  ["no kubeconfig", "x: ["],
  ["one without a certificate", "{users: [{name: a, user: {token: t}}]}"],
  ["one with something else", kubeconfigWith("nothing")],
])("of %s there is no certificate", (_, text) => {
  expect(clientCertificate(text)).toBeUndefined();
});

describe("the table", () => {
  const certificate = server;
  const answers: MachineAnswer[] = [
    {
      machine: "cp1",
      answer: [
        { kind: "apiserver", certificate },
        { kind: "kubelet-client", certificate },
        { kind: "ca", certificate: new X509Certificate(CA) },
      ],
    },
    { machine: "wok1", answer: [{ kind: "kubelet-client", certificate }] },
  ];
  const judge = (daysLeft: number, given = answers, kubeconfig: unknown = undefined) =>
    clusterCertificatesSection(given, kubeconfig, {
      environment: "dev",
      now: new Date(ends - daysLeft * DAY),
    });

  test("has one line a kind, and nothing to say while all last", () => {
    expect(judge(366.5, answers, kubeconfigWith(SERVER))).toEqual({
      text: [
        "CLUSTER CERTIFICATE      ENDS FIRST ON  ENDS        LEFT      RENEWED BY",
        "API server               cp1            2081-08-23  366 days  its control plane, by a timer",
        "kubeconfig in the state  -              2081-08-23  366 days  make up",
        "kubelet client           cp1            2081-08-23  366 days  the kubelet itself",
        "CA of the cluster        cp1            2081-08-24  367 days  nothing",
      ].join("\n"),
      missing: [],
      warnings: [],
    });
  });

  test("warns a week after a renewal that was due, and a year before the end of an authority", () => {
    const about = (days: number) => judge(days, answers, kubeconfigWith(SERVER)).warnings.join(" ");
    expect(about(365.5)).toBe("");
    expect(about(363)).toMatch(
      /^the certificate "CA of the cluster" on cp1 ends in \d+ days: nothing/,
    );
    expect(about(115)).not.toMatch(/API server|kubeconfig/);
    expect(about(114)).toMatch(/API server.*kubeconfig in the state/);
    expect(about(31)).not.toMatch(/kubelet client/);
  });

  test("warns with what renews each kind; the machines are named", () => {
    const { missing, warnings } = judge(29, answers, kubeconfigWith(SERVER));
    expect(missing).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^the certificate "API server" on cp1 ends in 29 days: its control plane should have[^]*journalctl[^]*make up STACK=cluster ENV=dev/,
      ),
      expect.stringMatching(
        /^the certificate "kubeconfig in the state" ends in 29 days: make up STACK=cluster/,
      ),
      expect.stringMatching(
        /^the certificate "kubelet client" on cp1, wok1 ends in 29 days: the kubelet renews it by itself/,
      ),
      expect.stringMatching(/^the certificate "CA of the cluster" on cp1 ends in 30 days: nothing/),
    ]);
  });

  test("misses what ends within two weeks, has ended or cannot be read", () => {
    const { missing } = judge(13, [answers[1]]);
    expect(missing).toEqual([expect.stringMatching(/"kubelet client" on wok1 ends in 13 days/)]);
    expect(judge(-2, [answers[1]]).missing[0]).toMatch(/has expired 2 days ago/);
    expect(judge(-2, [answers[1]]).text).toMatch(/expired {2}the kubelet itself$/);
    const unread = { machine: "cp2", answer: [{ kind: "ca" as const, certificate: undefined }] };
    const both = judge(400, [answers[0], unread]);
    expect(both.missing).toEqual([expect.stringMatching(/"CA of the cluster" on cp2 cannot be/)]);
    expect(both.text).toMatch(/CA of the cluster {2,}cp2 +unreadable {2}- +nothing/);
  });

  test("is told although a machine does not answer", () => {
    const silent = { machine: "cp2 (10.0.0.2)", answer: { why: "Connection timed out" } };
    const { text, missing, warnings } = judge(400, [silent, ...answers]);
    expect(text).toContain("API server");
    expect(missing).toEqual([]);
    expect(warnings).toEqual([
      "the certificates on cp2 (10.0.0.2) were not looked at: Connection timed out",
    ]);
    expect(judge(400, [silent]).text).toBe("");
  });
});

test("a clock that is wrong is named, with how far, and one that cannot be read is not", () => {
  const now = new Date("2026-11-30T12:00:00Z");
  const at = (time: string) => `clock ${Date.parse(time) / 1000}\ncertificate ca\n`;
  const clocks = [
    ...clocksIn("cp1", at("2027-11-30T12:00:00Z"), now),
    ...clocksIn("wok1", at("2026-11-30T11:00:00Z"), now),
    ...clocksIn("wok2", at("2026-11-30T11:59:30Z"), now),
    ...clocksIn("wok3", "clock soon\n", now),
  ];
  expect(clocksSection(clocks)).toEqual({
    text: "",
    warnings: [],
    missing: [
      expect.stringMatching(/^the clock of cp1 is 365 days ahead of this machine's: .*timedatectl/),
      expect.stringMatching(/^the clock of wok1 is 1 h behind this machine's: /),
    ],
  });
});
