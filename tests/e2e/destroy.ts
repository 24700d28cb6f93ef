import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import { readEnvironmentFile } from "../../environment/file";
import { checkout, stateDirectory, toolchain } from "../../operations/paths";
import {
  danglingVolumes,
  docker,
  environment,
  expectSuccess,
  forgetCluster,
  make,
  onMachine,
} from "./harness";

/** Command lines of all processes, except our own family's. */
function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((name) => {
      try {
        return [readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim()];
      } catch {
        return [];
      }
    });
}

/** Volumes that belong to nobody before the site comes up: not ours to count. */
let volumesBefore: string[];

/** Remembers what is on the machine before the site comes up. */
export async function rememberMachine(): Promise<void> {
  volumesBefore = await danglingVolumes();
}

/** What has been made in vCenter, by its own word; its template is not counted. */
async function inventory(): Promise<{ folders: string[]; virtualMachines: object[] }> {
  const args = ["inventory", "--config", join(stateDirectory(), "lab", "vcenter.json")];
  const { stdout } = await execa(join(toolchain, "lab", "vcenter"), args, { timeout: 20_000 });
  return JSON.parse(stdout) as { folders: string[]; virtualMachines: object[] };
}

export function destroyed(): void {
  test.each(["site", "apps", "cluster"])("pulumi destroy of %s alone", async (stack) => {
    expectSuccess(await make("down", { variables: { STACK: stack } }));
  });

  test("the nodes are as they were before kubeadm", async () => {
    const { nodes } = readEnvironmentFile(environment, { directory: checkout });
    for (const { name } of nodes) {
      expect(await onMachine(name, "find", "/etc/kubernetes", "-type", "f")).toBe("");
      expect(await onMachine(name, "sh", "-c", "pgrep --list-name kube || true")).toBe("");
    }
    forgetCluster();
  });

  test("the load balancer trusts no CA any more, so that another cluster can begin", async () => {
    const { name } = readEnvironmentFile(environment, { directory: checkout }).loadBalancer;
    expect(await onMachine(name, "ls", "/etc/haproxy")).not.toContain("cluster-ca.crt");
    expect(await onMachine(name, "grep", "-c", "^ *.if 0$", "/etc/haproxy/haproxy.cfg")).toBe("1");
  });

  test("pulumi destroy of infra alone leaves nothing in vCenter but the template", async () => {
    expect((await inventory()).virtualMachines).not.toEqual([]);
    expectSuccess(await make("down", { variables: { STACK: "infra" } }));
    expect(await inventory()).toEqual({ folders: [], virtualMachines: [] });
  });

  test("make down takes the lab away", async () => {
    expectSuccess(await make("down"));
  });

  test("leaves no container and no volume", async () => {
    expect(await docker("ps", "--all", "--quiet", "--filter", "label=sitewright.lab")).toBe("");
    expect(await danglingVolumes()).toEqual(volumesBefore);
  });

  test("leaves no network", async () => {
    expect(await docker("network", "ls", "--format", "{{.Name}}")).not.toContain("sitewright");
  });

  test("leaves no process: no vCenter, no plugin", () => {
    const left = commandLines().filter((line) => /pulumi-resource-|\/vcenter\b/.test(line));
    expect(left).toEqual([]);
  });

  test("can be run again, with nothing to do", async () => {
    expectSuccess(await make("down"));
  });
}
