import { execa } from "execa";

import { machineIdOf } from "../../cluster/machineId";
import { prepareScript } from "../../cluster/prepare";
import type { Infra } from "../../environment/contracts";
import { readEnvironmentFile } from "../../environment/file";
import type { NodeSpec } from "../../environment/schema";
import { checkout } from "../../operations/paths";
import { environment, onMachine, outputs } from "./harness";

export function machines(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });

  test.each([site.loadBalancer, ...site.nodes])(
    "$name has its name and its address from cloud-init",
    async ({ name, address, zone }) => {
      expect(await onMachine(name, "hostname")).toBe(name);
      const links = JSON.parse(
        await onMachine(name, "ip", "-json", "-4", "address", "show", "eth0"),
      ) as {
        addr_info: { local: string; prefixlen: number }[];
      }[];
      const { local, prefixlen } = links[0].addr_info[0];
      expect(`${local}/${prefixlen}`).toBe(`${address}/${site.zones[zone].cidr.split("/")[1]}`);
      expect(await onMachine(name, "cloud-init", "status")).toContain("done");
    },
  );

  test.each(site.nodes)("$name proves the host key that infra has generated", async ({ name }) => {
    const infra = await outputs<Infra>("infra", "infra");
    const expected = infra.nodes
      .find((node) => node.name === name)
      ?.hostKey.split(" ")
      .slice(0, 2);
    const actual = await onMachine(name, "cat", "/etc/ssh/ssh_host_ed25519_key.pub");
    expect(actual.split(" ").slice(0, 2)).toEqual(expected);
  });

  test("no two machines have one machine-id, and a node's is the UUID of its virtual machine", async () => {
    const all = [site.loadBalancer, ...site.nodes];
    const ids = await Promise.all(all.map(({ name }) => onMachine(name, "cat", "/etc/machine-id")));
    expect(new Set(ids).size).toBe(all.length);
    const { nodes } = await outputs<Infra>("infra", "infra");
    expect(ids.slice(1)).toEqual(nodes.map(({ vmId }) => machineIdOf(vmId)));
  });

  test.each(site.nodes)("$name keeps networkd away from the pods' interfaces", async ({ name }) => {
    const files =
      "/etc/systemd/network/05-pod-network.network /etc/systemd/network/05-pods.network";
    const sections = await onMachine(name, "sh", "-c", `grep --count ^Unmanaged=yes$ ${files}`);
    expect(sections.split("\n").map((line) => line.split(":")[1])).toEqual(["1", "1"]);
  });

  test("a node that is prepared again is left as it is", async () => {
    const node = site.nodes[1];
    const { nodes } = await outputs<Infra>("infra", "infra");
    const vmId = nodes.find(({ name }) => name === node.name)?.vmId ?? "";
    const processes = () =>
      onMachine(node.name, "systemctl", "show", "--property=MainPID", "containerd", "kubelet");
    const before = await processes();
    await onMachine(node.name, "touch", "/run/prepared-again");
    await onMachine(
      node.name,
      ...["bash", "--norc", "-euo", "pipefail", "-c", prepareScript(site, { node, vmId })],
    );
    const changed = ["find", "/etc", "-newer", "/run/prepared-again", "-type", "f"];
    expect(await onMachine(node.name, ...changed)).toBe("");
    expect(await processes()).toBe(before);
  });

  test("the load balancer runs a configuration that haproxy accepts", async () => {
    const { name } = site.loadBalancer;
    await onMachine(name, "haproxy", "-c", "-q", "-f", "/etc/haproxy/haproxy.cfg");
    expect(await onMachine(name, "systemctl", "is-active", "haproxy")).toBe("active");
  });

  test.each([site.loadBalancer, ...site.nodes])(
    "$name lets nobody in by password",
    async ({ name }) => {
      const settings = (await onMachine(name, "sshd", "-T")).split("\n");
      expect(settings).toContain("passwordauthentication no");
      expect(settings).toContain("permitrootlogin no");
    },
  );

  /** Tries to connect from a machine; "open", or what the kernel says. */
  async function attempt(from: string, address: string, port: number): Promise<string> {
    const script = `exec 2>&1; timeout 5 bash -c ': </dev/tcp/${address}/${port}' && echo open || true`;
    const answer = await onMachine(from, "sh", "-c", script);
    return /open|No route to host|Connection refused/.exec(answer)?.[0] ?? answer;
  }

  const named = (role: string, zone: string): NodeSpec => {
    const found = site.nodes.find((node) => node.role === role && node.zone === zone);
    if (found === undefined) {
      throw new Error(`the environment has no ${role} in ${zone}`);
    }
    return found;
  };
  const controlPlane = named("control-plane", "lan");
  const lanWorker = named("worker", "lan");
  const dmzWorker = named("worker", "dmz");

  // Somebody listens at each of these addresses, so only the firewall can make the difference.
  test.each([
    ["DMZ to the API at the load balancer", dmzWorker, site.loadBalancer, 6443, "open"],
    ["DMZ to the API of the control plane", dmzWorker, controlPlane, 6443, "open"],
    ["control plane to a kubelet in the DMZ", controlPlane, dmzWorker, 10250, "open"],
    ["DMZ to SSH of the control plane", dmzWorker, controlPlane, 22, "No route to host"],
    ["DMZ to etcd", dmzWorker, controlPlane, 2379, "No route to host"],
    ["DMZ to a kubelet in the LAN", dmzWorker, lanWorker, 10250, "No route to host"],
    ["LAN worker to a kubelet in the DMZ", lanWorker, dmzWorker, 10250, "No route to host"],
  ] as const)("the firewall, %s", async (_, from, to, port, expected) => {
    expect(await attempt(from.name, to.address, port)).toBe(expected);
  });

  test("no machine reaches the host", async () => {
    expect(await attempt(lanWorker.name, site.zones.lan.gateway, 22)).toBe("No route to host");
    expect(await attempt(dmzWorker.name, site.zones.dmz.gateway, 22)).toBe("No route to host");
  });

  // No packet is sent outside to prove it: the rules themselves are read back.
  test("whatever no rule lets through is refused, on its way in and on its way out", async () => {
    const chain = await execa("iptables", ["-S", "SITEWRIGHT-LAB"], { timeout: 10_000 });
    const last = chain.stdout.trim().split("\n").slice(-4).sort();
    const refusal = "-j REJECT --reject-with icmp-admin-prohibited";
    expect(last).toEqual(
      ["-i sw-dmz", "-i sw-lan", "-o sw-dmz", "-o sw-lan"].map(
        (match) => `-A SITEWRIGHT-LAB ${match} ${refusal}`,
      ),
    );
  });
}
