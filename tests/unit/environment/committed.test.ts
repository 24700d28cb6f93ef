import { entryAddress, loadBalancerMachines } from "../../../environment/loadBalancers";
import { overlap } from "../../../lib/ipv4";
import { COMMITTED, faultsOf, rawFile, site } from "./site";

test.each(COMMITTED)("the committed environment %s has no faults", (stack) => {
  expect(faultsOf(rawFile(stack), stack)).toEqual([]);
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

test("no environment shares a network, a name of a machine or a host with another one", () => {
  const networks = COMMITTED.flatMap((stack) => {
    const { zones, kubernetes } = site(stack);
    const { podSubnet, serviceSubnet } = kubernetes;
    return [...Object.values(zones).map(({ cidr }) => cidr), podSubnet, serviceSubnet];
  });
  expect(
    networks.filter((one) => networks.some((two) => one !== two && overlap(one, two))),
  ).toEqual([]);
  const names = COMMITTED.flatMap((stack) => {
    const { domain, kubernetes, loadBalancer, nodes } = site(stack);
    const machines = [...loadBalancerMachines(loadBalancer), ...nodes].map(({ name }) => name);
    return [domain, kubernetes.clusterName, ...machines];
  });
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(networks).size).toBe(networks.length);
});

test("ha has what members come and go in: a pair, three control planes, a worker for each server of Consul", () => {
  const ha = site("ha");
  expect(ha.loadBalancer.pair?.virtualAddress).toBe(entryAddress(ha.loadBalancer));
  const roles = ha.nodes.map(({ role, zone }) => `${role} ${zone}`);
  expect(roles.filter((one) => one === "control-plane lan")).toHaveLength(3);
  expect(roles.filter((one) => one === "worker lan")).toHaveLength(ha.apps.consul.replicas);
  expect(roles.filter((one) => one === "worker dmz")).toHaveLength(1);
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
