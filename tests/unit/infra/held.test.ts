import * as pulumi from "@pulumi/pulumi";

import { infraContract } from "../../../environment/contracts";
import { graphEntries } from "../../../operations/preview-report/graphEntries";
import { configOf, rawSite } from "../environment/site";
import { parseEnvironment } from "../../environment";
import { graphOf, requestsOf } from "../graph";
import { vmIdOf } from "../vmId";
import { recordedCluster, recordedInfra } from "./recorded";
import { run } from "./run";

const [GONE, AGAIN] = ["devk8swok509", "devk8swok501"] as const;

/** The site as it was brought up: a worker more than the lab's environment has. */
function rawBefore() {
  const raw = rawSite("dev");
  raw["nodes"].push({ ...raw["nodes"][1], name: GONE, address: "172.30.10.69" });
  return raw;
}
/** The zone of one of them is no longer in the environment. */
const recorded = parseEnvironment("dev", rawBefore()).nodes.map((node) =>
  node.name === GONE ? { ...node, zone: "former" } : node,
);

/** The program while one worker is no longer listed, and another one is to be another machine. */
function held(members: readonly string[] = [GONE, AGAIN]) {
  const raw = rawSite("dev");
  const again = raw["nodes"].find(({ name }: { name: string }) => name === AGAIN);
  Object.assign(again, { generation: 2, address: "172.30.10.99" });
  raw["vsphere"].tags = ["role", "zone"];
  return run({
    config: configOf(raw),
    stacks: {
      "organization/sitewright-infra/dev": recordedInfra(recorded),
      "organization/sitewright-cluster/dev": recordedCluster({}, members),
    },
  });
}

beforeEach(() => {
  jest.spyOn(pulumi.log, "warn").mockResolvedValue();
});
afterEach(() => jest.restoreAllMocks());

/** Resources as a dump shows them, by name and type. */
const entriesOf = async (make: () => Promise<unknown>) =>
  new Map(
    graphEntries(graphOf(await requestsOf(make))).map((entry) => [entry.resource, entry] as const),
  );

test("a held machine has the URNs of its first registration, and the options that change nothing", async () => {
  const before = await entriesOf(() => run({ config: configOf(rawBefore()) }));
  const after = await entriesOf(() => held());
  for (const name of [GONE, AGAIN]) {
    const vm = `${name}-vm (VirtualMachine)`;
    expect(after.get(vm)).toMatchObject({
      parent: before.get(vm)!["parent"],
      replacementTrigger: before.get(vm)!["replacementTrigger"],
      ignoreChanges: ["*"],
    });
    for (const beside of [`${name}-host-key (PrivateKey)`, `${name}-member-check (Command)`]) {
      expect(after.get(beside)).toEqual(before.get(beside));
    }
  }
});

test("it is among the held ones with its recorded address, and not among the nodes", async () => {
  const { values } = await held();
  const { nodes, held: kept } = infraContract.parse(values.infra);
  expect(kept).toEqual(
    [AGAIN, GONE].map((name) => {
      const { address, zone, role } = recorded.find((node) => node.name === name)!;
      const hostKey = `public ${name}-host-key`;
      return { name, address, zone, role, hostKey, vmId: vmIdOf(`${name}-vm`) };
    }),
  );
  expect(nodes.map(({ name }) => name)).not.toEqual(expect.arrayContaining([AGAIN]));
});

test("the load balancer sends it nothing from outside any more", async () => {
  const { registered } = await held();
  const { stdin } = registered.find(({ name }) => name === "load-balancer-haproxy")!.inputs;
  expect(stdin).not.toMatch(`server ${GONE} `);
  expect(stdin).not.toMatch(`server ${AGAIN} `);
});

test("its tags stay as long as it does, also those of a zone that is gone", async () => {
  const { registered } = await held();
  const tags = registered.filter(({ type }) => type === "vsphere:index/tag:Tag");
  expect(tags.map(({ name }) => name)).toContain("tag-zone-former");
  const { registered: after } = await held([]);
  expect(after.map(({ name }) => name)).not.toContain("tag-zone-former");
});

test("a generation other than the first is part of what replaces a machine", async () => {
  const entries = await entriesOf(() => held([]));
  const trigger = (name: string) =>
    entries.get(`${name}-vm (VirtualMachine)`)!["replacementTrigger"];
  expect(trigger(AGAIN)).toEqual(["172.30.10.99", 2]);
  expect(trigger("devk8swok502")).toBe("172.30.10.62");
});

test("once cluster has let it go it is made as listed, or not at all", async () => {
  const { registered, values } = await held([]);
  expect(registered.some(({ name }) => name === `${GONE}-vm`)).toBe(false);
  expect(registered.find(({ name }) => name === `${AGAIN}-vm`)!.inputs["name"]).toBe(AGAIN);
  expect(values.infra.held).toEqual([]);
  expect(values.infra.nodes.find(({ name }) => name === AGAIN)!.address).toBe("172.30.10.99");
});
