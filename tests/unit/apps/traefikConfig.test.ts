import { parse } from "yaml";

import { staticConfig } from "../../../apps/ingress/traefikConfig";
import { expectGolden } from "../golden";

const facts = {
  ingressClass: "traefik",
  routes: "prd-lan-routes",
  home: "prdsyslan",
  address: "192.168.10.45",
  consul: { endpoint: "svc-consul-for-traefik.prdsyslan.svc:8500", token: "the token" },
};

test("traefik.yml is as committed", () => {
  expectGolden("traefik.yml", staticConfig(facts));
});

test("the API is there for an authenticated page only, and nothing calls home", () => {
  const parsed = parse(staticConfig(facts));
  expect(parsed.api).toMatchObject({ insecure: false });
  expect(parsed.global).toEqual({ checkNewVersion: false, sendAnonymousUsage: false });
});

test("routes are those of one namespace, and reach nothing of another one's and nothing of Traefik's own but by a Service's name", () => {
  const { providers } = parse(staticConfig(facts));
  expect(providers.kubernetesCRD).toMatchObject({
    namespaces: ["prd-lan-routes"],
    allowCrossNamespace: false,
    allowExternalNameServices: true,
    crossProviderNamespaces: ["prdsyslan"],
    defaultTLSResourcesNamespace: "prdsyslan",
  });
  expect(providers.kubernetesIngress).toMatchObject({
    namespaces: ["prd-lan-routes"],
    allowExternalNameServices: true,
    crossProviderNamespaces: ["prdsyslan"],
  });
});

test("PROXY headers are believed of the load balancers alone, at the entry points that they lead to", () => {
  const proxies = ["192.168.10.46", "192.168.10.47"];
  const { entryPoints } = parse(staticConfig({ ...facts, proxies }));
  const believed = { proxyProtocol: { trustedIPs: proxies } };
  expect(entryPoints).toMatchObject({ web: believed, websecure: believed });
  expect(entryPoints.ping).not.toHaveProperty("proxyProtocol");
  expect(entryPoints.metrics).not.toHaveProperty("proxyProtocol");
  expect(JSON.stringify(entryPoints)).not.toMatch(/insecure|forwardedHeaders/);
});

test("clients' X-Forwarded headers and PROXY headers are never trusted", () => {
  const { entryPoints } = parse(staticConfig(facts));
  for (const entryPoint of Object.values(entryPoints)) {
    expect(entryPoint).not.toHaveProperty("forwardedHeaders");
    expect(entryPoint).not.toHaveProperty("proxyProtocol");
  }
});
