import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { CertificateAuthority } from "../../../apps/certificates/authority";
import { dynamicConfig } from "../../../apps/ingress/dynamicConfig";
import { pagesInOtherZones } from "../../../apps/ingress/pages";
import { Route } from "../../../apps/ingress/route";
import { Traefik, type TraefikArgs } from "../../../apps/ingress/traefik";
import { staticConfig } from "../../../apps/ingress/traefikConfig";
import type { ConsulForTraefik } from "../../../apps/ingress/consulForTraefik";
import { pairSite } from "../environment/pair";
import { site } from "../environment/site";
import { expectGolden } from "../golden";
import { valueOf } from "../mocks";
import { objects, registeredBy } from "./objects";

jest.mock("../../../apps/ingress/crdManifest", () => ({
  crdManifest: () => readFileSync(join(__dirname, "fixtures", "traefik-crds.yaml"), "utf8"),
}));

const environment = site("dev");
const certificate = (name: string) => ({
  chain: pulumi.output(`chain ${name}\n`),
  privateKey: pulumi.secret(`key ${name}\n`),
});
const traefikArgs = (): TraefikArgs & { consul: ConsulForTraefik } => ({
  environment,
  settings: environment.apps.ingress,
  certificate: certificate("wildcard"),
  reached: ["dev-lan-coolcorp"],
  pages: pagesInOtherZones(environment),
  consul: {
    namespace: "devsyslan",
    podLabels: { app: "consul" },
    podPort: 8501,
    endpoint: "svc-consul-for-traefik.devsyslan.svc:8500",
    uiHost: "consul-traefik-lan.inf.dev.k8s.coolcorp.test",
    ca: "CA of Consul\n",
    clientCertificate: certificate("client"),
    token: pulumi.secret("token of the store"),
    uiToken: pulumi.secret("token of the page"),
    ready: new pulumi.ComponentResource("test:index:Consul", "consul"),
  },
});

/** Traefik, and no routes but those of `routes`. */
function traefik(
  args: TraefikArgs = traefikArgs(),
  routes: (it: Traefik) => void = () => undefined,
) {
  const it = new Traefik("traefik", args);
  routes(it);
  it.routes.complete();
  return it;
}

test("each Secret has what it is named after, and the configuration is the environment's", async () => {
  const registered = await registeredBy(() => traefik());
  const secrets = registered.filter(({ type }) => type === "kubernetes:core/v1:Secret");
  const { "traefik-config": config, ...others } = Object.fromEntries(
    secrets.map(({ inputs }) => [inputs["metadata"].name, inputs["stringData"]]),
  );
  expect(others).toEqual({
    "traefik-certificate": { "tls.crt": "chain wildcard\n", "tls.key": "key wildcard\n" },
    "traefik-consul": {
      "ca.crt": "CA of Consul\n",
      "tls.crt": "chain client\n",
      "tls.key": "key client\n",
    },
    "traefik-operator": { users: "operator:hash traefik-operator-password\n" },
  });
  const endpoint = "svc-consul-for-traefik.devsyslan.svc:8500";
  expect(config).toEqual({
    "traefik.yml": staticConfig({
      ingressClass: "traefik",
      routes: "dev-lan-routes",
      home: "devsyslan",
      address: "172.30.10.45",
      consul: { endpoint, token: "token of the store" },
    }),
    "dynamic.yml": dynamicConfig({
      dashboardHost: "traefik.inf.dev.k8s.coolcorp.test",
      consul: {
        host: "consul-traefik-lan.inf.dev.k8s.coolcorp.test",
        endpoint,
        token: "token of the page",
      },
      pages: pagesInOtherZones(environment),
    }),
  });
});

