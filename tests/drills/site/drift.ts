import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { HAPROXY_CONFIG } from "../../../ssh/haproxy";
import { environment, expectSuccess, kubectl, make, onMachine } from "../../e2e/support/harness";

interface Pod {
  metadata: { namespace: string; name: string };
  status: { containerStatuses?: { containerID?: string }[] };
}

/**
 * Changes by hand of all kinds at once: each is reported, nothing else is, and `make up` repairs them without restarting anything
 * that was not changed. A machine's settings in vCenter are changed in tests/drills/state.test.ts: in the lab that would
 * restart its container.
 */
export function drift(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const whoami = { namespace: site.apps.whoami.namespace, deployment: "whoami" };
  const balancer = site.loadBalancer.name;
  const controlPlane = site.nodes.find(({ role }) => role === "control-plane")!.name;
  const [labelled, configured] = site.nodes.filter(
    ({ role, zone }) => role === "worker" && zone === site.loadBalancer.zone,
  );
  const tainted = site.nodes.find(({ zone }) => site.zones[zone].taints.length > 0)!;
  const [taint] = site.zones[tainted.zone].taints;

  /** Edits by hand: machine, file, expression for sed. */
  const edits = [
    [balancer, HAPROXY_CONFIG, "$ a # by hand"],
    [configured.name, "/var/lib/kubelet/config.yaml", "$ a maxPods: 42"],
    [
      controlPlane,
      "/etc/kubernetes/manifests/kube-scheduler.yaml",
      "s/^    tier: control-plane$/&\\n    changed: by-hand/",
    ],
    [labelled.name, "/etc/sysctl.d/90-kubernetes.conf", "$ a # by hand"],
  ] as const;
  const contents = () =>
    Promise.all(edits.map(([machine, path]) => onMachine(machine, "cat", path)));

  /** Ids of all containers but those of what was changed. */
  async function containers(): Promise<string[]> {
    const { items } = JSON.parse(
      await kubectl(["get", "pods", "--all-namespaces", "-o", "json"]),
    ) as { items: Pod[] };
    return items
      .filter(({ metadata: { name } }) => !/^(kube-scheduler|whoami|backup|restore)-/.test(name))
      .flatMap(({ metadata, status }) =>
        (status.containerStatuses ?? []).map(
          ({ containerID }) => `${metadata.namespace}/${metadata.name} ${containerID}`,
        ),
      )
      .sort();
  }
  const runtimes = () =>
    Promise.all(
      site.nodes.map(({ name }) =>
        onMachine(name, "systemctl", "show", "--property=MainPID", "containerd"),
      ),
    );

  let intact: string[];
  let before: { containers: string[]; runtimes: string[] };

  beforeAll(async () => {
    intact = await contents();
    before = { containers: await containers(), runtimes: await runtimes() };
    for (const [machine, path, expression] of edits) {
      await onMachine(machine, "sed", "--in-place", expression, path);
    }
    await kubectl(["label", "node", labelled.name, "net=elsewhere", "--overwrite"]);
    await kubectl(["taint", "node", tainted.name, `${taint.key}-`]);
    const { namespace, deployment } = whoami;
    await kubectl(["--namespace", namespace, "scale", "deployment", deployment, "--replicas=0"]);
    await kubectl(["--namespace", namespace, "delete", "service", "whoami"]);
  });

  test("make drift reports each change, and nothing else", async () => {
    const finished = await make("drift");
    expect(finished.exitCode).not.toBe(0);
    const reported = finished.output
      .split("\n")
      .filter((line) => /^ {2}\S/.test(line) && !/^ {2}(where|why|next):/.test(line))
      .map((line) => line.trim());
    const expected = [
      ...edits.map(([machine, path]) => `${machine}: ${path} has another content`),
      `NodePatch node-${labelled.name} differs`,
      `NodePatch node-${tainted.name} differs`,
      expect.stringMatching(/^Deployment \S*whoami\S* differs$/),
      expect.stringMatching(/^Service \S*whoami\S* is gone$/),
    ];
    expect(reported).toHaveLength(expected.length);
    expect(reported).toEqual(expect.arrayContaining(expected));
    expect(finished.output).toContain("(is elsewhere)");
    expect(finished.output).toContain("+# by hand");
    expect(finished.output).toContain(`make up ENV=${environment} repairs what stands above`);
    expect(await contents()).not.toEqual(intact);
  });

  test("make up repairs all of it, and restarts nothing else", async () => {
    const finished = await make("up");
    expectSuccess(finished);
    expect(await contents()).toEqual(intact);
    const node = async (name: string, path: string) =>
      kubectl(["get", "node", name, "-o", `jsonpath={${path}}`]);
    expect(await node(labelled.name, ".metadata.labels.net")).toBe(
      site.zones[labelled.zone].labels["net"],
    );
    expect(JSON.parse(await node(tainted.name, ".spec.taints"))).toEqual(
      site.zones[tainted.zone].taints,
    );
    const { namespace, deployment } = whoami;
    await kubectl(["--namespace", namespace, "get", "service", "whoami"]);
    const ready = ["rollout", "status", "deployment", deployment, "--timeout=30s"];
    await kubectl(["--namespace", namespace, ...ready]);
    expect(await containers()).toEqual(before.containers);
    expect(await runtimes()).toEqual(before.runtimes);
    expect(await onMachine(configured.name, "systemctl", "is-active", "kubelet")).toBe("active");
  });

  test("then nothing differs", async () => {
    const finished = await make("drift");
    expectSuccess(finished);
    expect(finished.output).not.toMatch(/differs|is gone|another content/);
  });
}
