import { overlap } from "../../../lib/ipv4";
import { site } from "./site";

test.each(["dev", "prd"] as const)("the committed environment %s has no faults", (stack) => {
  expect(site(stack).stack).toBe(stack);
});

test("defaults are filled in", () => {
  const dev = site("dev");
  expect(dev.ssh).toEqual({ user: "sitewright" });
  expect(dev.kubernetes.apiName).toBe("kube.coolcorp.test");
  expect(dev.kubernetes.apiPort).toBe(6443);
  expect(dev.vsphere.clone).toBe("full");
  expect(dev.cni).toEqual({
    type: "flannel",
    flannelVersion: "0.26.7",
    conflist: { image: "docker.io/sitewright/flannel-conflist", version: "1.0.0" },
    kubeRouterVersion: "2.2.1",
    vxlanPort: 8472,
    smoke: { image: "registry.k8s.io/e2e-test-images/agnhost", version: "2.63.0" },
  });
  expect(dev.namespaces[0]?.podSecurity).toBe("restricted");
  expect("nas" in dev).toBe(false);
});

test("the lab shares no network with the production site", () => {
  const [dev, prd] = [site("dev"), site("prd")].map(({ zones, kubernetes }) => [
    ...Object.values(zones).map(({ cidr }) => cidr),
    kubernetes.podSubnet,
    kubernetes.serviceSubnet,
  ]);
  for (const one of dev ?? []) {
    expect((prd ?? []).filter((other) => overlap(one, other))).toEqual([]);
  }
});

test("prd is the production site of the requirements", () => {
  const prd = site("prd");
  expect(prd.domain).toBe("coolcorp.priv");
  expect(prd.kubernetes).toMatchObject({
    clusterName: "prdk8sclu",
    apiName: "kube.coolcorp.priv",
    podSubnet: "10.1.0.0/16",
    serviceSubnet: "10.2.0.0/16",
  });
  expect(prd.loadBalancer.address).toBe("192.168.10.45");
  expect(prd.nodes.map(({ name, role, zone }) => `${name} ${role} ${zone}`)).toEqual([
    "prdk8smst501 control-plane lan",
    "prdk8swok501 worker lan",
    "prdk8swok502 worker lan",
    "prdk8swok503 worker lan",
    "prdk8swok504 worker lan",
    "prdk8swok505 worker lan",
    "prdk8swok511 worker dmz",
  ]);
});
