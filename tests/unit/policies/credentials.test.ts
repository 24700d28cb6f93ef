import { type Resource, SECRET, UNKNOWN } from "../../../policies/resource";
import { noPlainSecrets } from "../../../policies/rules/secrets";
import { hostKeyPinned, noPasswordLogin } from "../../../policies/rules/ssh";
import { verifiedTls } from "../../../policies/rules/tls";
import { DEPLOYMENT, deployment, made, podSpec } from "./made";
import { testPolicy } from "./testPolicy";

const metadata = { name: "data", namespace: "home" };
const pod = (container: object, spec: object = {}): Resource[] => [
  made(DEPLOYMENT, deployment(podSpec({ ...container }, { ...spec }))),
];
const login = (connection: unknown, type = "command:remote:Command"): Resource[] => [
  made(type, { connection }),
];
const pem = (kind: string) =>
  `-----BEGIN ${kind}PRIVATE KEY-----\nMHc=\n-----END ${kind}PRIVATE KEY-----\n`;

testPolicy(noPlainSecrets, {
  fires: [
    ["a password", [made("random:x:Y", { password: "p" })], /input password is in the clear/],
    ["a private key", [made("x:y:Z", { list: [{ text: pem("EC ") }] })], /list\.0\.text/],
    ...["", "EC ", "RSA ", "OPENSSH "].map((kind): [string, Resource[], RegExp] => [
      `a private key in base64: ${kind}`,
      [made("x:y:Z", { text: `client: ${Buffer.from(pem(kind)).toString("base64")}` })],
      /input text/,
    ]),
    [
      "a value of a Secret",
      [made("kubernetes:core/v1:Secret", { metadata, data: { a: "YQ==" } })],
      /data\.a/,
    ],
    ["a variable", pod({ env: [{ name: "ADMIN_TOKEN", value: "t" }] }), /env\.0\.value/],
    [
      "a kubeconfig of a provider",
      [made("pulumi:providers:kubernetes", { kubeconfig: "k" })],
      /kubeconfig/,
    ],
    [
      "inputs that do not say which of them are secrets",
      [made("x:y:Z", {}, { masked: undefined })],
      /not told/,
    ],
  ],
  silent: [
    ["a secret", [made("x:y:Z", { password: "p" }, { masked: { password: SECRET } })]],
    ["what is not known", [made("x:y:Z", { password: UNKNOWN })]],
    [
      "names of secrets",
      [made("x:y:Z", { secretName: "s", tokenSeconds: "60", passwordFile: "/f" })],
    ],
    ["an empty password", [made("x:y:Z", { password: "" })]],
    ["a certificate", [made("x:y:Z", { text: "-----BEGIN CERTIFICATE-----" })]],
  ],
});

testPolicy(hostKeyPinned, {
  fires: [
    ["no host key", login({ host: "h" }), /^connection\.hostKey is missing/],
    ["an empty one", login({ host: "h", hostKey: "" }), /hostKey/],
    [
      "none of the machine between",
      login({ hostKey: "k", proxy: { host: "p" } }),
      /^connection\.proxy/,
    ],
    ["a copy", login({ host: "h" }, "command:remote:CopyToRemote"), /hostKey/],
  ],
  silent: [
    ["a host key", login({ hostKey: "ssh-ed25519 AAAA" })],
    ["one that is not known yet", login({ hostKey: UNKNOWN })],
    ["a connection that is not known yet", login(UNKNOWN)],
    ["a command that logs in nowhere", login({}, "command:local:Command")],
  ],
});

testPolicy(noPasswordLogin, {
  fires: [
    ["a password", login({ hostKey: "k", password: "p" }), /^connection\.password is set/],
    [
      "one for the machine between",
      login({ hostKey: "k", proxy: { hostKey: "k", password: "p" } }),
      /proxy/,
    ],
  ],
  silent: [
    ["a key", login({ hostKey: "k", privateKey: "p" })],
    ["a connection that is not known yet", login(UNKNOWN)],
  ],
});

testPolicy(verifiedTls, {
  fires: [
    [
      "a provider",
      [made("pulumi:providers:vsphere", { allowUnverifiedSsl: "true" })],
      /allowUnverifiedSsl/,
    ],
    [
      "an APIService",
      [made("x:y:APIService", { spec: { insecureSkipTLSVerify: true } })],
      /spec\.insecure/,
    ],
    [
      "kubectl",
      [made("x:y:Z", { create: "kubectl --insecure-skip-tls-verify get no" })],
      /input create/,
    ],
    ["curl", [made("x:y:Z", { create: "curl -fsSk https://x" })], /has "-fsSk"/],
    [
      "curl, without showing what stands before",
      [made("x:y:Z", { create: "curl -u me:word -k https://x" })],
      /^((?!word).)*has "-k"((?!word).)*$/,
    ],
    [
      "kubeadm",
      [made("x:y:Z", { create: "kubeadm join --discovery-token-unsafe-skip-ca-verification" })],
      /unsafe/,
    ],
    ["ssh", [made("x:y:Z", { create: "ssh -o StrictHostKeyChecking=no h" })], /StrictHost/],
    [
      "a file of Traefik's",
      [made("x:y:Z", { data: { "t.yml": "tls:\n  insecureSkipVerify: true\n" } })],
      /t\.yml/,
    ],
    [
      "a file of the CSI driver's",
      [made("x:y:Z", { stringData: { c: 'insecure-flag = "true"' } })],
      /insecure-flag/,
    ],
    ["Consul", [made("x:y:Z", { data: { c: '{"verify_incoming": false}' } })], /verify_incoming/],
    [
      "HAProxy",
      [made("x:y:Z", { stdin: "server a 10.0.0.1:6443 check-ssl verify none" })],
      /verify none/,
    ],
  ],
  silent: [
    ["verification", [made("x:y:Z", { allowUnverifiedSsl: "false", insecure: false })]],
    [
      "a switch that is off",
      [made("x:y:Z", { create: "kubectl --insecure-skip-tls-verify=false get no" })],
    ],
    [
      "curl with a CA",
      [made("x:y:Z", { create: "curl -fsS --cacert ca.crt https://x | grep -k" })],
    ],
  ],
});
