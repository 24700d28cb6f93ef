import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../../../environment/schema";
import { refuseCripplingEdits } from "../../../../infra/guards/refuseEdits";
import type { Membership } from "../../../../kubernetes/membership";
import { site } from "../../environment/site";
import { mockSite, type MockSite } from "../../mocks";
import { vmIdOf } from "../../vmId";
import { recordedCluster, recordedInfra } from "../recorded";

const [INFRA, CLUSTER] = [
  "organization/sitewright-infra/dev",
  "organization/sitewright-cluster/dev",
];
const NAMES = ["devk8smst501", "devk8smst502", "devk8smst503", "devk8swok501"] as const;

/** Three control planes and a worker. */
function environment(): Environment {
  const made = structuredClone(site("dev"));
  const [first] = made.nodes;
  made.nodes = NAMES.map((name, index) => ({
    ...first,
    name,
    address: `172.30.10.${50 + index}`,
    role: name.includes("wok") ? "worker" : "control-plane",
  }));
  return made;
}

const standing = () =>
  recordedCluster({
    cluster: { clusterName: environment().kubernetes.clusterName },
    kubeconfig: "SECRET-KUBECONFIG",
  });

const MEMBER: Membership = { kind: "member", node: true, etcd: false };
const CONTROL_PLANE: Membership = { kind: "member", node: true, etcd: true };
const SILENT: Membership = { kind: "unreadable", why: "https://172.30.10.45:6443: ECONNREFUSED" };

/** How many machines the cluster was asked about, and what it says. */
let asked: string[][];
/** Stacks whose resources were read. */
let reads: string[];
async function attempt(
  edit: (site: Environment) => void,
  {
    says = () => MEMBER,
    stacks = { [INFRA]: recordedInfra(environment().nodes), [CLUSTER]: standing() },
    calls,
  }: {
    says?: (name: string) => Membership;
    stacks?: MockSite["stacks"];
    calls?: MockSite["calls"];
  } = {},
): Promise<void> {
  asked = [];
  const edited = environment();
  edit(edited);
  reads = [];
  const resources = stacks ?? {};
  await mockSite({
    project: "infra",
    stack: "dev",
    calls: {
      "pulumi:pulumi:readStackOutputs": ({ name }) => ({
        outputs: resources[name as string]?.at(0)?.outputs ?? {},
      }),
      "pulumi:pulumi:readStackResourceOutputs": ({ stackName }) => {
        reads.push(stackName as string);
        const found = resources[stackName as string];
        if (found === undefined) {
          throw new Error(`unknown stack "${stackName}"`);
        }
        return { outputs: Object.fromEntries(found.map(({ urn, ...rest }) => [urn, rest])) };
      },
      ...calls,
    },
  });
  await refuseCripplingEdits(edited, (machines, kubeconfig) => {
    expect(kubeconfig).toBe("SECRET-KUBECONFIG");
    asked.push(machines.map(({ name, vmId }) => `${name} ${vmId}`));
    return Promise.resolve(new Map(machines.map(({ name }) => [name, says(name)])));
  });
}

const drop =
  (...names: string[]) =>
  (edited: Environment) => {
    edited.nodes = edited.nodes.filter(({ name }) => !names.includes(name));
  };
const change =
  (what: Partial<Environment["nodes"][0]>, ...names: string[]) =>
  (edited: Environment) => {
    edited.nodes
      .filter(({ name }) => names.includes(name))
      .forEach((node) => Object.assign(node, what));
  };

afterEach(() => {
  delete process.env["SITEWRIGHT_LOST"];
  delete process.env["SITEWRIGHT_REPORT"];
});

test("without an edit of what is there the cluster is asked nothing, and its long state is not read", async () => {
  await attempt(() => undefined);
  expect(reads).toEqual([INFRA]);
  await attempt((edited) => {
    edited.nodes.push({ ...edited.nodes[3], name: "devk8swok502", address: "172.30.10.60" });
  });
  expect(asked).toEqual([]);
});

