import { APPLICATIONS } from "../../../apps/registry";
import { secretFaults } from "../../../environment/load/secrets";
import { testFaults } from "./faultCases";
import { faultsOf, rawSite } from "./site";

testFaults([
  {
    name: "an account with two purposes",
    spoil: (raw) => (raw["vsphere"].accounts.csi = "CLOUD-provider@vsphere.local"),
    path: "vsphere.accounts.csi",
    reason: "is the same account as vsphere.accounts.cloudProvider",
    allowed: /an account of its own/,
  },
  {
    name: "the provisioner's account for another purpose",
    spoil: (raw) => (raw["vsphere"].accounts.cloudProvider = raw["vsphere"].user),
    path: "vsphere.accounts.cloudProvider",
    reason: "is the same account as vsphere.user",
    allowed: /an account of its own/,
  },
  {
    name: "rights without an account",
    spoil: (raw) => {
      delete raw["vsphere"].accounts;
      delete raw["kubernetes"].cloudProvider;
    },
    path: "vsphere.manageAccess",
    reason: /has no account to give rights to/,
    allowed: /vsphere\.accounts/,
  },
  {
    name: "a thumbprint that is none",
    spoil: (raw) => (raw["vsphere"].thumbprint = "AB:CD"),
    path: "vsphere.thumbprint",
    reason: "has the wrong form",
    allowed: /20 or 32 bytes/,
  },
]);

test.each([20, 32])("a thumbprint has %i bytes, with colons or without", (bytes) => {
  for (const separator of [":", ""]) {
    const raw = rawSite("dev");
    raw["vsphere"].thumbprint = Array.from({ length: bytes }, () => "aB").join(separator);
    expect(faultsOf(raw)).toEqual([]);
  }
});

test("an account's password is needed where something logs in with it", () => {
  const site = { kubernetes: { cloudProvider: {} }, volumes: { provisioner: "vsphere-csi" } };
  const faults = secretFaults(APPLICATIONS, "prd", site, (key) =>
    key.startsWith("cluster:") ? "missing" : "encrypted",
  );
  expect(faults.map(({ path }) => path)).toEqual([
    "cluster:cloudProviderPassword",
    "cluster:csiPassword",
  ]);
});

test("elsewhere the accounts' passwords may be missing, but not stand in clear", () => {
  const faults = (state: "missing" | "plain") =>
    secretFaults(APPLICATIONS, "prd", {}, (key) =>
      key.startsWith("cluster:") ? state : "encrypted",
    );
  expect(faults("missing")).toEqual([]);
  expect(faults("plain").map(({ path, value }) => [path, value])).toEqual([
    ["cluster:cloudProviderPassword", "(not shown)"],
    ["cluster:csiPassword", "(not shown)"],
  ]);
});
