import type { Driver } from "../../../../operations/engine/stackState";
import { forgetVanished } from "../../../../operations/lost-nodes/vanishedMachines";
import type { MachineOrigin } from "../../../../operations/recovery/machineProof";
import { site } from "../../environment/site";
import { absent, vcenterWith } from "../vcenterWith";
import { vmIdOf } from "../../vmId";

const VM = "vsphere:index/virtualMachine:VirtualMachine";
const project = { name: "infra", directory: "/checkout/infra" };
const environment = site("dev");
const NAMES = ["devk8slb501", "devk8smst501", "devk8swok501", "gone"];
const addressOf = (name: string) => `10.0.0.${NAMES.indexOf(name)}`;
const urn = (name: string) => `urn:pulumi:prd::sitewright-infra::m$${VM}::${name}-vm`;
const pathOf = (name: string) => `/coolcorp/vm/kubernetes/${name}`;

/** What was asked and run with machines that do not answer, and some that the vCenter does not have. */
async function attempt(
  silent: string[],
  missing: string[],
  {
    members = [],
    other = {},
  }: { members?: string[]; other?: Record<string, Partial<MachineOrigin>> } = {},
) {
  const done = { asked: [] as string[], ran: [] as string[][] };
  const resources = {
    infra: NAMES.flatMap((name) => [
      {
        urn: `urn:pulumi:prd::sitewright-infra::sitewright:infra:Machine::${name}`,
        type: "sitewright:infra:Machine",
        outputs: { address: addressOf(name) },
      },
      {
        urn: urn(name),
        type: VM,
        id: vmIdOf(name),
        inputs: { name, folder: "kubernetes" },
        outputs: { uuid: vmIdOf(name) },
      },
    ]),
    cluster: members.map((name) => ({ urn: `urn::devk8sclu-prepare-${name}`, type: "step" })),
  };
  const engine: Driver = {
    environment: "prd",
    backendUrl: "",
    capture: ({ name }) =>
      Promise.resolve({
        ok: true,
        stdout: JSON.stringify({
          deployment: { resources: resources[name as keyof typeof resources] },
        }),
        stderr: "",
      }),
    run: (_, args) => {
      done.ran.push([...args]);
      return Promise.resolve();
    },
  };
  const vcenter = {
    ...vcenterWith(),
    machines: (paths: readonly string[]) => {
      done.asked.push(...paths);
      return Promise.resolve(
        paths.map((path, index) => ({
          ...absent(path),
          found: !missing.includes(NAMES[index]!),
          complete: true,
          uuid: vmIdOf(NAMES[index]!).toUpperCase(),
          ...other[NAMES[index]!],
        })),
      );
    },
  };
  await forgetVanished({ engine, project, site: environment, vcenter }, (hosts) => {
    expect(hosts).toEqual(NAMES.map(addressOf));
    return Promise.resolve(new Set(silent.map(addressOf)));
  });
  return done;
}

let said: string[];
beforeEach(() => {
  said = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => said.push(line));
});
afterEach(() => jest.restoreAllMocks());

const refreshed = (...names: string[]) => [
  ["refresh", ...names.flatMap((name) => ["--target", urn(name)]), "--stack", "prd"],
];

test("while all machines answer the vCenter is not asked", async () => {
  expect(await attempt([], ["devk8swok501"])).toEqual({ asked: [], ran: [] });
});

test("a machine that is silent and that the vCenter has stays", async () => {
  const { asked, ran } = await attempt(["devk8swok501"], []);
  expect([asked, ran]).toEqual([NAMES.map(pathOf), []]);
  const off = { found: true, complete: false, uuid: "" };
  expect((await attempt(["devk8swok501"], [], { other: { devk8swok501: off } })).ran).toEqual([]);
});

test("one that it has no more is compared with it, and no other, and named", async () => {
  expect((await attempt(["devk8swok501", "devk8slb501"], ["devk8swok501"])).ran).toEqual(
    refreshed("devk8swok501"),
  );
  expect(said).toEqual([expect.stringContaining(`none at ${pathOf("devk8swok501")}`)]);
});

test("so is one in whose place there is another machine", async () => {
  const { ran } = await attempt(["devk8swok501"], [], {
    other: { devk8swok501: { uuid: vmIdOf("another") } },
  });
  expect(ran).toEqual(refreshed("devk8swok501"));
});

test("one that is not listed waits until cluster has let it go", async () => {
  expect((await attempt(["gone"], ["gone"], { members: ["gone"] })).ran).toEqual([]);
  expect((await attempt(["gone"], ["gone"])).ran).toEqual(refreshed("gone"));
});

test.each([
  ["more than half of them", NAMES.slice(0, 3), NAMES.slice(0, 3)],
  ["one that answers", ["devk8swok501"], ["devk8swok501", "devk8slb501"]],
])("%s are not gone, but not seen: nothing is changed", async (_, silent, missing) => {
  await expect(attempt(silent, missing)).rejects.toThrow(
    new RegExp(
      `does not show ${missing.length} of the 4 machines[^]*Nothing was changed[^]*${pathOf("devk8slb501")}[^]*make preflight ENV=prd`,
    ),
  );
});