test("a first update, and one before there is a cluster, may do anything", async () => {
  const edit = (edited: Environment) => {
    drop("devk8smst502", "devk8swok501")(edited);
    change({ role: "worker", cpus: 8 }, "devk8smst501", "devk8smst503")(edited);
    edited.kubernetes.clusterName = "another";
  };
  const recorded = recordedInfra(environment().nodes);
  await attempt(edit, { stacks: {} });
  await attempt(edit, { stacks: { [INFRA]: [] } });
  await attempt(edit, { stacks: { [INFRA]: recorded } });
  await attempt(edit, { stacks: { [INFRA]: recorded, [CLUSTER]: [] } });
  await attempt(edit, { stacks: { [INFRA]: recorded, [CLUSTER]: standing().slice(0, 1) } });
  expect(asked).toEqual([]);
});

test("a state that newer plugins have written is not worked on", async () => {
  const type = "pulumi:providers:vsphere";
  const provider = { urn: `urn:pulumi:dev::infra::${type}::vcenter`, type };
  const recorded = recordedInfra(environment().nodes);
  const attemptWith = (version: string) =>
    attempt(() => undefined, {
      stacks: { [INFRA]: [...recorded, { ...provider, outputs: { version } }] },
    });
  await expect(attemptWith("999.0.0")).rejects.toThrow(
    /^The state of stack infra was written with newer plugins [^]*Nothing was created or changed\.\nplugin vsphere: the state was written with 999\.0\.0/,
  );
  await attemptWith("0.0.1");
});

test("a worker that the cluster still has is not deleted, and the steps by hand are given", async () => {
  await expect(attempt(drop("devk8swok501"))).rejects.toThrow(
    /^Pulumi\.dev\.yaml asks for what the running cluster would not survive\. Nothing was created or changed\.\n {2}devk8swok501 is no longer listed, so its machine would be deleted: the running cluster has it as a Node\n[\s\S]*kubectl drain devk8swok501 [\s\S]*kubectl delete node devk8swok501$/,
  );
  expect(asked).toEqual([[`devk8swok501 ${vmIdOf("devk8swok501-vm")}`]]);
});

test("two of three control planes: both are named, with the member of etcd", async () => {
  const two = attempt(drop("devk8smst502", "devk8smst503"), { says: () => CONTROL_PLANE });
  await expect(two).rejects.toThrow(
    /devk8smst502 is no longer listed[\s\S]*member remove <id of devk8smst502>[\s\S]*devk8smst503 is no longer listed[\s\S]*member remove <id of devk8smst503>/,
  );
});

test("a renamed machine is another one, and another address replaces it", async () => {
  const renamed = attempt(change({ name: "devk8swok502" }, "devk8swok501"));
  await expect(renamed).rejects.toThrow("devk8swok501 is no longer listed");
  const moved = attempt(change({ address: "172.30.10.99" }, "devk8swok501"));
  await expect(moved).rejects.toThrow(
    "devk8swok501 gets the address 172.30.10.99 for 172.30.10.53, so its machine would be replaced",
  );
});

test("a machine that the cluster says it does not have may go", async () => {
  await attempt(drop("devk8smst502", "devk8swok501"), { says: () => ({ kind: "none" }) });
  expect(asked).toHaveLength(1);
  await attempt(change({ address: "172.30.10.99" }, "devk8swok501"), {
    says: () => ({ kind: "none" }),
  });
});

test("a load balancer that is taken away is no node", async () => {
  const [root, component, vm] = recordedInfra(environment().nodes);
  const second = [component, vm].map((one) => ({
    ...one,
    urn: one.urn.replace("devk8slb501", "devk8slb502"),
  }));
  const rest = recordedInfra(environment().nodes).slice(1);
  await attempt(() => undefined, {
    stacks: { [INFRA]: [root, ...second, ...rest], [CLUSTER]: standing() },
  });
  expect(asked).toEqual([]);
});