test("with the PROXY protocol, node ports keep the load balancers' addresses, and what the stack exports waits for that", async () => {
  const traefikOf = (proxyProtocol: boolean) => {
    const loadBalancer = { ...pairSite("dev").loadBalancer, proxyProtocol };
    return traefik({ ...traefikArgs(), environment: { ...environment, loadBalancer } });
  };
  const made = async (proxyProtocol: boolean) => {
    let made!: Traefik;
    const registered = await registeredBy(() => (made = traefikOf(proxyProtocol)));
    const config = registered.find(({ inputs }) => inputs["metadata"]?.name === "traefik-config")!;
    return {
      proxies: made.proxies && (await valueOf(made.proxies)),
      spec: registered.find(({ name }) => name === "traefik-service")!.inputs["spec"],
      config: config.inputs["stringData"]["traefik.yml"] as string,
    };
  };
  const on = await made(true);
  expect(on.spec).toMatchObject({ type: "NodePort", externalTrafficPolicy: "Local" });
  expect(on.proxies).toEqual(["172.30.10.46", "172.30.10.47"]);
  expect(on.config).toContain("trustedIPs");
  const off = await made(false);
  expect(off.spec).not.toHaveProperty("externalTrafficPolicy");
  expect(off.proxies).toBeUndefined();
  expect(off.config).not.toContain("proxyProtocol");
});

test("tokens, passwords and keys are in Secrets only, and secret there", async () => {
  const registered = await registeredBy(() => traefik());
  const secrets = registered.filter(({ type }) => type === "kubernetes:core/v1:Secret");
  expect(secrets.map(({ inputs }) => inputs["metadata"].name).sort()).toEqual([
    "traefik-certificate",
    "traefik-config",
    "traefik-consul",
    "traefik-operator",
  ]);
  for (const { secretInputs } of secrets) {
    expect(secretInputs).toContain("stringData");
  }
  const others = registered.filter(({ type }) => type !== "kubernetes:core/v1:Secret");
  expect(JSON.stringify(others)).not.toMatch(/token of|hash traefik|key (wildcard|client)/);
});

test("another certificate, token or password restarts the pods", async () => {
  type Change = (args: ReturnType<typeof traefikArgs>) => Partial<TraefikArgs>;
  const annotations = async (change: Change = () => ({})) => {
    const registered = await registeredBy(() => {
      const args = traefikArgs();
      return traefik({ ...args, ...change(args) });
    });
    const pods = registered.find(({ type }) => type === "kubernetes:apps/v1:Deployment");
    return pods?.inputs["spec"].template.metadata.annotations as Record<string, string>;
  };
  const before = await annotations();
  const changed = async (change: Change) => {
    const after = await annotations(change);
    return Object.keys(before).filter((key) => before[key] !== after[key]);
  };
  expect(await changed(({ consul }) => ({ consul: { ...consul, token: "new" } }))).toEqual([
    "sitewright/config",
  ]);
  expect(await changed(({ consul }) => ({ consul: { ...consul, ca: "new" } }))).toEqual([
    "sitewright/consul",
  ]);
  expect(await changed(() => ({ certificate: certificate("new") }))).toEqual([
    "sitewright/certificate",
  ]);
});

test("Traefik reads Secrets in the namespace of routes and nowhere else, and that one has no pods", async () => {
  const registered = await registeredBy(() => traefik());
  const readers = registered.filter(({ inputs }) => JSON.stringify(inputs).includes('"secrets"'));
  expect(readers.map(({ type, inputs }) => [type, inputs["metadata"].namespace])).toEqual([
    ["kubernetes:rbac.authorization.k8s.io/v1:Role", "dev-lan-routes"],
  ]);
  const { settings } = traefikArgs();
  for (const routesNamespace of ["devsyslan", "dev-lan-coolcorp"]) {
    await expect(
      registeredBy(() => traefik({ ...traefikArgs(), settings: { ...settings, routesNamespace } })),
    ).rejects.toThrow(`${routesNamespace} has pods`);
  }
});

