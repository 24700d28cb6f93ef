import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { parse } from "yaml";

import { localPathFiles } from "../../../cluster/storage/local-path/files";
import { volumeProvisioner } from "../../../cluster/storage/provisioner";
import { storageClasses } from "../../../cluster/storage/storageClasses";
import { registeredBy } from "../apps/objects";
import { requestsOf } from "../graph";
import { nodesFor } from "./vsphere";
import { site } from "../environment/site";

const localPath = {
  environment: site("dev"),
  ...nodesFor(site("dev")),
  authority: undefined,
};

test("the lab's classes ask for volumes that the kubelet gives to the pod's group, production's do not", async () => {
  const annotationsOf = async (stack: "dev" | "prd") =>
    (await registeredBy(() => storageClasses(site(stack).storageClasses, {}))).map(
      ({ inputs }) => inputs["metadata"].annotations,
    );
  const isDefault = (text: string) => ({ "storageclass.kubernetes.io/is-default-class": text });
  const local = { defaultVolumeType: "local" };
  expect(await annotationsOf("dev")).toEqual([
    { ...isDefault("true"), ...local },
    { ...isDefault("false"), ...local },
    { ...isDefault("false"), ...local },
  ]);
  expect(await annotationsOf("prd")).toEqual([
    isDefault("true"),
    isDefault("false"),
    isDefault("false"),
    isDefault("false"),
  ]);
});

test("places of a class are labels that the driver gives to nodes; without any there is no restriction", async () => {
  const classes = site("prd").storageClasses.map((one, index) => ({
    ...one,
    allowedTopologies: index === 0 ? [{ "k8s-region": ["eu"], "k8s-zone": ["a", "b"] }] : [],
  }));
  const registered = await registeredBy(() => storageClasses(classes, {}));
  expect(
    Object.fromEntries(registered.map(({ name, inputs }) => [name, inputs["allowedTopologies"]])),
  ).toEqual({
    "storage-class-vsphere-dts-ssd": [
      {
        matchLabelExpressions: [
          { key: "topology.csi.vmware.com/k8s-region", values: ["eu"] },
          { key: "topology.csi.vmware.com/k8s-zone", values: ["a", "b"] },
        ],
      },
    ],
    "storage-class-vsphere-dts-nfs": undefined,
    "storage-class-vsphere-dts-ssd-retain": undefined,
  });
});

test("what the API changes in no class replaces it, as the plugin does by itself for the rest", async () => {
  const requests = await requestsOf(() =>
    registeredBy(() => storageClasses(site("prd").storageClasses.slice(0, 1), {})),
  );
  expect(
    requests.map((one) => [one.getReplaceonchangesList(), one.getDeletebeforereplace()]),
  ).toEqual([[["reclaimPolicy", "volumeBindingMode"], true]]);
});

test("a class goes before its provisioner", async () => {
  const requests = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    await registeredBy(() => {
      const dependsOn = volumeProvisioner("volumes", localPath, {});
      storageClasses(site("dev").storageClasses, { dependsOn });
    });
    const classes = requests.mock.calls
      .map(([request]) => request)
      .filter((request) => request.getType().endsWith(":StorageClass"));
    expect(classes).toHaveLength(3);
    for (const one of classes) {
      expect(one.getDependenciesList().join()).toContain("volumes-local-path-pods");
    }
  } finally {
    requests.mockRestore();
  }
});

test("the pods that make folders hold no token and two of root's rights", () => {
  const { spec } = parse(localPathFiles({ path: "/data", helperImage: "x:1" })["helperPod.yaml"]);
  expect(spec.automountServiceAccountToken).toBe(false);
  expect(spec.containers).toHaveLength(1);
  expect(spec.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"], add: ["DAC_OVERRIDE", "FOWNER"] },
  });
});

describe("the scripts", () => {
  const folder = mkdtempSync(join(tmpdir(), "volumes-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const { setup, teardown } = localPathFiles({ path: folder, helperImage: "x:1" });
  const run = (text: string, VOL_DIR: string) =>
    spawnSync("/bin/sh", ["-c", text], { env: { PATH: process.env["PATH"], VOL_DIR } });

  test("make a folder for its owner and group, once and again, and keep what is in it", () => {
    const volume = join(folder, "pvc-1_home_data");
    expect(run(setup, volume).status).toBe(0);
    writeFileSync(join(volume, "canary"), "");
    expect(run(setup, volume).status).toBe(0);
    expect(statSync(volume).mode & 0o777).toBe(0o750);
    expect(existsSync(join(volume, "canary"))).toBe(true);
  });

  test("remove it with its content, and nothing when it is gone", () => {
    const volume = join(folder, "pvc-2_home_data");
    mkdirSync(join(volume, "deep"), { recursive: true });
    expect(run(teardown, volume).status).toBe(0);
    expect(existsSync(volume)).toBe(false);
    expect(run(teardown, volume).status).toBe(0);
  });

  test("leave alone what is no volume's folder", () => {
    const other = join(folder, "precious");
    mkdirSync(other);
    const { status, stderr } = run(teardown, other);
    expect(status).toBe(1);
    expect(stderr.toString()).toContain(`not removed, because`);
    expect(existsSync(other)).toBe(true);
  });

  test("end in an error without a folder", () => {
    expect(run(setup, "").status).not.toBe(0);
    expect(run(teardown, "").status).not.toBe(0);
  });
});
