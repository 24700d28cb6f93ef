import { spawnSync } from "node:child_process";

import { hardenScript, removeHardeningScript } from "../../../cluster/hardening/controlPlaneFiles";
import { finishKeyScript, useKeyScript } from "../../../cluster/hardening/encryptionRotation";
import {
  bootstrapTokenOutput,
  createBootstrapTokenScript,
} from "../../../cluster/kubeadm/bootstrapToken";
import { initializeScript, verifyControlPlaneScript } from "../../../cluster/kubeadm/init";
import { joinScript } from "../../../cluster/kubeadm/join";
import { resetScript } from "../../../cluster/kubeadm/reset";
import { prepareScript } from "../../../cluster/node/prepare";
import type { Environment, NodeSpec } from "../../../environment/schema";
import { site } from "../environment/site";
import { expectDifference } from "../golden";
import { vmIdOf } from "../vmId";
import { nodeOf } from "./nodes";

const prepare = (environment: Environment, node: NodeSpec) =>
  prepareScript(environment, { node, vmId: vmIdOf(node.name) });

/** Every script of an environment, by its name. */
function scripts(environment: Environment): Record<string, string> {
  const controlPlane = nodeOf(environment, "control-plane", "lan");
  const worker = nodeOf(environment, "worker", "lan");
  const dmz = nodeOf(environment, "worker", "dmz");
  return {
    "prepare-control-plane": prepare(environment, controlPlane),
    "prepare-worker": prepare(environment, worker),
    "prepare-dmz": prepare(environment, dmz),
    initialize: initializeScript(environment, controlPlane),
    "verify-control-plane": verifyControlPlaneScript(environment, controlPlane),
    "mint-worker": createBootstrapTokenScript(environment, worker, "vm-1"),
    "mint-control-plane": createBootstrapTokenScript(environment, controlPlane, "vm-1"),
    "join-worker": joinScript(environment, worker),
    "join-control-plane": joinScript(environment, controlPlane),
    harden: hardenScript(environment, controlPlane, "use"),
    "harden-one-of-several": hardenScript(environment, controlPlane, "accept"),
    "use-key": useKeyScript(environment, controlPlane),
    "finish-key-first": finishKeyScript(true),
    "finish-key-other": finishKeyScript(false),
    "remove-hardening": removeHardeningScript(),
    reset: resetScript(),
  };
}

describe.each(["dev", "prd"] as const)("%s", (stack) => {
  const environment = site(stack);
  const texts = scripts(environment);
  const all = Object.entries(texts);

  /** A worker's script as one of the first control plane, or the difference would be its name and address. */
  const renamed = (name: "join-worker" | "mint-worker") => {
    const [from, to] = [
      nodeOf(environment, "worker", "lan"),
      nodeOf(environment, "control-plane", "lan"),
    ];
    return texts[name]!.replaceAll(from.name, to.name).replaceAll(from.address, to.address);
  };

  // What a site with one control plane runs stands in tests/goldens; this is what several change, in one environment as in another
  // unless the golden's name says which.
  test.each([
    ["join-control-plane", renamed("join-worker"), `-${stack}`],
    ["mint-control-plane", renamed("mint-worker"), `-${stack}`],
    ["harden-one-of-several", texts["harden"]!, ""],
    ["finish-key-other", texts["finish-key-first"]!, ""],
  ])("%s differs as committed from what one control plane runs", (name, base, where) => {
    expectDifference(`${name}${where}`, base, texts[name]!);
  });

  test.each(all)("%s is bash without a syntax error", (_name, text) => {
    const { status, stderr } = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test.each(all)("%s waits by asking, at most half a second at a time", (_name, text) => {
    const sleeps = text.match(/\bsleep \S+/g) ?? [];
    expect(sleeps.filter((sleep) => sleep !== "sleep 0.5")).toEqual([]);
  });
});

test("a machine's swap is left alone where the kubelet accepts it: in the lab it is the operator's", () => {
  const worker = (environment: Environment) =>
    prepare(environment, nodeOf(environment, "worker", "lan"));
  expect(worker(site("dev"))).not.toContain("swapoff");
  expect(worker(site("prd"))).toContain("swapoff --all");
});

test("without a mirror a previous one is removed", () => {
  const environment = site("prd");
  expect(prepare(environment, environment.nodes[0]!)).toContain(
    "rm -f /etc/containerd/certs.d/_default/hosts.toml",
  );
});

test("a running cluster is verified, never made", () => {
  const text = verifyControlPlaneScript(site("dev"), nodeOf(site("dev"), "control-plane", "lan"));
  expect(text).not.toMatch(/kubeadm (init|reset)/);
  expect(text).not.toContain("reset_node");
});

test("only a control plane is given the cluster's certificates", () => {
  const environment = site("dev");
  expect(
    createBootstrapTokenScript(environment, nodeOf(environment, "worker", "lan"), "vm"),
  ).not.toContain("upload-certs");
});

test("what minting prints has the form kubeadm gives tokens and keys", () => {
  const key = "0123456789abcdef".repeat(4);
  expect(bootstrapTokenOutput.safeParse({ token: "abcdef.0123456789abcdef" }).success).toBe(true);
  expect(
    bootstrapTokenOutput.safeParse({ token: "abcdef.0123456789abcdef", certificateKey: key })
      .success,
  ).toBe(true);
  expect(bootstrapTokenOutput.safeParse({ token: "" }).success).toBe(false);
  expect(
    bootstrapTokenOutput.safeParse({ token: "abcdef.0123456789abcdef", certificateKey: "" })
      .success,
  ).toBe(false);
});
