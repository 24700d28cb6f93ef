import type { Apps, Cluster, Infra } from "../environment/contracts";
import { Engine } from "./engine";
import { writeKubeconfig } from "./kubeconfig";
import { probe } from "./probe";
import { nodeReadiness, type Readiness } from "./readiness";
import { stackProjects } from "./stacks";
import { table } from "./table";

/**
 * Prints the running site: nodes with role, zone, address and readiness, URLs with their answer,
 * versions, and what is missing. Ends with exit code 1 when something is.
 */
export async function status(environment: string): Promise<void> {
  const engine = new Engine(environment);
  const missing: string[] = [];
  const [infra, cluster, apps] = await Promise.all(
    stackProjects.slice(0, 3).map(async (project) => {
      const outputs = await engine.outputs(project);
      if (outputs?.[project.name] === undefined) {
        missing.push(
          `stack ${project.name} is not up: make up STACK=${project.name} ENV=${environment}`,
        );
      }
      return outputs ?? {};
    }),
  );
  const site = infra.infra as Infra | undefined;
  const kubernetes = cluster.cluster as Cluster | undefined;
  const applications = apps.apps as Apps | undefined;

  let readiness: Map<string, Readiness> = new Map();
  if (kubernetes !== undefined) {
    const kubeconfig = await writeKubeconfig(environment);
    try {
      readiness = await nodeReadiness(kubeconfig);
    } catch (error) {
      missing.push(
        `the API does not answer at ${kubernetes.apiServer}: ${(error as Error).message}`,
      );
    }
  }
  if (site !== undefined) {
    const rows = site.nodes.map((node) => {
      const state = readiness.get(node.name) ?? { ready: "not joined", version: "-" };
      if (state.ready !== "Ready") {
        missing.push(`node ${node.name} is ${state.ready}`);
      }
      return [node.name, node.role, node.zone, node.address, state.ready, state.version];
    });
    const { name, address } = site.loadBalancer;
    rows.unshift([name, "load-balancer", "-", address, "-", "-"]);
    console.log(table(["MACHINE", "ROLE", "ZONE", "ADDRESS", "STATE", "KUBELET"], rows));
  }
  if (kubernetes !== undefined) {
    console.log(
      `\n${table(
        ["CLUSTER", "API", "KUBERNETES", "POD NETWORK"],
        [
          [
            kubernetes.clusterName,
            kubernetes.apiServer,
            kubernetes.kubernetesVersion,
            kubernetes.cni,
          ],
        ],
      )}`,
    );
  }
  if (applications !== undefined && site !== undefined) {
    const rows = await Promise.all(
      applications.urls.map(async ({ name, url }) => {
        const answer = await probe(
          url,
          site.loadBalancer.address,
          applications.ingressCaCertificate,
        );
        if (!answer.ok) {
          missing.push(`${name} answers ${answer.text} at ${url}`);
        }
        return [name, url, answer.text];
      }),
    );
    console.log(`\n${table(["APPLICATION", "URL", "ANSWER"], rows)}`);
  }
  if (missing.length > 0) {
    console.log(`\nMissing:\n${missing.map((line) => `  - ${line}`).join("\n")}`);
    process.exitCode = 1;
  }
}
