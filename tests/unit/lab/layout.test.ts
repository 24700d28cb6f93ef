import { labNetworks, registryName } from "../../../lab/layout";
import { checkLayout } from "../../../lab/layoutFaults";
import { pairSite } from "../environment/pair";
import { site } from "../environment/site";

test("resolver and registry stand side by side in each network", () => {
  expect(labNetworks(site("dev"))).toEqual([
    expect.objectContaining({
      name: "sitewright-lan",
      bridge: "sw-lan",
      resolver: "172.30.10.2",
      registry: "172.30.10.3",
    }),
    expect.objectContaining({
      name: "sitewright-dmz",
      bridge: "sw-dmz",
      resolver: "172.30.20.2",
      registry: "172.30.20.3",
    }),
  ]);
});

test("the name of a bridge fits the kernel", () => {
  const environment = site("dev");
  environment.zones = { "a-rather-long-zone": environment.zones["lan"]! };
  expect(labNetworks(environment)[0]?.bridge).toHaveLength(15);
});

describe.each(["dev", "ha"] as const)("%s", (stack) => {
  test("nodes are configured with the registry's name that the resolver knows", () => {
    const environment = site(stack);
    expect(environment.containerd.registryMirror).toBe(`http://${registryName(environment)}:5000`);
  });

  test("leaves room for the lab's services", () => {
    expect(() => checkLayout(site(stack), "amd64")).not.toThrow();
  });
});

test("all clashes with the lab's services are reported at once", () => {
  const environment = site("dev");
  environment.loadBalancer.address = "172.30.10.3";
  environment.zones["dmz"]!.dnsServers = ["8.8.8.8"];
  expect(() => checkLayout(environment, "amd64")).toThrow(
    /2 faults|3 faults[\s\S]*address of devk8slb501[\s\S]*outside 172\.30\.20\.0\/24/,
  );
});

test("a virtual address where one of the lab's services would stand is refused", () => {
  const environment = pairSite("dev");
  environment.loadBalancer.pair!.virtualAddress = "172.30.10.2";
  expect(() => checkLayout(environment, "amd64")).toThrow(
    /resolver would stand at the address of the API/,
  );
});

test("a vCenter that the nodes do not reach is refused, unless none of them calls it", () => {
  const environment = site("dev");
  environment.vsphere.server = "127.0.0.1:8989";
  expect(() => checkLayout(environment, "amd64")).toThrow(
    /vsphere\.server = "127\.0\.0\.1:8989"[\s\S]*is not reached from the nodes[\s\S]*172\.30\.10\.1:8989/,
  );
  delete environment.kubernetes.cloudProvider;
  expect(() => checkLayout(environment, "amd64")).not.toThrow();
});

test("a resolver at the gateway's address is refused", () => {
  const environment = site("dev");
  environment.zones["lan"]!.dnsServers = ["172.30.10.1"];
  expect(() => checkLayout(environment, "amd64")).toThrow(
    /resolver would stand at the gateway's address/,
  );
});

test("a label of another processor than this machine's is refused", () => {
  const environment = site("dev");
  environment.nodes[0]!.labels["arch"] = "amd64";
  expect(() => checkLayout(environment, "arm64")).toThrow(
    /3 faults[\s\S]*zones\.lan\.labels\.arch = "x86"[\s\S]*zones\.dmz\.labels\.arch[\s\S]*nodes\[0\]\.labels\.arch/,
  );
  expect(() => checkLayout(environment, "amd64")).not.toThrow();
});

test("a label that follows this machine's processor is taken, and so is the owner's own word", () => {
  const environment = site("dev");
  environment.zones["lan"]!.labels["arch"] = "arm64";
  environment.zones["dmz"]!.labels["arch"] = "old";
  expect(() => checkLayout(environment, "arm64")).not.toThrow();
});
