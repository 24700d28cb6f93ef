import { ANONYMOUS_PATHS, hasAnonymousPaths } from "../../cluster/hardening/authentication";
import { EXCEPTIONS } from "../../cluster/hardening/exceptions";
import type { Infra } from "../../environment/contracts";
import { readEnvironmentFile } from "../../apps/environment";
import type { Environment } from "../../environment/schema";
import { runKubectl } from "../../kubernetes/kubectl";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { probe } from "../../lib/probe";
import { table } from "../../lib/table";
import { Engine } from "../engine/engine";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { selectProjects } from "../engine/stacks";
import { nodeChecks } from "./checks";
import { FACTS_SCRIPT, type NodeFacts, parseFacts } from "./facts";
import { type Finding, findings, judged } from "./findings";
import { askMachines } from "../machines/shell";

/** Paths of the API that require an account, beside those that do not. */
const CLOSED_PATHS = [
  "/version",
  "/api",
  "/metrics",
  "/api/v1/namespaces/kube-public/configmaps/cluster-info",
];

/**
 * Reads back from the running nodes what `cluster/hardening` makes of them, and prints each check with PASS, FAIL or EXCEPTED.
 * It changes nothing.
 *
 * @throws OperatorError when a check fails that has no exception, or the site does not answer.
 */
export async function hardening(environment: string): Promise<void> {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const all = await readHardening(environment, site);
  console.log(table(["ID", "CHECK", "RESULT", "FOUND"], all.map(row)));
  const excepted = EXCEPTIONS.filter(({ id }) =>
    all.some((one) => one.id === id && one.result === "EXCEPTED"),
  );
  for (const { id, reason, instead } of excepted) {
    console.log(`\n${id}: ${reason}.\n  Instead: ${instead}.`);
  }
  const failed = all.filter(({ result }) => result === "FAIL");
  console.log(
    `\n${all.length} checks on ${site.nodes.length} nodes: ${failed.length} failed, ` +
      `${all.filter(({ result }) => result === "EXCEPTED").length} excepted (cluster/hardening/exceptions.ts).`,
  );
  if (failed.length > 0) {
    throw new OperatorError({
      what: `${failed.length} of ${all.length} checks fail.`,
      where: failed.map(({ id, what, found }) => `${id} ${what}: ${found}`).join("\n         "),
      next:
        "files and their modes are put right by make up STACK=cluster once the step that writes them runs again; flags are those\n" +
        "of the static pods' manifests in /etc/kubernetes/manifests, which kubeadm writes when it makes a control plane",
    });
  }
}

const row = ({ id, what, result, found }: Finding) => [id, what, result, found];

/** Everything that is checked, with its result. */
export async function readHardening(environment: string, site: Environment): Promise<Finding[]> {
  const [project] = selectProjects("infra");
  const outputs = await new Engine(environment).outputs(project);
  const infra = outputs?.infra as Infra | undefined;
  const privateKey = outputs?.sshPrivateKey;
  if (infra === undefined || typeof privateKey !== "string") {
    throw new OperatorError({
      what: "There are no machines yet: the infra stack is not up.",
      where: `stack ${environment} of project infra`,
      next: `make up ENV=${environment}`,
    });
  }
  const kubeconfig = await writeKubeconfig(environment);
  const [texts, configurations, others] = await Promise.all([
    askMachines(infra.nodes, { user: infra.sshUser, privateKey }, FACTS_SCRIPT),
    Promise.all(infra.nodes.map(({ name }) => kubeletConfiguration(kubeconfig, name))),
    Promise.all([anonymousFinding(infra, site), privilegedFinding(kubeconfig)]),
  ]);
  const nodes = infra.nodes.map((node, index): NodeFacts => ({
    ...parseFacts(node, texts.get(node.name) ?? ""),
    kubelet: configurations[index],
  }));
  return [...findings(nodeChecks(site.kubernetes), nodes), ...others];
}

/** What the kubelet runs with, through the API server; undefined when that does not get an answer it trusts. */
async function kubeletConfiguration(
  kubeconfig: string,
  node: string,
): Promise<Record<string, unknown> | undefined> {
  const path = `/api/v1/nodes/${node}/proxy/configz`;
  const { failed, stdout } = await runKubectl(kubeconfig, ["get", "--raw", path]);
  return failed
    ? undefined
    : (JSON.parse(stdout) as { kubeletconfig: Record<string, unknown> }).kubeletconfig;
}

/** Anonymous requests are answered on the health paths, and refused on others before anybody looks at rights. */
async function anonymousFinding({ api }: Infra, { kubernetes }: Environment): Promise<Finding> {
  const ask = async (path: string) => {
    const answer = await probe(`https://${api.name}:${api.port}${path}`, api.address, []);
    return { path, ...answer };
  };
  const open = await Promise.all(ANONYMOUS_PATHS.map(ask));
  const closed = await Promise.all(CLOSED_PATHS.map(ask));
  const wrong = [
    ...open.filter(({ status }) => status !== 200),
    ...closed.filter(({ status }) => status !== 401),
  ];
  const { version } = kubernetes;
  const cannot = hasAnonymousPaths(version)
    ? ""
    : `Kubernetes ${version} cannot tell paths apart: `;
  return judged({
    id: "1.2.1",
    what: `anonymous requests: ${ANONYMOUS_PATHS.join(" ")} only`,
    fault:
      wrong.length === 0
        ? undefined
        : cannot + wrong.map(({ path, text }) => `${path} ${text}`).join(", "),
  });
}

/** A pod that may do anything, put to the API server without being kept, in a namespace without a label of its own. */
async function privilegedFinding(kubeconfig: string): Promise<Finding> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "hardening-check", namespace: "default" },
    spec: {
      hostPID: true,
      containers: [{ name: "pause", image: "pause", securityContext: { privileged: true } }],
    },
  };
  const { failed, stderr } = await runKubectl(
    kubeconfig,
    ["create", "--dry-run=server", "--filename=-"],
    { input: JSON.stringify(pod) },
  );
  return judged({
    id: "5.2.2",
    what: "a privileged pod is refused where no label asks for it",
    fault: failed && stderr.includes("violates PodSecurity") ? undefined : stderr || "it is taken",
  });
}
