import { mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa, ExecaError } from "execa";

import type { Apps } from "../../../environment/contracts";
import { readEnvironmentFile } from "../../environment";
import { checkout, toolchain } from "../../../lib/paths";
import { kubeconfigPath } from "../../../operations/engine/kubeconfigFile";
import { environment, expectSuccess, kubectl, make, outputs } from "../support/harness";

/** An account to check. */
interface Account {
  namespace: string;
  serviceAccount: string;
}

/** Whether an account may do it: `yes` or `no`. The words are those of `kubectl auth can-i`. */
async function may(
  { namespace: home, serviceAccount }: Account,
  namespace: string,
  words: readonly string[],
): Promise<string> {
  const as = `--as=system:serviceaccount:${home}:${serviceAccount}`;
  try {
    return await kubectl(["auth", "can-i", ...words, "--namespace", namespace, as]);
  } catch (error) {
    // A no ends with exit code 1, and may have a reason behind it.
    if (error instanceof ExecaError && /^no\b/.test(String(error.stdout))) {
      return "no";
    }
    throw error;
  }
}

export function operator(): void {
  const { apps } = readEnvironmentFile(environment, { directory: checkout });

  test("a second checkout on this machine builds nothing", async () => {
    const scratch = mkdtempSync(join(tmpdir(), "sitewright-clone-"));
    try {
      await execa("git", ["clone", "--quiet", checkout, scratch]);
      const built = await execa("make", ["lab-pieces"], { cwd: scratch, timeout: 60_000 });
      expect(built.stdout).not.toContain("building");
      expect(realpathSync(join(scratch, ".toolchain"))).toBe(realpathSync(toolchain));
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });

  test("make status shows every node Ready, every URL answering, and nothing missing", async () => {
    const finished = await make("status");
    expectSuccess(finished);
    expect(finished.output).toMatch(
      /devk8smst501 +control-plane +lan +172\.30\.10\.56 +Ready +v1\./,
    );
    expect(finished.output).toMatch(/devk8swok511 +worker +dmz +172\.30\.20\.11 +Ready +v1\./);
    expect(finished.output).toMatch(/whoami +https:\/\/whoami\.[^ ]+ +HTTP 200/);
    const lines = finished.output.split("\n");
    const row = (name: string) => lines.find((line) => line.startsWith(`${name}  `));
    expect(row("consul")).toMatch(/^consul +https:\/\/\S+ +HTTP 401 +3\/3 /);
    expect(row("confluence's database")).toMatch(/^\S+ database +https:\/\/\S+ +HTTP 200 +1\/1 /);
    expect(finished.output).not.toContain("Missing:");
  });

  test("the dashboard's account sees pods in the site's namespaces, and no Secret, and changes nothing", async () => {
    const { dashboard } = await outputs<Required<Apps>>("apps", "apps");
    expect(dashboard).toMatchObject({
      namespace: apps.dashboard.namespace,
      serviceAccount: "dashboard-reader",
    });
    const asked = [
      ["list", "pods"],
      ["get", "secrets"],
      ["list", "secrets"],
      ["delete", "pods"],
      // `pods/exec` would be a pod named exec.
      ["create", "pods", "--subresource=exec"],
    ];
    const answers: Record<string, string[]> = {};
    const places = [apps.whoami.namespace, apps.consul.namespace, "kube-system"];
    for (const namespace of places) {
      answers[namespace] = [];
      for (const words of asked) {
        answers[namespace].push(await may(dashboard, namespace, words));
      }
    }
    const reads = ["yes", "no", "no", "no", "no"];
    const nothing = ["no", "no", "no", "no", "no"];
    expect(answers).toEqual({
      [apps.whoami.namespace]: reads,
      [apps.consul.namespace]: reads,
      "kube-system": nothing,
    });
  });

  test("make kubeconfig writes a file that only its owner can read", async () => {
    const finished = await make("kubeconfig");
    expectSuccess(finished);
    const path = kubeconfigPath(environment);
    expect(finished.output).toContain(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(finished.output).not.toContain("PRIVATE KEY");
  });
}
