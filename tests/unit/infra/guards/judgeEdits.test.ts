import * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../../../../environment/schema";
import { judgeEdits, type Verdict } from "../../../../infra/guards/judgeEdits";
import type { HeldNode } from "../../../../infra/guards/recordedNodes";
import { site } from "../../environment/site";
import { mockSite, type MockSite } from "../../mocks";
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

/** The state of a cluster that has steps on these machines. */
const standing = (...machines: string[]) =>
  recordedCluster({ cluster: { clusterName: "devk8sclu" } }, machines);

const warnings = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
beforeEach(() => warnings.mockClear());
const warned = () => warnings.mock.calls.map(([text]) => text).join("\n");

/** Stacks whose resources were read. */
let reads: string[];
async function verdict(
  edit: (site: Environment) => void,
  {
    stacks = { [INFRA]: recordedInfra(environment().nodes), [CLUSTER]: standing(...NAMES) },
    calls,
  }: { stacks?: MockSite["stacks"]; calls?: MockSite["calls"] } = {},
): Promise<Verdict> {
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
  return judgeEdits(edited);
}
/** The machines that are held. */
const attempt = async (...args: Parameters<typeof verdict>): Promise<HeldNode[]> =>
  (await verdict(...args)).held;
/** Names of the machines that are held. */
const held = async (...args: Parameters<typeof attempt>) =>
  (await attempt(...args)).map(({ name }) => name);
/** Names of the machines that go now, and of those that wait for their turn. */
const turnsIn = ({ held: now, waiting }: Verdict) =>
  [now, waiting].map((nodes) => nodes.map(({ name }) => name));
/** States of a site whose cluster has steps on these machines alone. */
const clusterWith = (...machines: string[]) => ({
  stacks: { [INFRA]: recordedInfra(environment().nodes), [CLUSTER]: standing(...machines) },
});

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
  delete process.env["SITEWRIGHT_REPORT"];
});

test("without an edit of what is there the long state of cluster is not read, and nothing is held", async () => {
  expect(await attempt(() => undefined)).toEqual([]);
  expect(reads).toEqual([INFRA]);
  await attempt((edited) => {
    edited.nodes.push({ ...edited.nodes[3], name: "devk8swok502", address: "172.30.10.60" });
  });
  expect(reads).toEqual([INFRA]);
  expect(warned()).toBe("");
});

