import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { checkout } from "../../../../lib/paths";
import { LOST_KEYS } from "../../../../operations/adopt/lostKeys";
import { namedSavedStates, newestSavedStates } from "../../../../operations/adopt/savedStates";
import { adopt, lostStacks, withoutBackup } from "../../../../operations/commands/adopt";
import { type StateBackup, writeStateBackup } from "../../../../operations/engine/stateBackups";
import { kubeconfigPath } from "../../../../operations/engine/kubeconfigFile";
import { stackProjects } from "../../../../operations/engine/stacks";
import type { StateEngine } from "../../../../operations/recovery/saveStates";
import { useStateFolder } from "../stateFolder";

useStateFolder();

const MADE = [
  { urn: "urn:stack", type: "pulumi:pulumi:Stack" },
  { urn: "urn:id", type: "random:index/randomId:RandomId" },
];
/** A backup of these stacks, with resources; of others it has that they exist. */
const backup = (created: string, ...stacks: string[]): StateBackup => ({
  ...{ format: 1, environment: "dev", created, configuration: "" },
  stacks: Object.fromEntries(
    ["infra", "cluster", "apps", "site"].map((name) => {
      const resources = MADE.slice(0, stacks.includes(name) ? 2 : 1);
      return [name, { version: 3, deployment: { resources } }];
    }),
  ),
});
const ALL = ["infra", "cluster", "apps"];
const folder = () => process.env["XDG_STATE_HOME"] ?? "";

describe("the backup that is taken", () => {
  afterEach(() => delete process.env["STATE_BACKUPS"]);

  test("is the newest that is whole, here or in the other folder", () => {
    expect(newestSavedStates("dev", stackProjects)).toEqual({ passed: [] });
    const older = writeStateBackup(backup("2026-01-01T00:00:00.000Z", ...ALL));
    const cutOff = writeStateBackup(backup("2026-01-03T00:00:00.000Z", ...ALL));
    writeFileSync(cutOff, readFileSync(cutOff, "utf8").slice(0, 50));
    expect(newestSavedStates("dev", stackProjects)).toMatchObject({
      found: { path: older },
      passed: [expect.stringContaining(cutOff)],
    });

    const share = join(folder(), "share");
    mkdirSync(join(share, "dev"), { recursive: true });
    const copy = join(share, "dev", "2026-01-02T00-00-00.000Z.json");
    writeFileSync(copy, readFileSync(older));
    process.env["STATE_BACKUPS"] = share;
    expect(newestSavedStates("dev", stackProjects).found?.path).toBe(copy);
    expect(namedSavedStates("dev", older).path).toBe(older);
  });

  test("is not what a restore has kept of an empty state", () => {
    const whole = writeStateBackup(backup("2026-01-01T00:00:00.000Z", ...ALL));
    const infra = writeStateBackup(backup("2026-01-02T00:00:00.000Z", "infra"));
    const empty = writeStateBackup(backup("2026-01-03T00:00:00.000Z"));
    const of = (...names: string[]) =>
      newestSavedStates(
        "dev",
        stackProjects.filter(({ name }) => names.includes(name)),
      );
    expect(of("infra", "cluster", "apps", "site")).toMatchObject({
      found: { path: whole },
      passed: [expect.stringContaining(empty), expect.stringContaining(infra)],
    });
    expect(of("infra").found?.path).toBe(infra);
    expect(of("apps").found?.path).toBe(whole);
  });

  test("has at least the first of the lost stacks, where none has all", () => {
    const infra = writeStateBackup(backup("2026-01-01T00:00:00.000Z", "infra"));
    writeStateBackup(backup("2026-01-02T00:00:00.000Z", "apps"));
    expect(newestSavedStates("dev", stackProjects).found?.path).toBe(infra);
  });

  test("is refused where it is named and not whole", async () => {
    await expect(adopt("dev", join(folder(), "none.json"))).rejects.toThrow(
      "This is no backup of a state that could be restored; nothing was touched.",
    );
  });
});

describe("the stacks that are lost", () => {
  const engine = (): StateEngine => ({
    environment: "dev",
    backendUrl: `file://${folder()}`,
    capture: () => Promise.reject(new Error("not asked")),
    run: () => Promise.resolve(),
    stackExists: () => Promise.resolve(false),
    ensureStack: () => Promise.resolve(),
  });
  function put(project: string, resources: object[]): void {
    const stacks = join(folder(), ".pulumi/stacks", `sitewright-${project}`);
    mkdirSync(stacks, { recursive: true });
    const latest = { resources };
    writeFileSync(join(stacks, "dev.json"), JSON.stringify({ version: 3, checkpoint: { latest } }));
  }

  test("are those without resources", async () => {
    put("infra", MADE);
    put("cluster", MADE.slice(0, 1));
    put("apps", []);
    expect((await lostStacks(engine())).map(({ name }) => name)).toEqual([
      "cluster",
      "apps",
      "site",
    ]);
  });

  test("are none where all have some, and then nothing is done", async () => {
    ["infra", "cluster", "apps", "site"].forEach((project) => put(project, MADE));
    await expect(lostStacks(engine())).rejects.toThrow(
      /^The state of dev is there; there is nothing to adopt\./,
    );
  });
});

describe("without a backup", () => {
  test("it says what is lost with the state, what there is without it, and what to do", () => {
    const { message } = withoutBackup("dev", ["lb", "node"]);
    for (const { what, without } of LOST_KEYS) {
      expect(message).toContain(`- ${what}: ${without}`);
    }
    expect(message).toContain("lb, node");
    expect(message).toContain("make adopt ENV=dev FROM=<path>");
    expect(message).toContain("whoever has a kubeconfig");
  });

  test("it names the kubeconfig where this machine has one", () => {
    const path = kubeconfigPath("dev");
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "");
    expect(withoutBackup("dev", ["node"]).message).toContain(path);
  });

  test("it names first what the engine has left of the state", () => {
    const { fault } = withoutBackup("dev", ["node"], "/stacks/dev.json.gone");
    expect(fault.next).toMatch(
      /^the engine has left .*: mv \/stacks\/dev\.json\.gone \/stacks\/dev\.json, then make up ENV=dev\n/,
    );
  });

  test("and without a machine there is nothing to adopt", () => {
    expect(withoutBackup("dev", []).message).toContain("make up ENV=dev makes the site");
  });

  test("every secret that the programs generate is told, and no other", () => {
    const goldens = join(checkout, "tests/goldens");
    const names = readdirSync(goldens, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".yaml"))
      .flatMap((path) => parse(readFileSync(join(goldens, path), "utf8")) as Golden[])
      .filter(({ type }) => /^(random|tls):index\/(?!certRequest)/.test(type))
      .map(({ resource }) => resource.split(" ")[0]!);
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => LOST_KEYS.every((key) => !key.names.test(name)))).toEqual([]);
    expect(LOST_KEYS.filter((key) => !names.some((name) => key.names.test(name)))).toEqual([]);
  });
});

/** An entry of a committed graph. */
interface Golden {
  resource: string;
  type: string;
}
