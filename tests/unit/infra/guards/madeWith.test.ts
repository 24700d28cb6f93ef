import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

import { infraOutput } from "../../../../environment/infraOutput";
import { loadBalancerMachines } from "../../../../environment/loadBalancers";
import { madeWithNow } from "../../../../infra/guards/madeWith";
import { parseEnvironment } from "../../../environment";
import { configOf, rawSite, site } from "../../environment/site";
import { rawPair } from "../../environment/pair";
import { requestsOf } from "../../graph";
import type { MockSite } from "../../mocks";
import { run } from "../run";

type Raw = ReturnType<typeof rawSite>;

const MACHINE = "sitewright:infra:Machine";
const WORKER = "devk8swok501";

/** The state of infra after an update of an environment: what it has exported, and its machines as they record themselves. */
function stateOf(raw: Raw, { older = false } = {}): NonNullable<MockSite["stacks"]>[string] {
  const environment = parseEnvironment("dev", raw);
  const root = "pulumi:pulumi:Stack";
  const balancers = loadBalancerMachines(environment.loadBalancer);
  const infra = infraOutput(environment, ({ name, zone }) => ({ name, zone }));
  return [
    { urn: `urn:pulumi:dev::sitewright-infra::${root}::infra-dev`, type: root, outputs: { infra } },
    ...[...balancers, ...environment.nodes].map((machine) => {
      const chain = balancers.includes(machine)
        ? `sitewright:infra:LoadBalancer$${MACHINE}`
        : MACHINE;
      const { address, zone, name } = machine;
      return {
        urn: `urn:pulumi:dev::sitewright-infra::${chain}::${name}`,
        type: MACHINE,
        outputs: {
          address,
          zone,
          ...("role" in machine ? { role: machine.role, generation: machine.generation } : {}),
          ...(older ? {} : { madeWith: madeWithNow(machine, environment) }),
        },
      };
    }),
    ...environment.nodes.map(({ name }) => ({
      urn: `urn:pulumi:dev::sitewright-infra::${MACHINE}$vsphere:index/virtualMachine:VirtualMachine::${name}-vm`,
      type: "vsphere:index/virtualMachine:VirtualMachine",
      outputs: {},
    })),
  ];
}

const CLUSTER = "organization/sitewright-cluster/dev";
/** The state of cluster that has initialized, and has no step on any machine. */
const standing = [
  {
    urn: "urn:pulumi:dev::sitewright-cluster::pulumi:pulumi:Stack::c",
    type: "pulumi:pulumi:Stack",
  },
  {
    urn: "urn:pulumi:dev::sitewright-cluster::command:remote:Command::devk8sclu-initialize",
    type: "command:remote:Command",
    outputs: {},
  },
];

/** What the program of an edited environment says, of a site that was up before. */
async function edit(
  change: (raw: Raw) => void,
  { before = rawSite("dev"), older = false, cluster = standing } = {},
) {
  const raw = structuredClone(before);
  change(raw);
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  const components = jest.spyOn(MockMonitor.prototype, "registerResourceOutputs");
  let refusal: string | undefined;
  const requests = await requestsOf(() =>
    run({
      config: configOf(raw),
      stacks: {
        "organization/sitewright-infra/dev": stateOf(before, { older }),
        [CLUSTER]: cluster,
      },
    }).catch(async (error: unknown) => {
      refusal = (error as Error).message;
      await pulumi.runtime.disconnect();
    }),
  );
  const made = Object.fromEntries(
    components.mock.calls.map(([request]) => [
      request.getUrn().split("::").at(-1),
      (
        request.getOutputs() as { toJavaScript(): Record<string, unknown> } | undefined
      )?.toJavaScript()["madeWith"] as Record<string, unknown> | undefined,
    ]),
  );
  const warned = warn.mock.calls.map(([text]) => text).join("\n");
  jest.restoreAllMocks();
  return { refusal, requests, made, warned };
}

const worker = (raw: Raw) =>
  (raw["nodes"] as { name: string }[]).find(({ name }) => name === WORKER)!;

test("what is as it was is not refused, also in a state that an older program left, and is recorded then", async () => {
  const { refusal, warned } = await edit(() => undefined);
  expect(refusal).toBeUndefined();
  expect(warned).toBe("");
  const first = await edit((raw) => Object.assign(worker(raw), { diskGiB: 30 }), { older: true });
  expect(first.refusal).toBeUndefined();
  expect(first.made[WORKER]).toMatchObject({ diskGiB: 30, user: site("dev").ssh.user });
  expect(first.made["devk8slb501"]).toMatchObject({ diskGiB: 20 });
});

