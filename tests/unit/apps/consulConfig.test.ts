import { ACCESS } from "../../../apps/consul/acl";
import {
  configFiles,
  gossipConfig,
  serverConfig,
  tokensConfig,
} from "../../../apps/consul/consulConfig";
import { serverNames } from "../../../apps/consul/consulNames";
import { uuidOf } from "../../../apps/consul/consulTokens";
import { site } from "../environment/site";

const { consul } = site("prd").apps;
const config = JSON.parse(serverConfig(consul));

test("there is no plain port, and TLS is verified in all directions", () => {
  expect(config.ports).toMatchObject({ http: -1, https: 8501, grpc: -1, grpc_tls: -1 });
  expect(config.tls).toEqual({
    defaults: expect.objectContaining({
      verify_incoming: true,
      verify_outgoing: true,
      tls_min_version: "TLSv1_2",
    }),
    internal_rpc: { verify_server_hostname: true },
  });
});

test("what no rule allows is denied", () => {
  expect(config.acl).toMatchObject({ enabled: true, default_policy: "deny" });
});

test("the configuration in the ConfigMap has neither key nor token", () => {
  expect(JSON.stringify(configFiles(consul))).not.toMatch(/encrypt|tokens"/);
});

test.each([3, 5] as const)("%i servers: each joins all others and not itself", (replicas) => {
  const spec = { ...consul, replicas };
  const files = configFiles(spec);
  for (const server of serverNames(spec)) {
    const { retry_join: joined } = JSON.parse(files[`${server}.json`]);
    expect(joined).toHaveLength(replicas - 1);
    expect(joined).not.toContain(`${server}.svc-consul-servers.prdsyslan.svc`);
  }
  expect(JSON.parse(files["server.json"])).toMatchObject({
    bootstrap_expect: replicas,
    autopilot: { min_quorum: replicas },
  });
});

test("another generation of the gossip key or the certificate changes nothing in the ConfigMap", () => {
  expect(configFiles({ ...consul, gossipKeyGeneration: 2, certificateGeneration: 2 })).toEqual(
    configFiles(consul),
  );
});

test("secrets have files of their own", () => {
  expect(JSON.parse(gossipConfig("KEY"))).toEqual({ encrypt: "KEY" });
  expect(
    JSON.parse(tokensConfig({ management: "M", agent: "A", dns: "D", recovery: "R" })),
  ).toEqual({
    acl: { tokens: { initial_management: "M", agent: "A", dns: "D", agent_recovery: "R" } },
  });
});

test("only the writer of certificates writes keys, and Traefik reads only its own", () => {
  const writing = ACCESS.filter(({ rules }) => /key.*"write"/.test(rules));
  expect(writing.map(({ name }) => name)).toEqual(["kv-writer"]);
  const traefik = ACCESS.find(({ name }) => name === "traefik");
  expect(traefik?.rules).toBe('key_prefix "traefik/" { policy = "read" }\n');
});

test("no token of ours may write ACLs", () => {
  expect(ACCESS.map(({ rules }) => rules).join()).not.toMatch(/\bacl\b/);
});

test("a token's secret has the form of a UUID, version 4, and keeps the random bits", () => {
  expect(uuidOf("00112233445566778899aabbccddeeff")).toBe("00112233-4455-4677-8899-aabbccddeeff");
  expect(uuidOf("ffffffffffffffffffffffffffffffff")).toBe("ffffffff-ffff-4fff-bfff-ffffffffffff");
});
