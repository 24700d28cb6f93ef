import { APPLICATIONS } from "../../../apps/registry";
import { EnvironmentError } from "../../../environment/faults";
import { secretFaults } from "../../../environment/load/secrets";
import { vcenterAuthority } from "../../../pulumi/vcenterAuthority";
import { caPem } from "../cluster/certificates";
import { faultsOf, rawPhoton, rawSite, site } from "./site";

type Raw = ReturnType<typeof rawSite>;

/** One fault of production with PhotonOS' own packages, changed. */
function faultOf(change: (raw: Raw) => void) {
  const raw = rawPhoton();
  change(raw);
  const faults = faultsOf(raw, "prd");
  expect(faults).toHaveLength(1);
  return faults[0]!;
}

describe("the cloud provider", () => {
  test("is of the minor version of Kubernetes", () => {
    expect(faultOf((raw) => (raw["kubernetes"].cloudProvider.version = "1.28.0"))).toEqual({
      path: "kubernetes.cloudProvider.version",
      value: "1.28.0",
      reason: "is not of Kubernetes 1.27.16: each release is made for one minor version",
      allowed: "a release 1.27.x",
    });
  });

  test("needs accounts", () => {
    expect(faultOf((raw) => delete raw["vsphere"].accounts)).toMatchObject({
      path: "vsphere.accounts",
      reason: "is missing, and kubernetes.cloudProvider logs in by them",
    });
  });

  test("needs the vCenter's address where its name is all there is", () => {
    expect(faultOf((raw) => delete raw["vsphere"].address)).toMatchObject({
      path: "vsphere.address",
      reason:
        "is missing, and firewalls do not know vsphere.server vcenter.coolcorp.priv by its name",
    });
    const raw = rawSite("prd");
    delete raw["vsphere"].address;
    raw["vsphere"].server = "192.168.10.4:443";
    expect(faultsOf(raw, "prd")).toEqual([]);
  });

  test("does not stand where a machine stands", () => {
    expect(faultOf((raw) => (raw["vsphere"].address = raw["nodes"][2].address))).toMatchObject({
      path: "nodes[2].address",
      reason: "is the same as vsphere.address",
    });
  });

  test("was once one word", () => {
    expect(faultOf((raw) => (raw["kubernetes"].cloudProvider = "external"))).toMatchObject({
      path: "kubernetes.cloudProvider",
      reason: "has the wrong form",
      allowed: "a map of keys and values",
    });
  });
});

describe("the CSI driver", () => {
  test("needs a cloud provider", () => {
    expect(faultOf((raw) => delete raw["kubernetes"].cloudProvider)).toMatchObject({
      path: "volumes.provisioner",
      reason: "finds a node's machine by its providerID, and nothing sets it",
    });
  });

  test.each([
    ["3.5.0", "goes with Kubernetes 1.31 to 1.33, not with 1.27.16"],
    ["2.7.0", "is no release of the driver that the programs know"],
  ])("goes with Kubernetes, unlike %s", (version, reason) => {
    expect(faultOf((raw) => (raw["volumes"].version = version))).toEqual({
      path: "volumes.version",
      value: version,
      reason,
      allowed: "3.2.x",
    });
  });

  test("takes three parameters of a class", () => {
    expect(
      faultOf((raw) => (raw["storageClasses"][1].parameters.storagePolicyName = "gold")),
    ).toMatchObject({
      path: "storageClasses[1].parameters.storagePolicyName",
      value: "gold",
      allowed: "storagepolicyname, datastoreurl, csi.storage.k8s.io/fstype",
    });
  });

  test.each([
    ["clusterId", "x".repeat(65), "1 to 64 letters, digits, ., _ and -"],
    ["clusterId", 'a"b', "1 to 64 letters, digits, ., _ and -"],
    ["topologyCategories", ["a", "b", "c", "d", "e", "f"], "at most five categories"],
  ])("refuses %s %j", (key, value, allowed) => {
    expect(faultOf((raw) => (raw["volumes"][key] = value))).toMatchObject({
      path: `volumes.${key}`,
      allowed,
    });
  });

  test.each([
    ["maxPerVolume", 33, "from 1 to 32"],
    ["className", "Daily", "a lower-case DNS name such as kube.coolcorp.priv"],
  ])("refuses snapshots with %s %j", (key, value, allowed) => {
    expect(faultOf((raw) => (raw["volumes"].snapshots = { [key]: value }))).toMatchObject({
      path: `volumes.snapshots.${key}`,
      allowed,
    });
  });

  describe("with the places of a class", () => {
    const place = (raw: ReturnType<typeof rawSite>, term: object, categories = ["k8s-zone"]) => {
      raw["volumes"].topologyCategories = categories;
      raw["storageClasses"][1].allowedTopologies = [term];
    };
    const path = "storageClasses[1].allowedTopologies[0]";

    test("knows its categories", () => {
      expect(faultOf((raw) => place(raw, { "k8s-zone": ["a"], rack: ["r1"] }))).toEqual({
        path: `${path}.rack`,
        value: ["r1"],
        reason: "is no category by which volumes are placed, so none would be made",
        allowed: "k8s-zone",
      });
      expect(faultOf((raw) => place(raw, { rack: ["r1"] }, []))).toMatchObject({
        allowed: "first a category in volumes.topologyCategories",
      });
    });

    test.each([
      [{}, path, "at least one category"],
      [{ "k8s-zone": [] }, `${path}.k8s-zone`, "at least one tag"],
      [{ "k8s-zone": ["a b"] }, `${path}.k8s-zone[0]`, /the name of a tag/],
    ])("refuses %j", (term, where, allowed) => {
      const fault = faultOf((raw) => place(raw, term));
      expect(fault).toMatchObject({ path: where });
      expect(fault?.allowed).toMatch(allowed);
    });
  });

  test("a category with a comma would be two", () => {
    expect(faultOf((raw) => (raw["volumes"].topologyCategories = ["region,zone"]))).toMatchObject({
      path: "volumes.topologyCategories[0]",
    });
  });

  test("a key nearby is named", () => {
    expect(faultOf((raw) => (raw["volumes"].clusterID = "a"))).toMatchObject({
      path: "volumes.clusterID",
      reason: "is not a known key; did you mean clusterId?",
    });
  });
});

