import { machineIdOf } from "../../../cluster/node/machineId";
import { prepareScript } from "../../../cluster/node/prepare";
import type { Cluster, Infra } from "../../../environment/contracts";
import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { environment, onMachine, outputs } from "../support/harness";

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
    await onMachine(name, "haproxy", "-c", "-q", "-f", "/etc/haproxy");
    expect(await onMachine(name, "systemctl", "is-active", "haproxy")).toBe("active");
  });

  test("the load balancer checks the API servers with the cluster's CA", async () => {
    const { name } = site.loadBalancer;
    const { caCertificate } = await outputs<Cluster>("cluster", "cluster");
    const onDisk = await onMachine(name, "cat", "/etc/haproxy/cluster-ca.crt");
    expect(onDisk.trim()).toBe(caCertificate.trim());
    const question = "socat - UNIX-CONNECT:/run/haproxy/admin.sock <<<'show stat'";
    const status = await onMachine(name, "bash", "-c", question);
    const servers = status
      .split("\n")
      .filter((row) => /^k8s_nodes_master,(?!FRONTEND|BACKEND)/.test(row));
    expect(servers.map((row) => row.split(",")[36].replace("* ", ""))).toEqual(
      site.nodes.filter(({ role }) => role === "control-plane").map(() => "L7OK"),
    );
  });
}
