import { runKubectl } from "../../kubernetes/kubectl";
import { OperatorError } from "../../lib/operatorError";
import { Engine } from "../engine/engine";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { selectProjects } from "../engine/stacks";

/** What the apps stack says of its dashboard: `dashboard` of its contract. */
export interface DashboardAccess {
  /** Of the service account. */
  namespace: string;
  serviceAccount: string;
  url: string;
  /** How long a token is valid. */
  tokenSeconds: number;
}

/**
 * Prints the dashboard's URL and a short-lived token of its reader. Only the token goes to standard output, so that it can
 * be handed on without being seen; it is kept nowhere.
 * @throws OperatorError when the apps stack is not up or the API gives no token.
 */
export async function dashboard(environment: string): Promise<void> {
  const [apps] = selectProjects("apps");
  const access = dashboardAccess(environment, await new Engine(environment).outputs(apps));
  const token = await createToken(await writeKubeconfig(environment), access);
  console.error(invitation(access));
  console.log(token);
}

/** Picks the dashboard from the outputs of the apps stack. */
export function dashboardAccess(
  environment: string,
  outputs: Record<string, unknown> | undefined,
): DashboardAccess {
  const access = (outputs?.apps as { dashboard?: DashboardAccess } | undefined)?.dashboard;
  if (access === undefined) {
    throw new OperatorError({
      what: "There is no dashboard: the stack apps is not up, or its environment has no apps.dashboard.",
      where: `stack ${environment} of project apps`,
      next: `make up ENV=${environment}, with apps.dashboard in Pulumi.${environment}.yaml`,
    });
  }
  return access;
}

/** What an operator does with the token that is printed after this. */
export function invitation({
  namespace,
  serviceAccount,
  url,
  tokenSeconds,
}: DashboardAccess): string {
  return (
    `Open ${url} and log in with the token below, within ${Math.floor(tokenSeconds / 60)} minutes.\n` +
    `It is of the account ${serviceAccount} in ${namespace}, which may read and nothing else.`
  );
}

/** The words after kubectl's name that ask for a token. */
export function tokenRequest({
  namespace,
  serviceAccount,
  tokenSeconds,
}: DashboardAccess): string[] {
  return [
    ...["create", "token", serviceAccount],
    ...[`--namespace=${namespace}`, `--duration=${tokenSeconds}s`],
  ];
}

async function createToken(kubeconfig: string, access: DashboardAccess): Promise<string> {
  const result = await runKubectl(kubeconfig, tokenRequest(access), { timeoutSeconds: 10 });
  const token = result.stdout.trim();
  if (result.failed || token === "") {
    throw new OperatorError({
      what: "The API gives no token.",
      where: `account ${access.serviceAccount} in namespace ${access.namespace}`,
      why: result.stderr.split("\n").at(-1),
      next: "make status shows whether the cluster answers; make up repairs a missing account",
    });
  }
  if (result.stderr !== "") {
    // Such as a warning that the API makes tokens of a shorter life.
    console.error(result.stderr);
  }
  return token;
}