test.each([
  ["thumbprint", "AB:CD"],
  ["certificateAuthority", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ["certificateAuthority", `${caPem}and more`],
])("a vCenter's %s of the wrong form is a fault", (key, value) => {
  expect(faultOf((raw) => (raw["vsphere"][key] = value))).toMatchObject({
    path: `vsphere.${key}`,
    reason: "has the wrong form",
  });
});

describe("the authorities of the vCenter", () => {
  const { vsphere } = site("prd");

  test("are those of the environment before those of the machine", () => {
    const variables = { SITEWRIGHT_VCENTER_CA: "/nowhere" };
    const known = { ...vsphere, certificateAuthority: caPem };
    expect(vcenterAuthority(known, variables)).toBe(caPem);
    expect(vcenterAuthority(vsphere, {})).toBeUndefined();
  });

  test("are none where nothing is verified", () => {
    const insecure = { ...vsphere, insecure: true, certificateAuthority: caPem };
    expect(vcenterAuthority(insecure, {})).toBeUndefined();
  });

  test.each([__filename, "/nowhere"])("are not in %s", (file) => {
    expect(() => vcenterAuthority(vsphere, { SITEWRIGHT_VCENTER_CA: file })).toThrow(
      /^SITEWRIGHT_VCENTER_CA names .*no readable file of certificates[\s\S]*vsphere\.certificateAuthority/,
    );
  });
});

describe("the passwords of the accounts", () => {
  const pathsOf = (raw: Raw) =>
    secretFaults(APPLICATIONS, "prd", raw, () => "missing").map(({ path }) => path);

  test("are needed with what logs in by them, and not without", () => {
    const raw = rawSite("prd");
    const all = ["vsphere:password", "cluster:cloudProviderPassword", "cluster:csiPassword"];
    expect(pathsOf(raw)).toEqual(all);
    raw["volumes"] = { provisioner: "local-path", version: "0.0.30" };
    expect(pathsOf(raw)).toEqual(all.slice(0, 2));
    delete raw["kubernetes"].cloudProvider;
    expect(pathsOf(raw)).toEqual(all.slice(0, 1));
  });

  test("in clear are a fault that does not show them", () => {
    const faults = secretFaults(APPLICATIONS, "prd", rawSite("prd"), () => "plain");
    const { message } = new EnvironmentError("Pulumi.prd.yaml", faults);
    expect(message).toContain('cluster:csiPassword = "(not shown)"');
    expect(message).toContain(
      "set from the folder cluster by: pulumi config set --stack prd --secret cluster:csiPassword",
    );
  });
});
