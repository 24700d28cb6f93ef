import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { admittedKubectl, fittingKubectl } from "../../../kubernetes/kubectlProgram";
import { OperatorError } from "../../../lib/operatorError";
import { programsOnPath } from "../../../lib/programsOnPath";
import { kubeconfigOf, withAuthority } from "./authority";
import { withServer } from "./server";

const folder = mkdtempSync(join(tmpdir(), "kubectl-"));
const kubeconfig = join(folder, "kubeconfig");
afterAll(() => rmSync(folder, { recursive: true }));

/** A program in a folder of its own that says this version of itself. */
function kubectl(place: string, version: string): string {
  mkdirSync(join(folder, place), { recursive: true });
  const path = join(folder, place, "kubectl");
  const printed = JSON.stringify({ clientVersion: { gitVersion: version } });
  writeFileSync(path, `#!/bin/sh\ncat <<END\n${printed}\nEND\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Chooses among programs for a cluster whose API server says a version. */
const choose = (programs: readonly string[], gitVersion = "v1.36.2") =>
  withAuthority(async (authority) => {
    const [server, admin] = ["/CN=kube-apiserver", "/CN=admin"].map((name) =>
      authority.issue(name),
    );
    return withServer(
      server,
      authority.ca,
      (_, response) => response.end(JSON.stringify({ gitVersion })),
      (url) => {
        writeFileSync(kubeconfig, kubeconfigOf(url, authority.ca, admin));
        return fittingKubectl(programs, kubeconfig);
      },
    );
  });

const textOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  expect(error).toBeInstanceOf(OperatorError);
  return (error as OperatorError).message;
};

test("the first kubectl on PATH that fits the cluster's Kubernetes is taken", async () => {
  const [old, fits, newer] = [
    kubectl("old", "v1.30.4"),
    kubectl("fits", "v1.35.0"),
    kubectl("newer", "v1.37.1"),
  ];
  expect(await choose([old, fits, newer])).toBe(fits);
  expect(await choose([newer, fits])).toBe(newer);
});

test("the version of a distribution counts as the release that it is made of", async () => {
  const theirs = kubectl("theirs", "v1.36.4-dispatcher");
  expect(await choose([theirs])).toBe(theirs);
  expect(await choose([theirs], "v1.35.1-eks-4f3a2b1")).toBe(theirs);
  expect(await textOf(choose([], "v1.35.1-eks-4f3a2b1"))).toContain("get kubectl 1.35.1, ");
});

test("where none fits, all are named with their versions, and what fits", async () => {
  const silent = kubectl("silent", "v1");
  const text = await textOf(choose([kubectl("old", "v1.30.4"), silent]));
  expect(text).toContain(`${join(folder, "old", "kubectl")} is 1.30.4`);
  expect(text).toContain(`${silent} does not say its version`);
  expect(text).toContain(">=1.35.0 <1.38.0");
  expect(text).toContain("https://dl.k8s.io/release/v1.36.2/bin/linux/");
});

test("where there is none, it is said which one to get", async () => {
  expect(await textOf(choose([]))).toMatch(
    /^kubectl is not on this machine's PATH.*\n +next: +get kubectl 1\.36\.2, https:\/\/dl\.k8s\.io/,
  );
});

test("while the API does not answer, the first is taken, and a missing one is still said", async () => {
  writeFileSync(kubeconfig, "no kubeconfig");
  expect(await fittingKubectl(["/a/kubectl", "/b/kubectl"], kubeconfig)).toBe("/a/kubectl");
  expect(await textOf(fittingKubectl([], kubeconfig))).toContain("kubernetes.version of the site");
});

test("kubectl may be one minor version older or newer", () => {
  expect(admittedKubectl("1.36.2")).toBe(">=1.35.0 <1.38.0");
});

test("programs are found in the order of PATH, each once, and only what can be run", () => {
  const [first, second] = [kubectl("first", "v1.1.1"), kubectl("second", "v1.1.1")];
  const link = join(folder, "link");
  symlinkSync(join(folder, "first"), link);
  mkdirSync(join(folder, "none", "kubectl"), { recursive: true });
  mkdirSync(join(folder, "plain"));
  writeFileSync(join(folder, "plain", "kubectl"), "");
  const PATH = ["none", "plain", "first", "link", "absent", "second"]
    .map((place) => join(folder, place))
    .concat("relative")
    .join(":");
  expect(programsOnPath("kubectl", { PATH })).toEqual([first, second]);
  expect(programsOnPath("kubectl", {})).toEqual([]);
});
