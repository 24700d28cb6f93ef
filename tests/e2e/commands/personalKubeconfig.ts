import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { checkout, stateDirectory, toolchain } from "../../../lib/paths";
import { readEnvironmentFile } from "../../environment";
import { eventually } from "../cluster/pods";
import { environment, expectSuccess, kubectl, make } from "../support/harness";

/** Where kubeconfigs of people are written. */
const folder = join(stateDirectory(), environment, "kubeconfigs");

/** Kubeconfigs that are issued to people. The person is the test's own, and loses all at the end. */
export function personalKubeconfig(): void {
  const { namespace } = readEnvironmentFile(environment, { directory: checkout }).apps.whoami;
  const USER = "e2e-jane";
  let outside: string;
  /** A copy of the first kubeconfig, as the person keeps one. */
  let kept: string;

  beforeAll(async () => {
    outside = await mkdtemp(join(tmpdir(), "sitewright-person-"));
    kept = join(outside, "kubeconfig");
  });
  afterAll(async () => {
    await make("kubeconfig", { variables: { USER, REVOKE: "1" } });
    await rm(outside, { recursive: true });
  });

  /** Issues a kubeconfig and returns where it is. */
  const issue = async (variables: Record<string, string>): Promise<string> => {
    const before = new Set(names());
    const finished = await make("kubeconfig", { variables: { USER, ...variables } });
    expectSuccess(finished);
    expect(finished.output).not.toContain("PRIVATE KEY");
    const [name, ...others] = names().filter((one) => !before.has(one));
    expect(others).toEqual([]);
    expect(finished.output).toContain(join(folder, name!));
    return join(folder, name!);
  };

  test("the person is a user without a group, and the file is for its owner alone", async () => {
    const path = await issue({ ROLE: "view", NAMESPACE: namespace, DAYS: "1" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await writeFile(kept, readFileSync(path), { mode: 0o600 });
    const { stdout } = await as(kept, "auth", "whoami", "--output=json");
    const { status } = JSON.parse(stdout) as {
      status: { userInfo: { username: string; groups: string[] } };
    };
    expect(status.userInfo.username).toMatch(new RegExp(`^${USER}:\\d{4}-`));
    expect(status.userInfo.groups).toEqual(["system:authenticated"]);
  });

  test("the role counts in the namespace, and nowhere else", async () => {
    await expectAllowed(kept, "get", "pods", `--namespace=${namespace}`);
    await expectForbidden(kept, "get", "secrets", `--namespace=${namespace}`);
    await expectForbidden(kept, "get", "pods", "--namespace=kube-system");
    await expectForbidden(kept, "get", "nodes");
    await expectForbidden(kept, "delete", "pod", "any", `--namespace=${namespace}`);
  });

  test("make kubeconfigs lists it", async () => {
    const finished = await make("kubeconfigs");
    expectSuccess(finished);
    expect(finished.output).toMatch(
      new RegExp(`^${USER} +${USER}:\\S+ +view +${namespace} +\\S+ +23 h`, "m"),
    );
  });

  test("a second one is a user of its own; both are revoked at once, and a third revives neither", async () => {
    const second = await issue({ ROLE: "view", NAMESPACE: namespace });
    await expectAllowed(second, "get", "pods", `--namespace=${namespace}`);
    expectSuccess(await make("kubeconfig", { variables: { USER, REVOKE: "1" } }));
    expect(names().filter((name) => name.startsWith(USER))).toEqual([]);
    await expectForbidden(kept, "get", "pods", `--namespace=${namespace}`);
    const third = await issue({ ROLE: "view" });
    await expectAllowed(third, "get", "pods", "--namespace=kube-system");
    await expectForbidden(kept, "get", "pods", `--namespace=${namespace}`);
    const listed = await make("kubeconfigs");
    expect(listed.output.match(new RegExp(`^${USER} `, "gm"))).toHaveLength(1);
    rmSync(third);
  });

  test("what makes no sense is refused with all its faults, and issues nothing", async () => {
    const variables = { USER: "system:masters", ROLE: "none", NAMESPACE: "nowhere", DAYS: "366" };
    const requests = () => kubectl(["get", "certificatesigningrequests", "--output=name"]);
    const before = await requests();
    const finished = await make("kubeconfig", { variables });
    expect(finished.exitCode).not.toBe(0);
    for (const word of ["USER:", "ROLE:", "NAMESPACE:", "DAYS:"]) {
      expect(finished.output).toContain(word);
    }
    expect(await requests()).toBe(before);
  });
}

/** Names of the files of people that are here. */
function names(): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Runs kubectl with a person's kubeconfig, which it never throws for. */
function as(kubeconfig: string, ...words: string[]) {
  return execa(join(toolchain, "bin", "kubectl"), ["--kubeconfig", kubeconfig, ...words], {
    reject: false,
    stdin: "ignore",
    timeout: 30_000,
  });
}

/** The API server learns of a binding a moment after it is made, or deleted. */
async function expectAllowed(kubeconfig: string, ...words: string[]): Promise<void> {
  expect(await eventually([ALLOWED], () => outcome(kubeconfig, words))).toBe(ALLOWED);
}

async function expectForbidden(kubeconfig: string, ...words: string[]): Promise<void> {
  expect(await eventually([FORBIDDEN], () => outcome(kubeconfig, words))).toBe(FORBIDDEN);
}

const ALLOWED = "allowed";
const FORBIDDEN = "Error from server (Forbidden)";

async function outcome(kubeconfig: string, words: string[]): Promise<string> {
  const { failed, stderr } = await as(kubeconfig, ...words);
  return !failed ? ALLOWED : stderr.startsWith(FORBIDDEN) ? FORBIDDEN : stderr;
}
