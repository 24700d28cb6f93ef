import { parseAllDocuments } from "yaml";

import { initConfig, joinConfig, phaseConfig } from "../../../../cluster/kubeadm/kubeadmConfig";
import type { Environment } from "../../../../environment/schema";
import { pairSite } from "../../environment/pair";
import { photonSite, rawPhoton, site } from "../../environment/site";
import { expectDifference, expectGolden } from "../../golden";
import { caPem } from "../certificates";
import { nodeOf, threeControlPlanes } from "../nodes";

const secrets = {
  token: "abcdef.0123456789abcdef",
  caCertificate: caPem,
};
const certificateKey = "0123456789abcdef".repeat(4);

/** kubeadm of 1.36 reads v1beta4; that of 1.27, which PhotonOS' own packages are, reads v1beta3. */
describe.each([
  ["dev", "dev", "v1beta4", site("dev"), threeControlPlanes("dev")],
  ["photon", "prd", "v1beta3", photonSite(), threeControlPlanes("prd", rawPhoton())],
] as const)("%s", (name, stack, version, environment, three) => {
  const controlPlane = nodeOf(environment, "control-plane", "lan");
  const texts = {
    init: initConfig(environment, controlPlane),
    "join-worker": joinConfig(environment, nodeOf(environment, "worker", "lan"), secrets),
    "join-dmz": joinConfig(environment, nodeOf(environment, "worker", "dmz"), secrets),
    "join-control-plane": joinConfig(environment, controlPlane, { ...secrets, certificateKey }),
    phase: phaseConfig(environment),
    "join-second-of-three": joinConfig(
      three,
      three.nodes.find(({ name }) => name === `${stack}k8smst502`)!,
      { ...secrets, certificateKey },
    ),
  };

  // Those of init and of its phases stand in tests/goldens, but for PhotonOS' kubeadm, which no environment here has; what has a token in it
  // is masked there.
  test("init's is as committed where no environment holds it", () => {
    if (name === "photon") {
      expectGolden("kubeadm-init-photon.yaml", texts.init);
    }
    expect(texts.init).toContain(`apiVersion: kubeadm.k8s.io/${version}`);
  });

  test("a worker's is as committed", () => {
    expectGolden(`kubeadm-join-worker-${name}.yaml`, texts["join-worker"]);
  });

  test.each(["join-dmz", "join-control-plane"] as const)(
    "%s differs from a worker's as committed",
    (kind) => {
      expectDifference(`kubeadm-${kind}-${name}`, texts["join-worker"], texts[kind]);
    },
  );

  test("a further control plane's differs from the first one's by name and address only", () => {
    const second = three.nodes.find(({ name }) => name === `${stack}k8smst502`)!;
    expect(texts["join-second-of-three"]).toBe(
      texts["join-control-plane"]
        .replaceAll(controlPlane.name, second.name)
        .replaceAll(controlPlane.address, second.address),
    );
  });

  test.each(Object.entries(texts))("%s has one API version of kubeadm", (_name, text) => {
    const versions = parseAllDocuments(text)
      .map((document) => document.toJS() as { apiVersion: string })
      .map(({ apiVersion }) => apiVersion)
      .filter((apiVersion) => apiVersion.startsWith("kubeadm."));
    expect(new Set(versions)).toEqual(new Set([`kubeadm.k8s.io/${version}`]));
  });
});

const registration = (text: string) =>
  (parseAllDocuments(text)[0]?.toJS() as { nodeRegistration: Record<string, unknown> })
    .nodeRegistration;

test("a node of the DMZ has its taint from its first moment on, a LAN worker has none, a control plane kubeadm's", () => {
  const environment = site("dev");
  const join = (zone: string) =>
    registration(joinConfig(environment, nodeOf(environment, "worker", zone), secrets));
  expect(join("dmz")["taints"]).toEqual([{ key: "zone", value: "dmz", effect: "NoSchedule" }]);
  expect(join("lan")["taints"]).toEqual([]);
  const init = initConfig(environment, nodeOf(environment, "control-plane", "lan"));
  expect(registration(init)).not.toHaveProperty("taints");
});

test("labels a kubelet may not give itself are left to the patch of its node", () => {
  const environment = site("dev");
  const worker = nodeOf(environment, "worker", "lan");
  const labelled = {
    ...worker,
    labels: { "node-role.kubernetes.io/storage": "", "topology.k8s.io/rack": "a", disk: "ssd" },
  };
  expect(registration(joinConfig(environment, labelled, secrets))["kubeletExtraArgs"]).toEqual([
    { name: "node-ip", value: worker.address },
    { name: "node-labels", value: "arch=x86,disk=ssd,net=lan" },
    { name: "cloud-provider", value: "external" },
  ]);
});

test.each(["dev", "prd"] as const)(
  "%s: more control planes leave the first one's configuration as it is",
  (stack) => {
    const one = site(stack);
    const three = threeControlPlanes(stack);
    expect(initConfig(three, three.nodes[0]!)).toBe(initConfig(one, one.nodes[0]!));
  },
);

/** Names and addresses beside kubeadm's own that the API's certificate is for. */
function certSANs(environment: Environment): string[] | undefined {
  const [, cluster] = parseAllDocuments(initConfig(environment, environment.nodes[0]!)).map(
    (document) => document.toJS() as { apiServer?: { certSANs: string[] } },
  );
  return cluster?.apiServer?.certSANs;
}

test("the API's certificate names the load balancer by address and by both its names", () => {
  expect(certSANs(site("prd"))).toEqual(["kube.coolcorp.priv", "prdk8slb501", "192.168.10.45"]);
});

test("of a pair it names both machines and the virtual address, at which alone the API is", () => {
  expect(certSANs(pairSite("prd"))).toEqual([
    ...["kube.coolcorp.priv", "prdk8slb501", "prdk8slb502", "192.168.10.45"],
  ]);
});
