import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { type ApiAccess, certificate, readKubeconfig } from "../../kubernetes/kubeconfig";
import { Kubectl, type KubernetesObject } from "../../kubernetes/kubectl";
import { writeAtomically } from "../../lib/files";
import { span } from "../../lib/humanUnits";
import { OperatorError } from "../../lib/operatorError";
import { stateDirectory } from "../../lib/paths";
import { table } from "../../lib/table";
import { writeKubeconfig } from "../engine/kubeconfigFile";
import { type ClientCertificate, issueCertificate } from "../people/clientCertificate";
import {
  bindingsOf,
  type Binding,
  expiredBindings,
  identifier,
  isFor,
  isOurs,
  type Issue,
  issuesIn,
  MANAGER,
  readBindings,
  removeBindings,
  userName,
  usersOf,
} from "../people/issues";
import { type Asked, type Grant, grantOf, nameFaults } from "../people/request";

type Api = Pick<Kubectl, "list" | "find" | "create" | "approve" | "removeAll">;

/** A site whose API answers. */
export interface PeoplesSite {
  environment: string;
  api: Api;
  /** Text of the operator's kubeconfig: its server and CA are everybody's. */
  kubeconfig: string;
  now: Date;
}

/**
 * Writes the operator's kubeconfig; with a USER it issues one to a person, or with REVOKE takes the rights from all that were issued to
 * that person.
 * @throws OperatorError when the cluster is not up, its API refuses it, or the words make no sense together.
 */
export async function kubeconfig(
  environment: string,
  { user, revoke, ...rights }: Partial<Asked> & { revoke?: string },
): Promise<void> {
  const given = Object.values({ ...rights }).some((word) => word !== undefined);
  if (user === undefined && (given || revoke !== undefined)) {
    throw new OperatorError({
      what: "Whose kubeconfig? ROLE, NAMESPACE, DAYS and REVOKE go with a USER.",
      next: `make kubeconfig USER=jane ROLE=view ENV=${environment}`,
    });
  }
  if (revoke !== undefined && (given || revoke !== "1")) {
    throw new OperatorError({
      what: "REVOKE=1 takes away all that a person was issued: ROLE, NAMESPACE and DAYS do not go with it.",
      next: `make kubeconfig USER=${user} REVOKE=1 ENV=${environment}`,
    });
  }
  if (user === undefined) {
    const path = await writeKubeconfig(environment);
    console.log(`Written with mode 0600. Use it: export KUBECONFIG=${path}`);
    return;
  }
  const site = await open(environment);
  await (revoke === undefined ? issue(site, { user, ...rights }) : revokeAll(site, user));
}

/**
 * Prints what was issued to people, with role and end.
 * @throws OperatorError when the cluster is not up or its API does not answer.
 */
export async function kubeconfigs(environment: string): Promise<void> {
  const { api, now } = await open(environment);
  console.log(issuesTable(issuesIn(await readBindings(api)), now));
}

/**
 * Issues a kubeconfig to a person. Rights come last, so that whatever ends this before leaves none of them; what has expired of all
 * people is removed after it.
 * @throws OperatorError with all faults, before anything is made; or when the API refuses a step.
 */
export async function issue(site: PeoplesSite, asked: Asked): Promise<void> {
  const { environment, api, now } = site;
  const grant = await grantFor(site, asked);
  const user = userName(grant.person, now);
  const signed = await issueCertificate(api, { ...grant, user });
  const path = personalPath(environment, user);
  writeAtomically(path, personalKubeconfig(site, user, signed));
  const issued = { ...grant, user, expires: signed.expires };
  await bind(api, issued, path);
  console.log(
    `Written with mode 0600: ${path}\n` +
      `It is for ${user}, who has the role ${grant.role} in ${places(issued)} until ${minute(signed.expires)}.\n` +
      `Hand it over in private, then delete it here. To revoke it: make kubeconfig USER=${grant.person} REVOKE=1 ENV=${environment}`,
  );
  const expired = expiredBindings(await readBindings(api), signed.askedAt);
  await remove(site, expired);
  usersOf(expired).forEach((former) => console.log(`Removed the rights of ${former}: expired.`));
}

/**
 * Takes the rights from all kubeconfigs of a person.
 * @throws OperatorError when there are none, so that a mistyped name is noticed; or when others have given rights to the same users.
 */