test("all that no machine gets later is refused at once, before any resource", async () => {
  const { refusal, requests } = await edit((raw) => {
    raw["ssh"] = { user: "other" };
    raw["domain"] = "other.test";
    raw["kubernetes"].apiName = "kube.coolcorp.test";
    raw["kubernetes"].apiPort = 7443;
    raw["packages"] = { manager: "tdnf" };
    Object.assign(raw["vsphere"], { networkInterface: "ens192", datacenter: "elsewhere" });
    raw["loadBalancer"].diskGiB = 40;
    Object.assign(worker(raw), { diskGiB: 30 });
  });
  for (const part of [
    "Nothing was created or changed.",
    "site:ssh.user is other, and 6 machines were made with sitewright",
    "site:domain is other.test, and 6 machines were made with coolcorp.test",
    "site:vsphere.networkInterface is ens192, and 6 machines were made with eth0",
    "site:vsphere.datacenter is elsewhere, and 6 machines were made with coolcorp",
    "site:packages.manager is tdnf, and 6 machines were made with apt",
    "site:loadBalancer, devk8slb501: diskGiB is 40, and the machine was cloned with 20",
    `site:nodes, ${WORKER}: diskGiB is 30, and the machine was cloned with 20`,
    `raise the generation of ${WORKER} by 1 in the same edit`,
    "site:kubernetes.apiPort is 7443, and the cluster that runs has 6443",
  ]) {
    expect(refusal).toContain(part);
  }
  expect(refusal).not.toContain("apiName");
  expect(requests.filter((one) => one.getType() !== "pulumi:pulumi:StackReference")).toEqual([]);
});

test("an older state tells the user of its machines, and the API before there is a cluster may move", async () => {
  const user = await edit((raw) => (raw["ssh"] = { user: "other" }), { older: true });
  expect(user.refusal).toContain(
    "site:ssh.user is other, and 6 machines were made with sitewright",
  );
  const port = (raw: Raw) => (raw["kubernetes"].apiPort = 7443);
  expect((await edit(port, { cluster: [] })).refusal).toBeUndefined();
  expect((await edit(port)).refusal).toContain("Set it back");
  const name = (raw: Raw) => (raw["kubernetes"].apiName = "api.coolcorp.test");
  expect((await edit(name)).refusal).toContain(
    "site:kubernetes.apiName is api.coolcorp.test, and the cluster that runs has kube.coolcorp.test",
  );
});

test("a machine that is replaced in the same edit takes the new values, and the others keep theirs on record", async () => {
  const { refusal, made, warned } = await edit((raw) => {
    Object.assign(worker(raw), { diskGiB: 30, generation: 2 });
    raw["zones"].lan.dnsServers = ["172.30.10.9"];
  });
  expect(refusal).toBeUndefined();
  expect(made[WORKER]).toMatchObject({ diskGiB: 30, dnsServers: ["172.30.10.9"] });
  expect(made["devk8swok502"]).toMatchObject({ diskGiB: 20, dnsServers: ["172.30.10.2"] });
  const [said] = /site:zones\.lan\.dnsServers: .*/.exec(warned) ?? [];
  expect(said).toBe(
    "site:zones.lan.dnsServers: devk8slb501, devk8smst501, devk8swok502, devk8swok503",
  );
  expect(warned).toContain("raise the generation of one node after the other");
});

test("a load balancer changes its name with its address alone", async () => {
  const before = rawPair("dev");
  const [first, second] = [
    before["loadBalancer"].name,
    before["loadBalancer"].pair.name,
  ] as string[];
  const renamed = await edit((raw) => (raw["loadBalancer"].pair.name = "devk8slb509"), { before });
  expect(renamed.refusal).toContain(
    `site:loadBalancer, devk8slb509: its address ${before["loadBalancer"].pair.address} is still that of the machine ${second}`,
  );
  const swapped = await edit(
    (raw) => {
      raw["loadBalancer"].name = "devk8slb509";
      raw["loadBalancer"].address = before["nodes"][1].address;
      raw["nodes"][1].address = before["loadBalancer"].address;
    },
    { before },
  );
  expect(swapped.refusal).toMatch(
    new RegExp(
      `site:loadBalancer, devk8slb509: its address [\\d.]+ is still that of the machine ${WORKER}[^]*site:nodes, ${WORKER}: its address [\\d.]+ is still that of the machine ${first}`,
    ),
  );
  const moved = await edit(
    (raw) =>
      Object.assign(raw["loadBalancer"].pair, { name: "devk8slb509", address: "172.30.10.99" }),
    { before },
  );
  expect(moved.refusal).toBeUndefined();
});
