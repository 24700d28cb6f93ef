import * as pulumi from "@pulumi/pulumi";

import { Confluence } from "../../../apps/confluence/confluence";
import { homeBackup } from "../../../apps/confluence/homeBackup";
import { ConfluenceBackup } from "../../../apps/confluence/confluenceBackup";
import { Database } from "../../../apps/confluence/database";
import { SETUP_PATHS } from "../../../apps/confluence/setupPaths";
import { blockedPaths } from "../../../apps/ingress/blockedPaths";
import { LaterResources } from "../../../pulumi/laterResources";
import type { Traefik } from "../../../apps/ingress/traefik";
import { parseEnvironment } from "../../environment";
import { rawSite, site } from "../environment/site";
import { mockSite, type Registered, valueOf } from "../mocks";

/** The ingress as applications see it. */
class FakeTraefik extends pulumi.ComponentResource {
  readonly namespace = "syslan";
  readonly podLabels = { app: "traefik" };
  readonly routesNamespace = "routes";
  readonly reached: string[];
  readonly pageHosts: string[] = [];
  readonly kinds = new pulumi.ComponentResource("test:Kinds", "kinds");
  readonly routes = new LaterResources();
  readonly url = pulumi.output("https://traefik.test/");

  constructor(reached: string[]) {
    super("test:Traefik", "traefik");
    this.reached = reached;
  }
}

/** All of Confluence on a site, and what its components tell others. */
async function run(stack: "dev" | "prd", changes: Record<string, unknown> = {}) {
  const raw = rawSite(stack);
  Object.assign(raw["apps"].confluence, changes);
  const environment = parseEnvironment(stack, raw);
  const settings = environment.apps.confluence;
  const registered = await mockSite({
    project: "apps",
    stack,
    outputs: {
      "random:index/randomPassword:RandomPassword": ({ name, inputs }) => ({
        result: `${name}-${inputs["keepers"].generation}`,
      }),
    },
  });
  const ingress = new FakeTraefik([settings.namespace]) as unknown as Traefik;
  const database = new Database("confluence-database", { environment, settings, ingress });
  const confluence = new Confluence("confluence", { environment, settings, ingress, database });
  const backup = new ConfluenceBackup("confluence-backup", { environment, settings, database });
  const urls = await Promise.all(
    [database.adminerUrl, confluence.url, confluence.publicUrl].map(valueOf),
  );
  const password = await valueOf(database.administrator.password);
  await pulumi.runtime.disconnect();
  return { registered, urls, password, backup, wiki: confluence };
}

const kind = (registered: Registered[], name: string): Registered[] =>
  registered.filter(({ type }) => type.endsWith(`:${name}`));
/** The Secret that Confluence and its database read; the other one is of their backups. */
const databaseSecret = (registered: Registered[]): Registered =>
  registered.find(({ name }) => name === "confluence-database-secret")!;
const podOf = ({ inputs }: Registered) => inputs["spec"].template.spec;

test("Confluence and PostgreSQL's image are told one database, and each its own account", async () => {
  const { registered } = await run("dev");
  expect(databaseSecret(registered).inputs["stringData"]).toEqual({
    ATL_JDBC_URL: "jdbc:postgresql://svc-confluencedb:5432/confluence",
    ATL_JDBC_USER: "confluence",
    ATL_JDBC_PASSWORD: "confluence-database-password-1",
    POSTGRES_DB: "confluence",
    POSTGRES_USER: "postgres",
    POSTGRES_PASSWORD: "confluence-database-superuser-password-1",
  });
});

test("the pages are where the environment says", async () => {
  const { urls } = await run("dev");
  expect(urls).toEqual([
    "https://confluencedb.inf.dev.k8s.coolcorp.test/",
    "https://confluence.inf.dev.k8s.coolcorp.test/",
    "https://confluence.coolcorp.test/",
  ]);
});

test("both hosts of Confluence lack the pages of setup, until the environment opens them", async () => {
  const rules = (registered: Registered[]): string[] =>
    kind(registered, "IngressRoute").flatMap(({ inputs }) =>
      (inputs["spec"].routes as { match: string }[]).map(({ match }) => match),
    );
  const closed = ` && !PathRegexp(\`${blockedPaths(SETUP_PATHS)}\`)`;
  expect(rules((await run("prd")).registered).sort()).toEqual([
    `Host(\`confluence.coolcorp.priv\`)${closed}`,
    `Host(\`confluence.inf.prd.k8s.coolcorp.priv\`)${closed}`,
    "Host(`confluencedb.inf.prd.k8s.coolcorp.priv`)",
  ]);
  const open = await run("prd", { setupIsOpen: true });
  expect(rules(open.registered).join()).not.toContain("PathRegexp");
});

test("every container is hardened, bounded and counted", async () => {
  const { registered } = await run("prd");
  const sets = kind(registered, "StatefulSet");
  expect(sets).toHaveLength(2);
  const counted = site("prd").applications.flatMap(({ workloads }) => workloads);
  for (const set of sets) {
    const pod = podOf(set);
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" },
    });
    for (const container of [...pod.containers, ...pod.initContainers]) {
      expect(container.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(container.resources.limits.memory).toBeDefined();
    }
    const app = set.name.includes("database") ? "confluence's database" : "confluence";
    expect(pod.containers.map(({ resources }: { resources: unknown }) => resources)).toEqual(
      counted.find((one) => one.app === app)?.containers,
    );
    expect(set.inputs["spec"].replicas).toBe(1);
  }
});

