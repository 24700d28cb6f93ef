import type { Environment } from "../../../../environment/schema";
import {
  addressFindings,
  describeFindings,
  machinesToMake,
  vcenterFindings,
} from "../../../../operations/preflight/findings";
import { accessIsMade } from "../../../../operations/preflight/preflight";
import type { PreflightReport } from "../../../../operations/preflight/report";
import { preflightRequest } from "../../../../operations/preflight/request";
import { bindings } from "../../../../vcenter/roleBindings";
import { site } from "../../environment/site";

const SECRETS = { "vsphere:password": "one", "cluster:csiPassword": "two" };

/** A vCenter that has everything. */
const well: PreflightReport = {
  unreachable: "",
  certificate: { sha1: "AB", sha256: "CD", fault: "", differs: false },
  logins: { provisioner: { outcome: "ok", message: "" } },
  objects: {},
  missing: [],
  unknown: [],
  template: { hardwareVersion: 19, disks: 1, networkCards: 1, snapshots: 0 },
  machines: [],
};

function judge(
  report: Partial<PreflightReport>,
  edit: (environment: Environment) => void = () => undefined,
  known: { name: string; uuid: string }[] = [],
) {
  const environment = site("prd");
  edit(environment);
  const request = preflightRequest(environment, SECRETS, false);
  const { faults, notes } = vcenterFindings(environment, request, { ...well, ...report }, known);
  return { text: describeFindings(faults), count: faults.length, notes };
}

test("the request asks for every object once and for every privilege at its place", () => {
  const environment = site("prd");
  // The class may name a policy, too. Then the rights on it are asked for.
  environment.storageClasses[0]!.parameters = { storagepolicyname: "vsphere-dts-ssd" };
  const { accounts, entities, ...rest } = preflightRequest(environment, SECRETS, false);
  expect(rest).toMatchObject({
    vcenter: { user: "k8s-provisioner@vsphere.local", password: "one", insecure: false },
    template: "virtualMachine photon-5",
    folder: "folder /coolcorp/vm/kubernetes/prd",
  });
  expect(Object.keys(entities).sort()).toEqual([
    "datacenter coolcorp",
    "datastore dts-nfs",
    "datastore dts-ssd",
    "folder /coolcorp/vm/kubernetes",
    "folder /coolcorp/vm/kubernetes/prd",
    "network vm-dmz",
    "network vm-lan",
    "policy vsphere-dts-ssd",
    "pool k8s/Resources",
    "vcenter",
    "virtualMachine photon-5",
  ]);
  expect(entities["datastore dts-ssd"]?.key).toBe("vsphere.datastore");
  expect(entities["policy vsphere-dts-ssd"]?.key).toBe(
    "storageClasses[0].parameters.storagepolicyname",
  );
  expect(accounts.map(({ name, password }) => [name, password])).toEqual([
    ["provisioner", "one"],
    ["cloudProvider", undefined],
    ["csi", "two"],
  ]);
  expect(accounts[2]?.wanted).toContainEqual({
    entity: "folder /coolcorp/vm/kubernetes/prd",
    orElse: "folder /coolcorp/vm/kubernetes",
    privileges: ["VirtualMachine.Config.AddExistingDisk", "VirtualMachine.Config.AddRemoveDevice"],
  });
});

test("where infra manages access, the others are asked only once it has", () => {
  const wanted = (accessIsMade: boolean) =>
    preflightRequest(site("dev"), SECRETS, accessIsMade).accounts.map((one) => one.wanted.length);
  expect(wanted(false).slice(1)).toEqual([0, 0]);
  expect(wanted(true).every((count) => count > 0)).toBe(true);
  const [provisioner] = preflightRequest(site("dev"), SECRETS, false).accounts;
  expect(provisioner?.wanted).toContainEqual({
    entity: "vcenter",
    privileges: ["Authorization.ModifyRoles", "Authorization.ModifyPermissions"],
  });
});

test("rights that an update was cut off in giving are not asked for: the next one gives them", () => {
  const dev = site("dev");
  const type = "command:local:Command";
  const given = bindings(dev).map((_, index) => ({
    urn: `urn:pulumi:dev::sitewright-infra::sitewright:infra:Access$${type}::access-${index}`,
    type,
  }));
  expect(accessIsMade(dev, given)).toBe(true);
  expect(accessIsMade(dev, given.slice(1))).toBe(false);
});

