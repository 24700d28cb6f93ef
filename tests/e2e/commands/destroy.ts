import { readFileSync } from "node:fs";

import { readEnvironmentFile } from "../../environment";
import { checkout, stateDirectory } from "../../../lib/paths";
import { processesNaming } from "../../processes";
import { eventually, manifest, mountingPod, smallClaim } from "../cluster/pods";
import {
  type Cut,
  danglingVolumes,
  docker,
  environment,
  expectSuccess,
  type Finished,
  forgetCluster,
  kubectl,
  make,
  onMachine,
} from "../support/harness";
import { inventory } from "../support/vcenter";

/** Volumes without an owner before the site comes up: they are not counted. */
let volumesBefore: string[];

/** Remembers what is on the machine before the site comes up. */
export async function rememberMachine(): Promise<void> {
  volumesBefore = await danglingVolumes();
}

/** A volume that is not the site's, and where it lies. */
interface Foreign {
  /** Name of its pod and its claim. */
  name: string;
  storageClassName: string;
  node: string;
  path: string;
}

/** Claims that are no resources of Pulumi, as those of a StatefulSet are, while the cluster is destroyed. */
function foreignClaims(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { namespace } = site.apps.whoami;
  const [ends, stays] = (["Delete", "Retain"] as const).map((policy): Foreign => {
    const found = site.storageClasses.find(({ reclaimPolicy }) => reclaimPolicy === policy);
    const name = `e2e-left-${policy.toLowerCase()}`;
    return { name, storageClassName: found!.name, node: "", path: "" };
  });
  const folder = ({ node, path }: Foreign): Promise<string> =>
    onMachine(node, "sh", "-c", `ls -d '${path}' 2>/dev/null || true`);
  const here = ["--namespace", namespace];

  test("each has a folder on a node", async () => {
    const objects = [ends, stays].flatMap(({ name, storageClassName }) => {
      const metadata = { name, namespace, labels: { app: "e2e-left" } };
      return [
        smallClaim({ ...metadata, storageClassName }),
        mountingPod(site, { ...metadata, group: 2000 }),
      ];
    });
    await kubectl(["apply", "-f", "-"], manifest(objects));
    for (const one of [ends, stays]) {
      const ready = ["--for=condition=Ready", "--timeout=110s"];
      await kubectl(["wait", `pod/${one.name}`, ...here, ...ready]);
      one.node = await kubectl([
        "get",
        "pod",
        one.name,
        ...here,
        "-o",
        "jsonpath={.spec.nodeName}",
      ]);
      const volumeName = "jsonpath={.spec.volumeName}";
      const volume = await kubectl(["get", "pvc", one.name, ...here, "-o", volumeName]);
      one.path = await kubectl(["get", "pv", volume, "-o", "jsonpath={.spec.local.path}"]);
      expect(await folder(one)).toBe(one.path);
    }
  });

  test("is refused while pods use them: nothing is deleted", async () => {
    const { exitCode, output } = await down("cluster");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("use volumes; nothing was deleted");
    expect(output).toContain(`${namespace}/${ends.name}`);
    const bound = await kubectl(["get", "pvc", ...here, "-o", "jsonpath={.items[*].status.phase}"]);
    expect(bound).toBe("Bound Bound");
    await kubectl(["delete", "pod", ends.name, stays.name, ...here, "--timeout=60s"]);
  });

  test("goes on where it was killed, and tells what is left on purpose", async () => {
    await down("cluster", { when: /Deleting the claim/, signal: "SIGKILL" });
    const finished = await down("cluster");
    expectSuccess(finished);
    expect(finished.output).toContain("\nLeft on purpose:\n");
    expect(finished.output).toContain(`where:  ${stays.node}:${stays.path}`);
    expect(finished.output).not.toContain(ends.path);
  });

  test("leaves the folder of the retained volume alone", async () => {
    expect(await folder(stays)).toBe(stays.path);
    expect(await folder(ends)).toBe("");
  });
}

/** How `make down` of one stack ends. */
const down = (stack: string, cut?: Cut): Promise<Finished> =>
  make("down", { variables: { STACK: stack }, ...(cut === undefined ? {} : { cut }) });

export function destroyed(): void {
  test.each(["site", "apps"])("pulumi destroy of %s alone", async (stack) => {
    expectSuccess(await down(stack));
  });

  test("the claims of the applications have gone with them", async () => {
    const claims = () => kubectl(["get", "pvc", "--all-namespaces", "-o", "name"]);
    expect(await eventually([""], claims)).toBe("");
  });

  describe("pulumi destroy of a cluster that has claims from outside of Pulumi", foreignClaims);

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
    expect(await onMachine(name, "ls", "/etc/haproxy")).not.toContain("cluster-ca");
    await onMachine(name, "haproxy", "-c", "-q", "-f", "/etc/haproxy");
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

  test("leaves no name in the hosts file", () => {
    expect(readFileSync("/etc/hosts", "utf8")).not.toContain("sitewright");
  });

  test("leaves no network", async () => {
    expect(await docker("network", "ls", "--format", "{{.Name}}")).not.toContain("sitewright");
  });

  test("leaves no process: no vCenter, no plugin", () => {
    const left = processesNaming(stateDirectory()).map(({ command }) => command);
    expect(left.filter((line) => /pulumi-resource-|\/vcenter\b/.test(line))).toEqual([]);
  });

  test("can be run again, with nothing to do", async () => {
    expectSuccess(await make("down"));
  });
}
