import { parse } from "yaml";

import { dynamicConfig, staticConfig } from "../../../apps/ingress/traefikConfig";
import { expectGolden } from "../golden";

const config = staticConfig({
  ingressClass: "traefik",
  namespaces: ["prd-lan-coolcorp"],
  address: "192.168.10.45",
});

test("traefik.yml and tls.yml are as committed", () => {
  expectGolden("traefik.yml", config);
  expectGolden("tls.yml", dynamicConfig());
});

test("HTTP is sent to the port of HTTPS that clients see, not to the pod's", () => {
  expect(parse(config).entryPoints.web.http.redirections.entryPoint).toEqual({
    to: ":443",
    scheme: "https",
    permanent: true,
  });
});

test("no dashboard, no API, no calls home", () => {
  const parsed = parse(config);
  expect(parsed).not.toHaveProperty("api");
  expect(parsed.global).toEqual({ checkNewVersion: false, sendAnonymousUsage: false });
});

test("nothing older than TLS 1.2", () => {
  expect(parse(dynamicConfig()).tls.options.default).toEqual({ minVersion: "VersionTLS12" });
});