test("machines have the hardware version that the environment names, which is none below the template's", () => {
  const of = (hardwareVersion: number) =>
    judge({ template: { ...well.template!, hardwareVersion } }, ({ vsphere }) => {
      vsphere.hardwareVersion = 19;
    });
  expect(of(14).count).toBe(0);
  expect(of(20).text).toContain("no machine can go back");
});

test("a vCenter that has everything has no faults", () => {
  expect(judge({})).toMatchObject({ count: 0, notes: [] });
});

test("privileges are one finding for each account, one line for each", () => {
  const { text, count } = judge({
    missing: [
      { account: "csi", entity: "datastore dts-nfs", privileges: ["Datastore.FileManagement"] },
      { account: "csi", entity: "vcenter", privileges: ["Cns.Searchable", "StorageProfile.View"] },
    ],
  });
  expect(count).toBe(1);
  expect(text).toBe(
    [
      "1. The account k8s-csi@vsphere.local (site:vsphere.accounts.csi) lacks 3 privileges:",
      "     datastore dts-nfs: Datastore.FileManagement",
      "     vCenter: Cns.Searchable",
      "     vCenter: StorageProfile.View",
      "   next: an administrator gives them: make access ENV=prd prints the roles, where they are bound, and the commands",
    ].join("\n"),
  );
});

test("the machines' folder may be missing, the one above may not", () => {
  const absent = { found: false, message: "not found" };
  const folders = (name: string) => judge({ objects: { [`folder ${name}`]: absent } }).text;
  expect(folders("/coolcorp/vm/kubernetes/prd")).toBe("");
  expect(folders("/coolcorp/vm/kubernetes")).toContain(
    "There is no folder /coolcorp/vm/kubernetes",
  );
});

test("a machine of the same name is ours by its UUID alone", () => {
  const machines = [{ name: "prdk8swok501", uuid: "there" }];
  const known = (uuid: string) => [{ name: "prdk8swok501", uuid }];
  expect(judge({ machines }, undefined, known("there")).count).toBe(0);
  expect(judge({ machines }, undefined, known("another")).text).toContain(
    "none of ours: UUID there",
  );
});

test.each([
  [14, 1, /hardware version 14/],
  [15, 0, /^$/],
])("a template of hardware version %i", (hardwareVersion, count, text) => {
  const template = { ...well.template!, hardwareVersion };
  const found = judge({ template }, ({ vsphere }) => delete vsphere.hardwareVersion);
  expect(found.count).toBe(count);
  expect(found.text).toMatch(text);
});

test.each([
  [0, 1],
  [1, 0],
  [2, 1],
])("a template with %i snapshots for linked clones", (snapshots, count) => {
  const linked = (environment: Environment) => (environment.vsphere.clone = "linked");
  expect(judge({ template: { ...well.template!, snapshots } }, linked).count).toBe(count);
});

test("a template without a disk", () => {
  expect(judge({ template: { ...well.template!, disks: 0 } }).text).toContain("0 disks");
});

test("an untrusted certificate passes on purpose only, and warns", () => {
  const certificate = {
    sha1: "AB",
    sha256: "CD",
    fault: "x509: unknown authority",
    differs: false,
  };
  expect(judge({ certificate }).text).toContain("is not trusted: x509: unknown authority");
  const insecure = (environment: Environment) => (environment.vsphere.insecure = true);
  expect(judge({ certificate }, insecure)).toMatchObject({
    count: 0,
    notes: [expect.stringContaining("not verified")],
  });
});

test("an account that could not be checked is a note", () => {
  const unknown = [{ account: "cloudProvider", message: "NoPermission" }];
  expect(judge({ unknown })).toMatchObject({
    count: 0,
    notes: [expect.stringContaining("cluster:cloudProviderPassword")],
  });
});

test.each(["refused", "expired", "forbidden", "absent"] as const)(
  "a login that is %s",
  (outcome) => {
    const { text } = judge({ logins: { csi: { outcome, message: "" } } });
    expect(text).toContain("k8s-csi@vsphere.local (site:vsphere.accounts.csi)");
    expect(text).toContain("next:");
  },
);

test("only addresses of machines that are yet to be made are looked at", () => {
  const prd = site("prd");
  const known = prd.nodes.map(({ name }) => ({ name, uuid: name }));
  const toMake = machinesToMake(prd, known);
  expect(toMake.map(({ path }) => path)).toEqual(["loadBalancer"]);
  expect(describeFindings(addressFindings(toMake, new Map([["192.168.10.45", 22]])))).toContain(
    "The address 192.168.10.45 (site:loadBalancer.address) is taken: something answers on TCP port 22",
  );
});