test("its pods come after every route, which waits for no pod: a pod that is replaced knows them all", async () => {
  const registered = await registeredBy(() =>
    traefik(
      traefikArgs(),
      (ingress) =>
        new Route("late", {
          ...{ ingress, namespace: "dev-lan-coolcorp", hosts: ["late.test"], service: "late" },
          port: 80,
          after: [],
        }),
    ),
  );
  const order = registered.map(({ name }) => name);
  const pods = order.indexOf("traefik-pods");
  for (const first of ["late-target", "late-route", "traefik-readiness-route"]) {
    expect(order).toContain(first);
    expect(order.indexOf(first)).toBeLessThan(pods);
  }
});

test("a route's objects are as committed, with and without what is blocked", async () => {
  const registered = await registeredBy(() => {
    const ingress = traefik();
    const common = {
      ingress,
      namespace: "dev-lan-coolcorp",
      service: "svc-confluence",
      port: 8090,
      after: [],
    };
    new Route("plain", { ...common, hosts: ["plain.coolcorp.test"] });
    new Route("confluence", {
      ...{ ...common, service: "svc-other" },
      hosts: ["confluence.coolcorp.test"],
      blocked: ["/setup/", "/json/setup-restore"],
      labels: { app: "confluence" },
    });
  });
  expectGolden(
    "routes.yaml",
    objects(registered.filter(({ name }) => /^(plain|confluence)-/.test(name))),
  );
});

test("a route to a namespace that the ingress does not reach is an error, not a host that leads nowhere", async () => {
  await expect(
    registeredBy(() => {
      const ingress = traefik();
      new Route("x", {
        ingress,
        namespace: "devsyslan",
        hosts: ["x.test"],
        service: "x",
        port: 80,
        after: [],
      });
    }),
  ).rejects.toThrow("does not reach the namespace devsyslan");
});

test("for a host that is a page of Traefik's, a Route is nothing but the URL", async () => {
  const [page] = pagesInOtherZones(environment);
  if (page === undefined) {
    throw new Error("The test has no page.");
  }
  let url: pulumi.Output<string> | undefined;
  const registered = await registeredBy(() => {
    const ingress = traefik();
    const target = {
      hosts: [page.host] as const,
      ...{ namespace: "dev-dmz-coolcorp", service: "outpost", port: 80 },
      after: [],
    };
    url = new Route("outpost", { ingress, ...target }).url;
    expect(() => new Route("blocked", { ingress, ...target, blocked: ["/setup/"] })).toThrow(
      "nothing is blocked",
    );
  });
  expect(await valueOf(url as pulumi.Output<string>)).toBe(`https://${page.host}/`);
  expect(registered.map(({ name }) => name)).not.toContain("outpost-route");
  const policy = registered.find(({ name }) => name === "traefik-policy-flows");
  expect(policy?.inputs["spec"].egress).toContainEqual(page.egress);
});

test("the CA issues a wildcard and certificates for other hosts, renewed 30 days before their end", async () => {
  const registered = await registeredBy(() => {
    const ca = new CertificateAuthority("ingress-ca", { domain: "inf.coolcorp.test" });
    ca.issue("confluence-certificate", ["confluence.coolcorp.test"]);
  });
  const named = (name: string) => registered.find((one) => one.name === name)?.inputs;
  expect(named("ingress-ca-wildcard-request")).toMatchObject({ dnsNames: ["*.inf.coolcorp.test"] });
  expect(named("ingress-ca-wildcard")).not.toHaveProperty("isCaCertificate");
  expect(named("confluence-certificate-request")).toMatchObject({
    dnsNames: ["confluence.coolcorp.test"],
    subject: { commonName: "confluence.coolcorp.test" },
  });
  expect(named("confluence-certificate")).toMatchObject({
    caCertPem: "CA certificate\n",
    caPrivateKeyPem: "key ingress-ca-key\n",
    validityPeriodHours: 8760,
    earlyRenewalHours: 720,
  });
});
