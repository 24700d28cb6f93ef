import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { Dashboard } from "../../../../apps/dashboard/dashboard";
import { RESOURCES } from "../../../../apps/dashboard/settings";
import { LaterResources } from "../../../../pulumi/laterResources";
import type { Traefik } from "../../../../apps/ingress/traefik";
import { site } from "../../environment/site";
import { mockSite, type Registered, valueOf } from "../../mocks";

/** Registers the dashboard of an environment behind an ingress of which it needs no more than where its pods are. */
async function run(stack: "dev" | "prd", change: (environment: ReturnType<typeof site>) => void) {
  const registered = await mockSite({ project: "apps", stack });
  const environment = site(stack);
  change(environment);
  const { namespace } = environment.apps.ingress;
  const ingress = Object.assign(new pulumi.ComponentResource("test:Ingress", "ingress"), {
    namespace,
    podLabels: { app: "traefik" },
    routesNamespace: "routes",
    reached: [environment.apps.dashboard.namespace],
    pageHosts: [],
    kinds: new pulumi.ComponentResource("test:Kinds", "kinds"),
    routes: new LaterResources(),
    url: pulumi.output("https://traefik.test/"),
  }) as unknown as Traefik;
  const dashboard = new Dashboard("dashboard", {
    environment,
    settings: environment.apps.dashboard,
    ingress,
  });
  const url = await valueOf(dashboard.url);
  await pulumi.runtime.disconnect();
  const objects = registered.filter(({ type }) => type.startsWith("kubernetes:"));
  return { dashboard, url, objects };
}

const asCommitted = () => undefined;

const ofKind = (objects: Registered[], kind: string) =>
  objects.map(({ inputs }) => inputs).filter((inputs) => inputs["kind"] === kind);

const podOf = (objects: Registered[]) => ofKind(objects, "Deployment")[0]["spec"].template.spec;

test("it tells where it answers and of which account a token is asked for", async () => {
  const { dashboard, url } = await run("dev", asCommitted);
  expect(url).toBe("https://dashboard.inf.dev.k8s.coolcorp.test/");
  expect(dashboard.namespace).toBe("dev-lan-coolcorp");
  expect(dashboard.serviceAccount).toBe("dashboard-reader");
});

test("its account reads, in its namespaces only, and never a secret", async () => {
  const { objects } = await run("dev", (environment) => {
    environment.apps.dashboard.namespaces = ["dev-lan-coolcorp"];
  });
  const roles = [...ofKind(objects, "Role"), ...ofKind(objects, "ClusterRole")];
  for (const { rules } of roles) {
    for (const { resources, verbs } of rules) {
      expect(verbs).toEqual(["get", "list", "watch"]);
      expect(resources).not.toContain("*");
      expect(resources.join()).not.toMatch(/secrets|exec|attach|portforward|proxy|token/);
    }
  }
  expect(ofKind(objects, "Role").map(({ metadata }) => metadata.namespace)).toEqual([
    "dev-lan-coolcorp",
  ]);
  const bindings = [...ofKind(objects, "RoleBinding"), ...ofKind(objects, "ClusterRoleBinding")];
  expect(bindings).toHaveLength(2);
  for (const { subjects } of bindings) {
    expect(subjects).toEqual([
      { kind: "ServiceAccount", name: "dashboard-reader", namespace: "dev-lan-coolcorp" },
    ]);
  }
});

test("without a list its account reads in all namespaces of the environment", async () => {
  const { objects } = await run("dev", asCommitted);
  expect(ofKind(objects, "Role").map(({ metadata }) => metadata.namespace)).toEqual(
    site("dev").namespaces.map(({ name }) => name),
  );
});

test("its pod has no token of any account and nothing writable but an empty folder", async () => {
  const { objects } = await run("prd", asCommitted);
  const pod = podOf(objects);
  expect(pod.automountServiceAccountToken).toBe(false);
  expect(pod).not.toHaveProperty("serviceAccountName");
  expect(JSON.stringify(pod)).not.toContain("serviceAccountToken");
  const [container] = pod.containers;
  expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  expect(container.resources).toEqual(RESOURCES);
  const writable = container.volumeMounts.filter(
    ({ readOnly }: { readOnly?: boolean }) => readOnly !== true,
  );
  expect(writable).toEqual([{ name: "temporary", mountPath: "/tmp" }]);
});

test("it is reached by the ingress only, and reaches the API servers only", async () => {
  const { objects } = await run("dev", asCommitted);
  expect(ofKind(objects, "NetworkPolicy").map(({ spec }) => spec)).toEqual([
    {
      podSelector: { matchLabels: { app: "dashboard" } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "devsyslan" } },
              podSelector: { matchLabels: { app: "traefik" } },
            },
          ],
          ports: [{ port: 4466 }],
        },
      ],
      egress: [{ to: [{ ipBlock: { cidr: "172.30.10.56/32" } }], ports: [{ port: 6443 }] }],
    },
  ]);
});

test("the lab's registry has the stand-ins that dev names, and prd names the products", async () => {
  const table = parse(
    readFileSync(join(__dirname, "../../../../lab/images/images.yaml"), "utf8"),
  ) as {
    images: { name: string; tag: string }[];
  };
  const served = table.images.map(({ name, tag }) => `docker.io/${name}:${tag}`);
  const { objects } = await run("dev", asCommitted);
  expect(served).toContain(podOf(objects).containers[0].image);
  const { confluence } = site("dev").apps;
  expect(served).toContain(`${confluence.image}:${confluence.version}`);
  const { apps } = site("prd");
  expect(apps.dashboard.image).toBe("ghcr.io/headlamp-k8s/headlamp");
  expect(apps.confluence.image).toBe("docker.io/atlassian/confluence");
});