test("a first update, and one before there is a cluster, may do anything", async () => {
  const edit = (edited: Environment) => {
    drop("devk8smst502", "devk8swok501")(edited);
    change({ role: "worker", cpus: 8 }, "devk8smst501", "devk8smst503")(edited);
    edited.kubernetes.clusterName = "another";
  };
  const recorded = recordedInfra(environment().nodes);
  expect(await attempt(edit, { stacks: {} })).toEqual([]);
  expect(await attempt(edit, { stacks: { [INFRA]: [] } })).toEqual([]);
  expect(await attempt(edit, { stacks: { [INFRA]: recorded } })).toEqual([]);
  expect(await attempt(edit, { stacks: { [INFRA]: recorded, [CLUSTER]: [] } })).toEqual([]);
  const left = standing().slice(0, 1);
  expect(await attempt(edit, { stacks: { [INFRA]: recorded, [CLUSTER]: left } })).toEqual([]);
  expect(warned()).toBe("");
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

test("machines that cluster has steps on are held as they were made, and named with the next command", async () => {
  const made = environment().nodes;
  expect(await attempt(drop("devk8swok501", "devk8smst503", "devk8smst502"))).toEqual(
    [1, 2, 3].map((index) => {
      const { name, address, zone, role } = made[index]!;
      return expect.objectContaining({ name, address, zone, role, generation: 1 }) as unknown;
    }),
  );
  expect(reads).toEqual([INFRA, CLUSTER]);
  expect(warned()).toMatch(
    /^3 machines are kept as recorded[^]*\n {2}devk8swok501 is no longer listed\nnext: make up [^]*pulumi up in cluster/,
  );
});

test("the step may have the cluster's name before it or not; another machine's name that ends alike is not it", async () => {
  const edit = drop("devk8swok501");
  const step = (name: string) =>
    standing().map((one) => ({ ...one, urn: one.urn.replace("devk8sclu-initialize", name) }));
  const recorded = recordedInfra(environment().nodes);
  const heldBy = (name: string) =>
    held(edit, { stacks: { [INFRA]: recorded, [CLUSTER]: step(name) } });
  expect(await heldBy("prepare-devk8swok501")).toEqual(["devk8swok501"]);
  expect(await heldBy("devk8sclu-prepare-devk8swok501")).toEqual(["devk8swok501"]);
  expect(await heldBy("prepare-x-devk8swok501")).toEqual([]);
  expect(await heldBy("join-devk8swok501")).toEqual([]);
});

test("a machine that cluster has let go may go", async () => {
  const gone = clusterWith("devk8smst501", "devk8smst502", "devk8smst503");
  expect(await attempt(drop("devk8swok501"), gone)).toEqual([]);
  expect(await held(drop("devk8swok501", "devk8smst502"), gone)).toEqual(["devk8smst502"]);
  expect(await attempt(change({ generation: 2 }, "devk8swok501"), gone)).toEqual([]);
});

test.each([
  [
    "address",
    { address: "172.30.10.99" },
    /devk8swok501 is replaced: address \S+ → 172\.30\.10\.99/,
  ],
  ["generation", { generation: 2 }, /devk8swok501 is replaced: generation 1 → 2/],
])("another %s replaces a machine: it is held as it was made", async (_, edit, said) => {
  const [node] = await attempt(change(edit, "devk8swok501"));
  expect(node).toMatchObject({ name: "devk8swok501", address: "172.30.10.53", generation: 1 });
  expect(warned()).toMatch(said);
});

test("a machine of a later generation is as listed, and going back is another replacement", async () => {
  const nodes = environment().nodes.map((node) => ({ ...node, generation: 3 }));
  const stacks = { [INFRA]: recordedInfra(nodes), [CLUSTER]: standing(...NAMES) };
  expect(await attempt(change({ generation: 3 }, ...NAMES), { stacks })).toEqual([]);
  const back = change({ generation: 3 }, ...NAMES.slice(0, 3));
  expect(await attempt(back, { stacks })).toMatchObject([{ name: "devk8swok501", generation: 3 }]);
});

test("what older programs recorded in no resource is taken from the outputs", async () => {
  const older = recordedInfra(environment().nodes).map((one) => ({
    ...one,
    outputs: "address" in one.outputs ? { address: one.outputs["address"] } : one.outputs,
  }));
  const edit = drop("devk8swok501");
  const stacks = { [INFRA]: older, [CLUSTER]: standing(...NAMES) };
  expect(await attempt(edit, { stacks })).toMatchObject([{ role: "worker", zone: "lan" }]);
  const cut = older.map((one, index) => (index === 0 ? { ...one, outputs: {} } : one));
  await expect(attempt(edit, { stacks: { ...stacks, [INFRA]: cut } })).rejects.toThrow(
    "devk8swok501: the stack cluster has steps on it, and the state does not say",
  );
});

test("a rename, and any address that another machine still has, is refused with the way", async () => {
  const renamed = change({ name: "devk8swok502" }, "devk8swok501");
  await expect(attempt(renamed)).rejects.toThrow(
    /devk8swok502: its address 172\.30\.10\.53 is still that of the machine devk8swok501\n[^]*no machine changes its name[^]*another address/,
  );
  // The new machine is made before the old one is deleted, cluster or none.
  await expect(attempt(renamed, clusterWith("devk8smst501"))).rejects.toThrow("is still that of");
  const swap = (edited: Environment) => {
    change({ address: "172.30.10.51" }, "devk8swok501")(edited);
    change({ address: "172.30.10.53" }, "devk8smst502")(edited);
  };
  await expect(attempt(swap)).rejects.toThrow(/devk8smst502: its[^]*give devk8smst502 a free/);
  const elsewhere = change({ name: "devk8swok502", address: "172.30.10.60" }, "devk8swok501");
  expect(await held(elsewhere)).toEqual(["devk8swok501"]);
});

describe("control planes", () => {
  test("a sole one is not replaced under its own name, but by a successor", async () => {
    const one = clusterWith("devk8smst501", "devk8swok501");
    const sole = drop("devk8smst502", "devk8smst503");
    for (const edit of [{ generation: 2 }, { address: "172.30.10.99" }]) {
      const replaced = (edited: Environment) => {
        sole(edited);
        change(edit, "devk8smst501")(edited);
      };
      await expect(attempt(replaced, one)).rejects.toThrow(
        /devk8smst501: it is replaced[^]*list a control plane under another name/,
      );
      expect(await attempt(replaced, clusterWith())).toEqual([]);
    }
    const succeeded = (edited: Environment) => {
      sole(edited);
      change({ name: "devk8smst504", address: "172.30.10.70" }, "devk8smst501")(edited);
    };
    expect(await held(succeeded, clusterWith("devk8smst501", "devk8swok501"))).toEqual([
      "devk8smst501",
    ]);
  });

  test("two of three may be taken out in one edit", async () => {
    expect(await held(drop("devk8smst501", "devk8smst503"))).toEqual([
      "devk8smst501",
      "devk8smst503",
    ]);
  });

  test("they get another generation one by one, all in one edit", async () => {
    const controlPlanes = NAMES.slice(0, 3);
    const all = change({ generation: 2 }, ...controlPlanes);
    expect(turnsIn(await verdict(all))).toEqual([["devk8smst501"], controlPlanes.slice(1)]);
    expect(warned()).toMatch(
      /devk8smst501 is replaced: generation 1 → 2\n {2}devk8smst502 is replaced: generation 1 → 2; it waits for its turn\n/,
    );
    // The first one is another machine, and has not joined yet.
    const recorded = recordedInfra(
      environment().nodes.map((node, index) => (index === 0 ? { ...node, generation: 2 } : node)),
    );
    const next = { [INFRA]: recorded, [CLUSTER]: standing(...NAMES.slice(1)) };
    expect(turnsIn(await verdict(all, { stacks: next }))).toEqual([
      ["devk8smst502"],
      ["devk8smst503"],
    ]);
  });

  test("one that was held goes first, wherever it is listed", async () => {
    const [root, ...rest] = recordedInfra(environment().nodes);
    const { infra } = root!.outputs as { infra: { nodes: { name: string }[] } };
    const [, second, ...others] = infra.nodes;
    const outputs = { infra: { nodes: [infra.nodes[0], ...others], held: [second] } };
    const stacks = { [INFRA]: [{ ...root!, outputs }, ...rest], [CLUSTER]: standing(...NAMES) };
    const all = change({ generation: 2 }, ...NAMES.slice(0, 3));
    expect(turnsIn(await verdict(all, { stacks }))).toEqual([
      ["devk8smst502"],
      ["devk8smst501", "devk8smst503"],
    ]);
  });

  test("they are readdressed one at a time", async () => {
    const two = (edited: Environment) => {
      change({ address: "172.30.10.98" }, "devk8smst501")(edited);
      change({ address: "172.30.10.99" }, "devk8smst503")(edited);
    };
    await expect(attempt(two)).rejects.toThrow(
      /2 control-planes would get another address at once[^]*devk8smst503 is replaced: address/,
    );
    expect(turnsIn(await verdict(change({ address: "172.30.10.99" }, "devk8smst503")))).toEqual([
      ["devk8smst503"],
      [],
    ]);
    const mixed = (edited: Environment) => {
      change({ generation: 2 }, "devk8smst501")(edited);
      change({ address: "172.30.10.99" }, "devk8smst503")(edited);
    };
    expect(turnsIn(await verdict(mixed))).toEqual([["devk8smst503"], ["devk8smst501"]]);
  });
});

test("a load balancer that is taken away is no node", async () => {
  const [root, component, vm] = recordedInfra(environment().nodes);
  const second = [component, vm].map((one) => ({
    ...one,
    urn: one.urn.replace("devk8slb501", "devk8slb502"),
  }));
  const rest = recordedInfra(environment().nodes).slice(1);
  const stacks = { [INFRA]: [root, ...second, ...rest], [CLUSTER]: standing(...NAMES) };
  expect(await attempt(() => undefined, { stacks })).toEqual([]);
  expect(reads).toEqual([INFRA]);
});

test("while the state of cluster cannot be read nothing is let go", async () => {
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
  expect(await attempt(() => undefined, { calls })).toEqual([]);
  expect(await held(drop("devk8swok501"), { calls })).toEqual(["devk8swok501"]);
  expect(warned()).toMatch(/cannot be read: failed to load checkpoint[^]*next: make that state/);
});

test("another clusterName is refused while the cluster stands", async () => {
  const renamed = attempt((edited) => (edited.kubernetes.clusterName = "another"));
  await expect(renamed).rejects.toThrow(
    /site:kubernetes\.clusterName is another, and the cluster that runs is devk8sclu/,
  );
});

test.each([
  ["devk8smst503", "worker", "control-plane"],
  ["devk8swok501", "control-plane", "worker"],
] as const)("the role of %s does not become %s", async (name, role, was) => {
  await expect(attempt(change({ role }, name))).rejects.toThrow(
    `site:nodes, ${name}: role is ${role}, and the machine was made as ${was}`,
  );
});

describe("workers that are replaced", () => {
  const WORKERS = ["devk8swok501", "devk8swok502", "devk8swok503"];
  const more = (edited: Environment) => {
    WORKERS.slice(1).forEach((name, index) =>
      edited.nodes.push({ ...edited.nodes[3], name, address: `172.30.10.${80 + index}` }),
    );
  };
  const recorded = () => {
    const before = environment();
    more(before);
    return { [INFRA]: recordedInfra(before.nodes), [CLUSTER]: standing(...NAMES, ...WORKERS) };
  };
  const again = (maxUnavailable: number) => (edited: Environment) => {
    more(edited);
    edited.maintenance.maxUnavailable = maxUnavailable;
    change({ generation: 2 }, ...WORKERS)(edited);
  };

  test("wait until no more than maxUnavailable are out of service, and stay as recorded meanwhile", async () => {
    for (const limit of [1, 2, 3, 4]) {
      const made = await verdict(again(limit), { stacks: recorded() });
      expect(turnsIn(made)).toEqual([WORKERS.slice(0, limit), WORKERS.slice(limit)]);
      expect(made.waiting.every(({ generation }) => generation === 1)).toBe(true);
    }
  });

  test("that are no longer listed go at once", async () => {
    expect(await held(drop("devk8swok501"), { stacks: recorded() })).toEqual(WORKERS);
  });

  test("get another address no more at a time than may be out of service", async () => {
    const elsewhere = (maxUnavailable: number) => (edited: Environment) => {
      more(edited);
      edited.maintenance.maxUnavailable = maxUnavailable;
      change({ address: "172.30.10.98" }, WORKERS[0]!)(edited);
      change({ address: "172.30.10.99" }, WORKERS[1]!)(edited);
    };
    await expect(attempt(elsewhere(1), { stacks: recorded() })).rejects.toThrow(
      "2 workers would get another address at once, and at most 1 may be out of service",
    );
    expect(await held(elsewhere(2), { stacks: recorded() })).toEqual(WORKERS.slice(0, 2));
  });
});

describe("machines that are restarted", () => {
  const kubeconfig = "a kubeconfig";
  const stacks = (members: readonly string[] = NAMES) => ({
    [INFRA]: recordedInfra(environment().nodes),
    [CLUSTER]: recordedCluster({ cluster: { clusterName: "devk8sclu" }, kubeconfig }, members),
  });
  const restarts = async (edit: (site: Environment) => void, members?: readonly string[]) =>
    (await verdict(edit, { stacks: stacks(members) })).restarts;

  test.each([
    ["cpus", { cpus: 16 }],
    ["memory", { memoryMiB: 65_536 }],
  ] as const)("by %s are put in order, in one edit", async (_, what) => {
    const made = await restarts(change(what, "devk8smst501", "devk8smst503", "devk8swok501"));
    expect(made).toMatchObject({ isSole: false, kubeconfig, loadBalancers: [] });
    expect(made!.nodes.map(({ listed, recorded }) => [listed.name, recorded.name])).toEqual(
      ["devk8smst501", "devk8smst503", "devk8swok501"].map((name) => [name, name]),
    );
  });

  test("are no concern before there is a cluster, or where it does not have them", async () => {
    const all = change({ cpus: 16 }, ...NAMES);
    expect(await restarts(all, [])).toBeUndefined();
    const first = await verdict(all, { stacks: { [INFRA]: stacks()[INFRA] } });
    expect(first.restarts).toBeUndefined();
    expect((await restarts(all, NAMES.slice(1)))!.nodes).toHaveLength(3);
    // The cluster's first update did not come to a kubeconfig.
    expect((await verdict(all, clusterWith(...NAMES))).restarts).toBeUndefined();
  });

  test("are not those that are replaced, which get their size with their clone", async () => {
    const both = change({ cpus: 16, generation: 2 }, "devk8smst501", "devk8smst502");
    expect(await restarts(both)).toBeUndefined();
  });

  test("may be the only control plane", async () => {
    const sole = (edited: Environment) => {
      change({ cpus: 16 }, "devk8smst501")(edited);
    };
    expect(await restarts(sole, ["devk8smst501", "devk8swok501"])).toMatchObject({ isSole: true });
  });

  test("may be load balancers", async () => {
    const balancer = (edited: Environment) => {
      Object.assign(edited.loadBalancer, { cpus: 16 });
    };
    const recorded = stacks();
    expect((await verdict(balancer, { stacks: recorded })).restarts).toMatchObject({
      nodes: [],
      loadBalancers: ["devk8slb501"],
    });
    expect((await verdict(() => undefined, { stacks: recorded })).restarts).toBeUndefined();
    expect(reads).toEqual([INFRA]);
  });

  test("are refused where it cannot be read whether the cluster has them", async () => {
    const calls: MockSite["calls"] = {
      "pulumi:pulumi:readStackResourceOutputs": ({ stackName }) => {
        if (stackName === CLUSTER) {
          throw new Error("failed to load checkpoint");
        }
        return {
          outputs: Object.fromEntries(
            stacks()[INFRA].map(({ urn, ...rest }) => [urn, rest] as const),
          ),
        };
      },
    };
    await expect(attempt(change({ cpus: 16 }, "devk8swok501"), { calls })).rejects.toThrow(
      /devk8swok501: it would be restarted \(cpus \d+ → 16\), and whether[^]*failed to load checkpoint/,
    );
  });

  test("do not include what acts without a restart", async () => {
    expect(await restarts(change({ diskGiB: 999, memoryReservation: false }, ...NAMES))).toBe(
      undefined,
    );
  });
});

test("all faults are in one message", async () => {
  const error = await attempt((edited) => {
    edited.kubernetes.clusterName = "another";
    change({ address: "172.30.10.98" }, "devk8smst501")(edited);
    change({ address: "172.30.10.99" }, "devk8smst502")(edited);
    change({ role: "control-plane" }, "devk8swok501")(edited);
    change({ address: "172.30.10.52" }, "devk8swok501")(edited);
  }).then(
    () => "",
    (refusal: Error) => refusal.message,
  );
  expect(error).toMatch(/clusterName[^]*role is[^]*its address[^]*2 control-planes/);
});

test("the preview of a pull request reports it as a warning, an update never", async () => {
  const edit = change({ role: "control-plane" }, "devk8swok501");
  process.env["SITEWRIGHT_REPORT"] = "1";
  await expect(attempt(edit)).rejects.toThrow("role is control-plane");
  const dry = jest.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
  await attempt(edit);
  expect(warned()).toContain("role is control-plane");
  delete process.env["SITEWRIGHT_REPORT"];
  await expect(attempt(edit)).rejects.toThrow("role is control-plane");
  dry.mockRestore();
});
