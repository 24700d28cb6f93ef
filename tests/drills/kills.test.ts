import { FIELD_MANAGER } from "../../kubernetes/fieldManager";
import { runningVcenter } from "../../lab/vcenter/vcenter";
import { Engine } from "../../operations/engine/engine";
import { selectProjects } from "../../operations/engine/stacks";
import { resourcesOf } from "../../operations/engine/stackState";
import { watchAcceptedWrites } from "../e2e/support/acceptedWrites";
import {
  changesIn,
  type Cut,
  environment,
  expectSuccess,
  fieldOwners,
  make,
} from "../e2e/support/harness";
import { takeLabDown } from "../e2e/support/lab";

/**
 * `make up` is killed, with all its processes, again and again: each time right after the next thing that vCenter or the API
 * server has accepted and the state does not have yet, or where there is neither, when the next command on a machine begins.
 */
jest.setTimeout(4 * 3_600_000);

/** So many kills mean a fault: there are about 250 resources. */
const MOST_KILLS = 400;

/** Every type of which the site has a resource. */
const TYPES = [
  "command:local:Command",
  "command:remote:Command",
  "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
  "kubernetes:apps/v1:DaemonSet",
  "kubernetes:apps/v1:Deployment",
  "kubernetes:apps/v1:DeploymentPatch",
  "kubernetes:apps/v1:StatefulSet",
  "kubernetes:batch/v1:CronJob",
  "kubernetes:batch/v1:Job",
  "kubernetes:core/v1:ConfigMap",
  "kubernetes:core/v1:LimitRange",
  "kubernetes:core/v1:Namespace",
  "kubernetes:core/v1:NodePatch",
  "kubernetes:core/v1:PersistentVolumeClaim",
  "kubernetes:core/v1:ResourceQuota",
  "kubernetes:core/v1:Secret",
  "kubernetes:core/v1:Service",
  "kubernetes:core/v1:ServiceAccount",
  "kubernetes:networking.k8s.io/v1:IngressClass",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  "kubernetes:policy/v1:PodDisruptionBudget",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
  "kubernetes:rbac.authorization.k8s.io/v1:Role",
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
  "kubernetes:storage.k8s.io/v1:StorageClass",
  "kubernetes:traefik.io/v1alpha1:IngressRoute",
  "kubernetes:traefik.io/v1alpha1:Middleware",
  "random:index/randomBytes:RandomBytes",
  "random:index/randomId:RandomId",
  "random:index/randomPassword:RandomPassword",
  "random:index/randomUuid:RandomUuid",
  "tls:index/certRequest:CertRequest",
  "tls:index/locallySignedCert:LocallySignedCert",
  "tls:index/privateKey:PrivateKey",
  "tls:index/selfSignedCert:SelfSignedCert",
  "vsphere:index/folder:Folder",
  "vsphere:index/role:Role",
  "vsphere:index/virtualMachine:VirtualMachine",
];

/** The engine's line when a command on a machine begins. */
const COMMAND = /\+ +(command:remote:Command \S+) creating/g;

/** Prefix of the lines about accepted writes, to tell them from what make prints. */
const ACCEPTED = "accepted by vCenter or the API server: ";

/** Kills at the first thing that no earlier run has seen, and remembers it. */
function nextUnseen(seen: Set<string>): Cut {
  const isUnseen = (what: string): boolean => !seen.has(what) && Boolean(seen.add(what));
  return {
    signal: "SIGKILL",
    when: {
      test: (text) =>
        text.startsWith(ACCEPTED)
          ? isUnseen(text.slice(ACCEPTED.length))
          : [...text.matchAll(COMMAND)].some(([, command]) => isUnseen(command)),
    },
    watch: (tell) => watchAcceptedWrites((what) => tell(`${ACCEPTED}${what}`)),
  };
}

/** What the engine or, for what it accepts, the other side says at the first resource of a type. */
function firstOf(type: string): RegExp {
  const [, kind] = /^kubernetes:.*:(\w+?)(?:Patch)?$/.exec(type) ?? [];
  if (type === "vsphere:index/virtualMachine:VirtualMachine") {
    return /^machine sitewright-devk8s/;
  }
  return kind === undefined || type.endsWith("Patch")
    ? new RegExp(`\\+ +${type.replace(/index\/\w+:/, "index:")} \\S+ creating`)
    : new RegExp(`^${plural(kind.toLowerCase())} `);
}

const plural = (kind: string): string => kind.replace(/y$/, "ie").replace(/(ss|s)$/, "$1e") + "s";

/** The types of what the site's stacks have, without what only groups others or is the engine's own. */
async function typesOfSite(): Promise<string[]> {
  const engine = new Engine(environment);
  const resources = await Promise.all(
    selectProjects().map((project) => resourcesOf(engine, project)),
  );
  const made = resources.flat().filter(({ id, type }) => id && !type.startsWith("pulumi:"));
  return [...new Set(made.map(({ type }) => type))].sort();
}

/** A lab that has lost its vCenter goes at once: nothing of the site is destroyed one by one. */
async function toNothing(): Promise<void> {
  const vcenter = runningVcenter();
  if (vcenter !== undefined) {
    process.kill(vcenter.pid, "SIGKILL");
  }
  expectSuccess(await make("down"));
}

async function converged(): Promise<void> {
  expectSuccess(await make("up"));
  const again = await make("up");
  expectSuccess(again);
  expect(changesIn(again)).toEqual([]);
  const owners = await fieldOwners();
  expect(owners).toContain(FIELD_MANAGER);
  expect(owners.join(" ")).not.toMatch(/pulumi-kubernetes-/);
}

/** From nothing: one run that is cut off, and the next, which is not. */
async function cutOffOnce(cut: Cut): Promise<void> {
  await toNothing();
  const finished = await make("up", { cut });
  expect(finished.exitCode).not.toBe(0);
  if (cut.watch === undefined) {
    expect(cut.when.test(finished.output)).toBe(true);
  }
  await converged();
}

test("killed at each accepted write, it comes to its end", async () => {
  await takeLabDown();
  const seen = new Set<string>();
  for (let kills = 0; ; kills++) {
    expect(kills).toBeLessThan(MOST_KILLS);
    const before = seen.size;
    const finished = await make("up", { cut: nextUnseen(seen) });
    if (finished.exitCode === 0) {
      process.stdout.write(`make up came to its end after ${kills} kills\n`);
      break;
    }
    // It must have ended by our signal, not by a fault that an earlier kill has left.
    if (seen.size === before) {
      expectSuccess(finished);
    }
    process.stdout.write(`killed: ${[...seen].slice(before).join(", ")}\n`);
  }
  await converged();
  expect(await typesOfSite()).toEqual([...TYPES].sort());
});

/**
 * Of each type: when its first resource is accepted or, where no watch reports that, begun.
 * What the API server accepts is called there by the plural of the kind, in small letters.
 */
test.each(TYPES)("from nothing, killed once at the first %s", (type) =>
  cutOffOnce({ signal: "SIGKILL", when: firstOf(type), watch: watchAcceptedWrites }),
);

/** As an operator's Ctrl-C: the engine still records what it has begun. */
test("from nothing, asked by SIGINT to end during the applications", () =>
  cutOffOnce({
    signal: "SIGINT",
    when: /\+ +kubernetes:apps\/v1:Deployment [^\n]*traefik[^\n]*creating/,
  }));

afterAll(async () => {
  expectSuccess(await make("down"));
});