export async function revokeAll(site: PeoplesSite, person: string): Promise<void> {
  const { environment, api } = site;
  const faults = nameFaults(person);
  if (faults.length > 0) {
    throw new OperatorError({
      what: "There is no kubeconfig of a person of that name.",
      why: faults.join("\n"),
      next: `make kubeconfigs ENV=${environment}`,
    });
  }
  const bindings = await readBindings(api);
  const ours = bindings.filter((one) => isOurs(one, person));
  const others = bindings.filter((one) => isFor(person, one) && !isOurs(one, person));
  await remove(site, ours);
  usersOf(ours).forEach((user) => console.log(`Revoked: ${user}`));
  if (others.length > 0) {
    throw new OperatorError({
      what: `${person} still has rights: other bindings name the users of these kubeconfigs.`,
      where: others.map(nameOf).join("\n"),
      next: "look at these bindings, and delete them or their subjects with kubectl",
    });
  }
  if (ours.length === 0) {
    throw new OperatorError({
      what: `There is no kubeconfig of ${person} with any rights.`,
      next: `make kubeconfigs ENV=${environment} lists whose there are`,
    });
  }
}

/** As `make kubeconfigs` prints it. */
export function issuesTable(issues: readonly Issue[], now: Date): string {
  if (issues.length === 0) {
    return "No kubeconfig was issued to a person.";
  }
  return table(
    ["PERSON", "USER", "ROLE", "IN", "ENDS", "LEFT"],
    issues.map((one) => [
      ...[one.person, one.user, one.role, places(one)],
      ...[one.expires === undefined ? "unknown" : minute(one.expires), left(one, now)],
    ]),
  );
}

/** Where the kubeconfig of a person's user is written. */
export function personalPath(environment: string, user: string): string {
  return join(stateDirectory(), environment, "kubeconfigs", identifier(user));
}

async function open(environment: string): Promise<PeoplesSite> {
  const path = await writeKubeconfig(environment);
  const now = new Date();
  return { environment, api: new Kubectl(path), kubeconfig: readFileSync(path, "utf8"), now };
}

async function grantFor(site: PeoplesSite, asked: Asked): Promise<Grant> {
  const { environment, api, now } = site;
  const names = async (kind: string) =>
    (await api.list<KubernetesObject>(kind, {})).map(({ metadata }) => metadata.name);
  const [roles, namespaces] = await Promise.all([names("clusterroles"), names("namespaces")]);
  const ca = certificate(accessOf(site).ca);
  const offer = { roles, namespaces, caEnds: new Date(ca?.validTo ?? NaN) };
  const grant = grantOf(asked, offer, now);
  if ("faults" in grant) {
    throw new OperatorError({
      what: "This kubeconfig cannot be issued. Nothing was made.",
      why: grant.faults.join("\n"),
      next: `make kubeconfig USER=jane ROLE=view NAMESPACE=default DAYS=30 ENV=${environment}, with what this site has`,
    });
  }
  return grant;
}

/** A binding that fails takes the others and the file with it, as far as the API lets it. */
async function bind(
  api: Api,
  issued: Grant & { user: string; expires: Date },
  path: string,
): Promise<void> {
  const items = bindingsOf(issued);
  try {
    await api.create({ apiVersion: "v1", kind: "List", items }, MANAGER);
  } catch (error) {
    await removeBindings(api, items as Binding[]).catch(() => undefined);
    rmSync(path, { force: true });
    throw error;
  }
}

/** Removes bindings, and the files of their users where they are still here: they are of no use any more. */
async function remove({ environment, api }: PeoplesSite, bindings: Binding[]): Promise<void> {
  await removeBindings(api, bindings);
  for (const user of usersOf(bindings)) {
    rmSync(personalPath(environment, user), { force: true });
  }
}

function personalKubeconfig(
  site: PeoplesSite,
  user: string,
  { cert, key }: ClientCertificate,
): string {
  const { environment } = site;
  const { server, serverName, ca } = accessOf(site);
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: environment,
        cluster: {
          server: server.origin,
          ...(serverName === undefined ? {} : { "tls-server-name": serverName }),
          "certificate-authority-data": base64(ca),
        },
      },
    ],
    users: [
      {
        name: user,
        user: { "client-certificate-data": base64(cert), "client-key-data": base64(key) },
      },
    ],
    contexts: [{ name: environment, context: { cluster: environment, user } }],
    "current-context": environment,
  });
}

function accessOf({ environment, kubeconfig }: PeoplesSite): ApiAccess {
  const read = readKubeconfig(kubeconfig);
  if (read.kind === "broken") {
    throw new OperatorError({
      what: "The operator's kubeconfig in the state cannot be used.",
      why: read.why,
      next: `make up STACK=cluster ENV=${environment}`,
    });
  }
  return read.access;
}

function places({ namespaces }: Pick<Issue, "namespaces">): string {
  return namespaces.length === 0 ? "all namespaces" : namespaces.join(", ");
}

function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16)}Z`;
}

function left({ expires }: Issue, now: Date): string {
  if (expires === undefined) {
    return "-";
  }
  const milliseconds = expires.getTime() - now.getTime();
  return milliseconds < 0 ? "expired" : span(milliseconds);
}

function nameOf({ kind, metadata: { name, namespace } }: Binding): string {
  return `${kind} ${name}${namespace === undefined ? "" : ` in ${namespace}`}`;
}
