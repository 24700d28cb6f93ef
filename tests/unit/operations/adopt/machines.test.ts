import { judgeSaved, judgeUnsaved, savedMachines } from "../../../../operations/adopt/machines";
import type { MachineOrigin } from "../../../../operations/recovery/machineProof";
import { machineMark } from "../../../../vcenter/machineMark";
import { absent } from "../vcenterWith";

const HOST_KEY = "ssh-ed25519 AAAA";
const parent = "urn:pulumi:prd::sitewright-infra::sitewright:infra:Machine";

/** A state with a machine, and its host key where it has one. */
const state = (hostKey?: string) => ({
  deployment: {
    resources: [
      {
        urn: "urn:pulumi:prd::sitewright-infra::pulumi:pulumi:Stack::x",
        type: "pulumi:pulumi:Stack",
      },
      {
        urn: `${parent}$vsphere:index/virtualMachine:VirtualMachine::node-vm`,
        type: "vsphere:index/virtualMachine:VirtualMachine",
        id: "4200-AB",
        inputs: { name: "node", folder: "kubernetes/prd" },
      },
      {
        urn: `${parent}$tls:index/privateKey:PrivateKey::node-host-key`,
        type: "tls:index/privateKey:PrivateKey",
        outputs: { publicKeyOpenssh: hostKey },
      },
    ],
  },
});
const path = "/dc/vm/kubernetes/prd/node";
const [saved] = savedMachines(state(HOST_KEY), "dc");
const [withoutKey] = savedMachines(state(), "dc");

/** What the vCenter says of the machine. */
const origin = (changed: Partial<MachineOrigin> = {}): MachineOrigin => ({
  ...{
    path,
    found: true,
    complete: true,
    uuid: "4200-ab",
    mark: machineMark(HOST_KEY),
    clone: null,
  },
  ...changed,
});

test("the machines of a backup have their place, UUID, and the mark of their host key", () => {
  expect(saved).toEqual({ name: "node", path, uuid: "4200-AB", mark: machineMark(HOST_KEY) });
  expect(withoutKey).toEqual({ name: "node", path, uuid: "4200-AB" });
});

describe("a machine of the backup", () => {
  test.each([
    ["by UUID and mark", origin(), "UUID and mark are the saved ones"],
    ["by UUID alone where it is older than the marks", origin({ mark: "" }), "its UUID is"],
  ])("is taken %s", (_, there, why) => {
    expect(judgeSaved(saved, there)).toMatchObject({
      fate: "taken",
      why: expect.stringContaining(why) as string,
    });
  });

  test.each([
    ["that has another UUID, whatever its name and mark", saved, origin({ uuid: "4200-cd" })],
    ["that bears another mark", saved, origin({ mark: machineMark("another") })],
    ["whose mark the backup cannot prove", withoutKey, origin()],
    ["that is still being cloned", saved, origin({ complete: false, uuid: "", mark: "" })],
  ])("is left where there is one %s", (_, known, there) => {
    expect(judgeSaved(known, there).fate).toBe("left");
  });

  test.each([
    ["absent", absent(path)],
    ["not answered for", undefined],
  ])("is gone where it is %s", (_, there) => {
    expect(judgeSaved(saved, there).fate).toBe("gone");
  });
});

describe("a machine that only the environment's file names", () => {
  test("is made by make up where there is none", () => {
    expect(judgeUnsaved("node", absent(path)).fate).toBe("gone");
  });

  test.each([
    ["its mark is of a host key that only the lost state had", origin()],
    ["it bears no mark", origin({ mark: "" })],
    ["cloned by jane", origin({ clone: { user: "jane", byUs: true, source: "", ageSeconds: 1 } })],
  ])("is never taken: %s", (why, there) => {
    expect(judgeUnsaved("node", there)).toEqual({
      name: "node",
      fate: "left",
      why: expect.stringContaining(why) as string,
    });
  });
});