describe("where the cluster cannot be asked", () => {
  const silent = { says: () => SILENT };

  test("it is refused, with the way to overrule it by the machine's name", async () => {
    await expect(attempt(drop("devk8swok501"), silent)).rejects.toThrow(
      /it is unknown whether the running cluster still has it[\s\S]*ECONNREFUSED[\s\S]*make up LOST=devk8swok501[\s\S]*SITEWRIGHT_LOST=devk8swok501/,
    );
  });

  test("the machines that are given up by name may go, and no other", async () => {
    process.env["SITEWRIGHT_LOST"] = "devk8swok501, other";
    await attempt(drop("devk8swok501"), silent);
    await expect(attempt(drop("devk8swok501", "devk8smst502"), silent)).rejects.toThrow(
      /survive[^\n]*\n {2}devk8smst502 /,
    );
  });

  test("what the cluster says itself is not overruled", async () => {
    process.env["SITEWRIGHT_LOST"] = "devk8swok501";
    await expect(attempt(drop("devk8swok501"))).rejects.toThrow("has it as a Node");
  });

  test("a state of cluster that is cut in half counts as that", async () => {
    const calls: MockSite["calls"] = {
      "pulumi:pulumi:readStackResourceOutputs": ({ stackName }) => {
        if (stackName === CLUSTER) {
          throw new Error("failed to load checkpoint: unexpected end of JSON input");
        }
        return {
          outputs: Object.fromEntries(
            recordedInfra(environment().nodes).map(({ urn, ...rest }) => [urn, rest]),
          ),
        };
      },
    };
    await attempt(() => undefined, { calls });
    await expect(attempt(drop("devk8swok501"), { calls })).rejects.toThrow(
      "the state of the stack cluster cannot be read: failed to load checkpoint",
    );
    process.env["SITEWRIGHT_LOST"] = "devk8swok501";
    await attempt(drop("devk8swok501"), { calls });
  });

  test("a cluster whose state has no kubeconfig counts as that, too", async () => {
    const stacks = { [INFRA]: recordedInfra(environment().nodes), [CLUSTER]: recordedCluster({}) };
    await expect(attempt(drop("devk8swok501"), { stacks })).rejects.toThrow("has no kubeconfig");
    expect(asked).toEqual([]);
  });
});

test("another clusterName is refused while the cluster stands", async () => {
  const renamed = attempt((edited) => (edited.kubernetes.clusterName = "another"));
  await expect(renamed).rejects.toThrow(
    /site:kubernetes\.clusterName is another, and the cluster that runs is devk8sclu/,
  );
  expect(asked).toEqual([]);
});

test.each([
  ["devk8smst503", "worker", "control-plane"],
  ["devk8swok501", "control-plane", "worker"],
] as const)("the role of %s does not become %s", async (name, role, was) => {
  await expect(attempt(change({ role }, name))).rejects.toThrow(
    `site:nodes, ${name}: role is ${role}, and the machine was made as ${was}`,
  );
});

describe("control planes that are restarted", () => {
  test.each([
    ["cpus", { cpus: 16 }, /cpus \d+ → 16/],
    ["memory", { memoryMiB: 65_536 }, /memoryMiB \d+ → 65536/],
  ] as const)("two at once by %s are refused, one passes", async (_, what, said) => {
    const two = attempt(change(what, "devk8smst501", "devk8smst503"));
    await expect(two).rejects.toThrow(
      /site:nodes: 2 control planes would be restarted or replaced at once/,
    );
    await expect(attempt(change(what, "devk8smst501", "devk8smst503"))).rejects.toThrow(said);
    await attempt(change(what, "devk8smst501"));
    await attempt(change(what, "devk8smst501", "devk8swok501"));
  });

  test("what does not restart a machine is no concern", async () => {
    await attempt(change({ diskGiB: 999, memoryReservation: false }, ...NAMES));
  });
});

test("all faults are in one message, without a secret", async () => {
  const error = await attempt((edited) => {
    edited.kubernetes.clusterName = "another";
    change({ cpus: 16 }, "devk8smst501", "devk8smst502")(edited);
    change({ role: "control-plane" }, "devk8swok501")(edited);
    drop("devk8smst503")(edited);
  }).catch((refusal: Error) => refusal.message);
  expect(error).toMatch(/clusterName[\s\S]*role is[\s\S]*2 control planes[\s\S]*devk8smst503/);
  expect(error).not.toContain("SECRET");
});

test("the preview of a pull request reports it as a warning, an update never", async () => {
  process.env["SITEWRIGHT_REPORT"] = "1";
  await expect(attempt(drop("devk8swok501"))).rejects.toThrow("has it as a Node");
  const warnings = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  const dry = jest.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
  await attempt(drop("devk8swok501"));
  expect(warnings.mock.calls).toEqual([[expect.stringContaining("has it as a Node")]]);
  delete process.env["SITEWRIGHT_REPORT"];
  await expect(attempt(drop("devk8swok501"))).rejects.toThrow("has it as a Node");
  warnings.mockRestore();
  dry.mockRestore();
});
