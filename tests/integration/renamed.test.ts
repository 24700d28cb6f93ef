import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { checkout, toolchain } from "../../lib/paths";
import { nameOf } from "../../pulumi/urn";
import { variablesIn } from "./support/copiedCheckout";
import { canStand, recordedChange, stepsOf } from "./support/recordedPreview";

/** A state in which resources are named after the cluster, as older programs did: what the real engine and plugins say of an update. */
jest.setTimeout(300_000);

const [prefix, component] = ["hak8sclu", "cluster"];
/** What the state has, by the present names. */
const former = new Map(
  readFileSync(join(checkout, "tests/unit/formerNames/ha-cluster.txt"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [types = "", name = ""] = line.split("::");
      const present = name === prefix ? component : name.replace(`${prefix}-`, "");
      return [`${types.split("$").at(-1)}::${present}`, name] as const;
    }),
);

test("every resource is found under its former name: none is made, deleted or replaced for the other one", async () => {
  const recorded = new Set<string>();
  const events = await recordedChange("ha", "cluster", {
    before: () => undefined,
    after: () => undefined,
    recordedAs: (name, type) => {
      const its = former.get(`${type}::${name}`);
      if (its !== undefined) {
        recorded.add(its);
      }
      return its ?? name;
    },
  });
  const steps = stepsOf(events);
  expect(steps.filter(({ op }) => op === "delete")).toEqual([]);
  const renamed = [...former].filter(([present]) => canStand({ type: present.split("::")[0]! }));
  expect([...recorded].sort()).toEqual(renamed.map(([, name]) => name).sort());
  for (const [present, name] of renamed) {
    const its = steps.filter(({ urn, type }) => `${type}::${nameOf(urn)}` === present);
    expect([name, its.map(({ op }) => op)]).toEqual([
      name,
      [expect.stringMatching(/^(same|update)$/)],
    ]);
  }
});

describe("an update in which a node leaves", () => {
  const root = mkdtempSync(join(tmpdir(), "sitewright-renamed-"));
  const path = (...names: string[]) => join(root, ...names);
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** A component as the cluster's, of which each step notes what it does. */
  const program = (options: string, before: string, nodes: string[]) => `
    const pulumi = require("@pulumi/pulumi");
    const { local } = require("@pulumi/command");
    const { formerlyNamed } = require("${checkout}/dist/pulumi/formerlyNamed");
    const parent = new pulumi.ComponentResource("tried:Cluster", "${before || "cluster"}", {}, ${options});
    const step = (name, more) =>
      new local.Command("${before && `${before}-`}" + name, {
        create: "echo create " + name + " >>${path("log")}",
        delete: "echo delete " + name + " >>${path("log")}; [ ! -e ${path("fail")} ]",
      }, { parent, ...more });
    const initialize = step("initialize");
    for (const node of ${JSON.stringify(nodes)}) {
      const prepare = step("prepare-" + node);
      step("leave-" + node, { dependsOn: [initialize, prepare], deletedWith: initialize });
    }`;

  async function up(content: string) {
    writeFileSync(path("index.js"), content);
    rmSync(path("log"), { force: true });
    const { exitCode, all } = await execa(
      "pulumi",
      ["up", "--yes", "--skip-preview", "--stack", "dev"],
      {
        ...{ cwd: root, reject: false, all: true, stdin: "ignore", extendEnv: false },
        env: variables(),
      },
    );
    const log = existsSync(path("log")) ? readFileSync(path("log"), "utf8").trim().split("\n") : [];
    return { exitCode, output: all, log };
  }
  const variables = () => ({
    ...variablesIn(root),
    PULUMI_HOME: join(toolchain, "pulumi-home"),
    PULUMI_CONFIG_PASSPHRASE: "renamed",
  });

  test("has its steps of the former names run, and those of no other node", async () => {
    mkdirSync(path("backend"));
    writeFileSync(path("Pulumi.yaml"), "name: tried\nruntime: nodejs\nmain: index.js\n");
    writeFileSync(path("package.json"), "{}");
    symlinkSync(join(checkout, "node_modules"), path("node_modules"));
    const options = { cwd: root, extendEnv: false, env: variables() };
    await execa("pulumi", ["stack", "init", "dev"], options);
    const former = await up(program("{}", "prod", ["a", "b"]));
    expect([former.output, former.exitCode]).toEqual([expect.anything(), 0]);
    expect(former.log).toHaveLength(5);

    const present = program('formerlyNamed("prod")', "", ["b"]);
    writeFileSync(path("fail"), "");
    const failed = await up(present);
    expect([failed.output, failed.exitCode]).toEqual([expect.anything(), 1]);
    expect(failed.log).toEqual(["delete leave-a"]);
    rmSync(path("fail"));
    const finished = await up(present);
    expect([finished.output, finished.exitCode]).toEqual([expect.anything(), 0]);
    expect(finished.log).toEqual(["delete leave-a", "delete prepare-a"]);
    expect(await up(present)).toMatchObject({ exitCode: 0, log: [] });
  });
});
