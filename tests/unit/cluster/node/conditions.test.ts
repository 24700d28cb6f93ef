import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  awaitNodesScript,
  DRIVER_REGISTERED,
  INITIALIZED,
  type NodeCondition,
} from "../../../../cluster/node/conditions";

const UNINITIALIZED = "node.cloudprovider.kubernetes.io/uninitialized";

/** Runs the script against an API server that answers so. */
function run(condition: NodeCondition, answer: string, exitCode = 0) {
  const folder = mkdtempSync(join(tmpdir(), "conditions-"));
  writeFileSync(
    join(folder, "kubectl"),
    `#!/bin/bash\ncat <<'ANSWER'\n${answer}\nANSWER\nexit ${exitCode}\n`,
  );
  chmodSync(join(folder, "kubectl"), 0o755);
  const script = awaitNodesScript(["one", "two"], { ...condition, deadlineSeconds: 0 });
  const { status, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", script], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: `${folder}:${process.env["PATH"]}` },
  });
  rmSync(folder, { recursive: true });
  return { status, stderr };
}

test("ends when all nodes are known to the vCenter; it ignores taints of other kinds and other nodes", () => {
  const answer = "one|vsphere://1|zone other\ntwo|vsphere://2|\nthree||";
  expect(run(INITIALIZED, answer)).toEqual({ status: 0, stderr: "" });
});

test("names every node that lacks something, what, and where to look", () => {
  const { status, stderr } = run(INITIALIZED, `one||zone ${UNINITIALIZED}\ntwenty|vsphere://2|`);
  expect(status).toBe(1);
  expect(stderr.split("\n").slice(0, -1)).toEqual([
    "the cloud controller manager has found the machines of all nodes in the vCenter: not so after 0 s. The last answer was:",
    "one: has no providerID",
    "one: still has the taint that keeps pods off",
    "two: not among the nodes",
    "Why: kubectl --namespace kube-system logs daemonset/vsphere-cloud-controller-manager",
  ]);
});

test("a providerID of another provider is none", () => {
  const { status, stderr } = run(INITIALIZED, "one|aws:///a|\ntwo|vsphere://2|");
  expect(status).toBe(1);
  expect(stderr).toContain("one: has no providerID");
});

test("a node has the driver beside others, or lacks it", () => {
  const driver = "csi.vsphere.vmware.com";
  expect(run(DRIVER_REGISTERED, `one|${driver}|\ntwo|other.csi ${driver}|`).status).toBe(0);
  expect(run(DRIVER_REGISTERED, `one|${driver}|\ntwo|${driver}.old|`).stderr).toContain(
    `two: does not have the driver ${driver}`,
  );
});

test("an API server that does not answer is waited for, and quoted", () => {
  const { status, stderr } = run(INITIALIZED, "The connection was refused", 1);
  expect(status).toBe(1);
  expect(stderr).toContain("not so after 0 s");
});