test("one claim is one pod's: no template makes another", async () => {
  const { registered } = await run("prd");
  for (const { inputs } of kind(registered, "StatefulSet")) {
    expect(inputs["spec"]).not.toHaveProperty("volumeClaimTemplates");
  }
  expect(
    kind(registered, "PersistentVolumeClaim").map(({ inputs }) => [
      inputs["metadata"].name,
      inputs["spec"].resources.requests.storage,
    ]),
  ).toEqual(
    expect.arrayContaining([
      ["pvc-confluence-db", "15Gi"],
      ["pvc-confluence-apps", "8Gi"],
    ]),
  );
});

test("passwords are in the Secret and in nothing else that Kubernetes shows", async () => {
  const { registered, password } = await run("dev");
  const secrets = ["confluence-database-superuser-password-1", "confluence-database-password-1"];
  expect(password).toBe(secrets[0]);
  for (const { type, name, inputs, secretInputs } of registered) {
    const text = JSON.stringify(inputs);
    if (type === "kubernetes:core/v1:Secret") {
      expect(secretInputs).toContain("stringData");
    }
    if (name === databaseSecret(registered).name) {
      secrets.forEach((secret) => expect(text).toContain(secret));
      expect(inputs["metadata"].name).toBe("sec-dev-confluencedb");
    } else {
      secrets.forEach((secret) => expect(`${name} ${text}`).not.toContain(secret));
    }
  }
});

test("another generation is another password, and other pods of both", async () => {
  const annotations = async (passwordGeneration: number): Promise<string[]> => {
    const { database } = rawSite("dev")["apps"].confluence;
    const { registered } = await run("dev", { database: { ...database, passwordGeneration } });
    return kind(registered, "StatefulSet").map(
      ({ inputs }) => inputs["spec"].template.metadata.annotations["sitewright/secret"],
    );
  };
  const [first, again, second] = [await annotations(1), await annotations(1), await annotations(2)];
  expect(again).toEqual(first);
  expect(new Set(first).size).toBe(1);
  expect(second).not.toEqual(first);
});

test("5432 is for Confluence and its tasks, 8080 for the ingress, and the database opens no connections", async () => {
  const { registered } = await run("dev");
  const policy = kind(registered, "NetworkPolicy").find(
    ({ name }) => name === "confluence-database-policy",
  );
  expect(policy?.inputs["spec"]).toMatchObject({
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [
          { podSelector: { matchLabels: { app: "confluence" } } },
          { podSelector: { matchLabels: { app: "confluence-backup" } } },
        ],
        ports: [{ port: 5432 }],
      },
      {
        from: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "syslan" } },
            podSelector: { matchLabels: { app: "traefik" } },
          },
        ],
        ports: [{ port: 8080 }],
      },
    ],
    egress: [],
  });
});

test("no probe ends a database that recovers, nor a Confluence whose database is away", async () => {
  const { registered } = await run("dev");
  const containers = kind(registered, "StatefulSet").flatMap((set) => podOf(set).containers);
  const named = (name: string) => containers.find((one: { name: string }) => one.name === name);
  const { startupProbe, livenessProbe } = named("postgres");
  expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(3600);
  expect(livenessProbe.exec.command.at(-1)).toMatch(/\|\| test \$\? -eq 1$/);
  expect(named("confluence").livenessProbe).not.toHaveProperty("httpGet");
});

test("the home is saved on Confluence's node, as its owner, and restored wherever there is room when Confluence is stopped", async () => {
  const { registered, wiki } = await run("prd");
  const environment = site("prd");
  const settings = environment.apps.confluence;
  const made = await mockSite({ project: "apps", stack: "prd" });
  const spec = settings.homeBackup!;
  homeBackup("files", { environment, settings, spec, claimName: wiki.homeClaim });
  await pulumi.runtime.disconnect();
  expect(
    kind(registered, "PersistentVolumeClaim").map(({ inputs }) => inputs["metadata"].name),
  ).toContain(await valueOf(wiki.homeClaim));
  const [save, restore] = ["backup", "restore"].map((which) => {
    const { inputs } = kind(made, "CronJob").find(
      (one) => one.inputs["metadata"].name === `${which}-confluence-files`,
    )!;
    expect(inputs["metadata"].annotations ?? {}).toEqual(
      which === "restore" ? { "sitewright/restore-stops": "statefulset/sts-confluence" } : {},
    );
    return inputs["spec"].jobTemplate.spec.template.spec;
  });
  const besideConfluence = {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: { matchLabels: { app: "confluence" } },
  };
  expect(save.affinity.podAffinity).toEqual({
    requiredDuringSchedulingIgnoredDuringExecution: [besideConfluence],
  });
  expect(restore.affinity.podAffinity).toEqual({
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 100, podAffinityTerm: besideConfluence },
    ],
  });
  for (const pod of [save, restore]) {
    expect(pod.securityContext).toMatchObject({ runAsUser: 2002, runAsGroup: 2002, fsGroup: 2002 });
    expect(pod.volumes).toContainEqual({
      name: "home",
      persistentVolumeClaim: { claimName: "pvc-confluence-apps" },
    });
  }
  // On one file server the home, its backups and those of the database have a folder each.
  const mounted = [...save.initContainers, ...save.containers].flatMap(
    ({ volumeMounts }: { volumeMounts: { name: string; subPath?: string }[] }) => volumeMounts,
  );
  expect(mounted).toContainEqual({
    name: "backups",
    mountPath: "/backups",
    subPath: "prd/confluence-files",
  });
});

test("a restore stops Confluence", async () => {
  const { registered, backup } = await run("dev");
  const restore = kind(registered, "CronJob").find(
    ({ inputs }) => inputs["metadata"].name === "restore-confluence",
  );
  expect(restore?.inputs["metadata"].annotations).toEqual({
    "sitewright/restore-stops": "statefulset/sts-confluence",
  });
  expect(backup.tasks.summary).toMatchObject({ app: "confluence", namespace: "dev-lan-coolcorp" });
});
