import { PORTS } from "../../../apps/consul/consulNames";
import { readEnvironmentFile } from "../../environment";
import { hardenedContainer, hardenedPod } from "../../../kubernetes/restricted";
import { checkout } from "../../../lib/paths";
import { agnhost, CONNECTED, connects, manifest, REFUSALS } from "../cluster/pods";
import { environment, kubectl } from "../support/harness";
import { KvReader } from "../support/kvReader";
import { ConsulServers } from "./consulServers";

const foreign = "e2e-consul";
const caller = "e2e-caller";

/** Where Consul's servers run, and who may read what. The loss of servers is a drill. */
export function consul(): void {
  const { consul: spec } = readEnvironmentFile(environment, { directory: checkout }).apps;
  const { namespace } = spec;
  const reader = new KvReader(spec);
  const servers = new ConsulServers(spec, reader);

  beforeAll(async () => {
    await reader.start((await servers.pods())[0].spec.nodeName);
    await servers.whole();
  });

  afterAll(async () => {
    await reader.stop();
    await kubectl(["delete", "namespace", foreign, "--ignore-not-found", "--wait=false"]);
  });

  test("each server is on a node of its own", async () => {
    const nodes = (await servers.pods()).map(({ spec: { nodeName } }) => nodeName);
    expect(nodes).toHaveLength(spec.replicas);
    expect(new Set(nodes).size).toBe(spec.replicas);
  });

  test("who has no token reads nothing, and Traefik's reads its own only", async () => {
    await expect(reader.consulAs("ui.accessor", "kv", "get", "traefik/e2e/canary")).rejects.toThrow(
      /403|ACL not found/,
    );
    await expect(reader.consulAs("traefik.secret", "kv", "get", "anything")).rejects.toThrow(
      /lacks permission/,
    );
    await expect(
      reader.consulAs("traefik.secret", "kv", "put", "traefik/e2e/mine", "x"),
    ).rejects.toThrow(/lacks permission/);
  });

  test("a pod in another namespace reaches no server at any of its ports", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: caller, namespace: foreign },
      spec: {
        terminationGracePeriodSeconds: 1,
        nodeName: (await servers.pods())[0].spec.nodeName,
        securityContext: hardenedPod,
        containers: [
          { name: "agnhost", image: agnhost, args: ["pause"], securityContext: hardenedContainer },
        ],
      },
    };
    const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: foreign } };
    await kubectl(["apply", "-f", "-"], manifest([home, pod]));
    const ready = ["--for=condition=Ready", "--timeout=90s"];
    await kubectl(["wait", "--namespace", foreign, `pod/${caller}`, ...ready]);
    // This namespace has no policy, so nothing blocks the pod's own connections.
    const dns = "kube-dns.kube-system.svc.cluster.local:53";
    expect(await connects([CONNECTED], foreign, caller, dns)).toBe("connected");
    for (const { status } of await servers.pods()) {
      for (const port of [PORTS.https, PORTS.rpc, PORTS.gossip, PORTS.dns]) {
        const address = `${status.podIP}:${port}`;
        expect(REFUSALS).toContain(await connects(REFUSALS, foreign, caller, address));
      }
    }
    const service = `svc-consul-for-traefik.${namespace}.svc.cluster.local:8500`;
    expect(REFUSALS).toContain(await connects(REFUSALS, foreign, caller, service));
  });
}
