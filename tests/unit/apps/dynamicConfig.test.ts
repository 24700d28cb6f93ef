import { parse } from "yaml";

import { dynamicConfig } from "../../../apps/ingress/dynamicConfig";
import { expectGolden } from "../golden";

const dashboardHost = "traefik.inf.prd.k8s.coolcorp.priv";
const consul = {
  host: "consul-traefik-lan.inf.prd.k8s.coolcorp.priv",
  endpoint: "svc-consul-for-traefik.prdsyslan.svc:8500",
  token: "the token",
};
const outpost = {
  name: "outpost",
  host: "outpost.inf.prd.k8s.coolcorp.priv",
  urls: ["http://192.168.20.11:30090", "http://192.168.20.12:30090"],
  healthPath: "/health",
};

test("dynamic.yml is as committed", () => {
  expectGolden("dynamic.yml", dynamicConfig({ dashboardHost, consul, pages: [outpost] }));
});

test("TLS is 1.2 or newer, with forward secrecy and authenticated encryption only", () => {
  const { default: options } = parse(dynamicConfig({ dashboardHost, consul })).tls.options;
  expect(options.minVersion).toBe("VersionTLS12");
  for (const suite of options.cipherSuites) {
    expect(suite).toMatch(/^TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_(128|256)_GCM|CHACHA20_POLY1305)_/);
  }
});

test("plain HTTP is sent to HTTPS before any other route is asked, without naming a port", () => {
  const { routers, middlewares } = parse(dynamicConfig({ dashboardHost, consul })).http;
  expect(routers.http).toMatchObject({
    entryPoints: ["web"],
    middlewares: ["https-redirectscheme"],
  });
  expect(routers.http.priority).toBeGreaterThan(1_000_000);
  expect(middlewares["https-redirectscheme"]).toEqual({
    redirectScheme: { scheme: "https", permanent: true },
  });
});

test("Traefik's dashboard and Consul's UI need the operator's password, which goes no further", () => {
  const { routers, middlewares } = parse(dynamicConfig({ dashboardHost, consul })).http;
  expect(routers.traefik.middlewares).toContain("operator");
  expect(routers.consul.middlewares).toContain("operator");
  expect(middlewares.operator.basicAuth.removeHeader).toBe(true);
});

test("Consul is asked over TLS with Traefik's certificate, and verified", () => {
  const { services, serversTransports } = parse(dynamicConfig({ dashboardHost, consul })).http;
  expect(services.consul.loadBalancer).toEqual({
    servers: [{ url: "https://svc-consul-for-traefik.prdsyslan.svc:8500" }],
    serversTransport: "consul",
  });
  expect(serversTransports.consul).toEqual({
    rootCAs: ["/etc/traefik/consul/ca.crt"],
    certificates: [
      { certFile: "/etc/traefik/consul/tls.crt", keyFile: "/etc/traefik/consul/tls.key" },
    ],
  });
});

test("a token for Consul's UI is set by Traefik after the operator is known", () => {
  const { routers, middlewares } = parse(
    dynamicConfig({ dashboardHost, consul: { ...consul, token: "T" } }),
  ).http;
  expect(routers.consul.middlewares).toEqual(["operator-headers", "operator", "consul-token"]);
  expect(middlewares["consul-token"].headers.customRequestHeaders).toEqual({
    "X-Consul-Token": "T",
  });
});
