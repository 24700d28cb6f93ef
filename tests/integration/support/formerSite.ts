import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { checkout, toolchain } from "../../../lib/paths";
import { formerProjectName, projectName } from "../../../lib/projectNames";
import type { StateResource } from "../../../operations/engine/exportedStack";
import {
  offlineCluster,
  offlineInfra,
  type UpstreamOutputs,
} from "../../../operations/offline/outputs";
import { readEnvironmentFile } from "../../environment";
import { appsOutput } from "../../unit/environment/appsOutput";
import { copyCheckout, variablesIn } from "./copiedCheckout";

export const STACKS = ["infra", "cluster", "apps", "site"] as const;
export type Stack = (typeof STACKS)[number];

/** Marks a secret in a state. */
const SECRET = "4dabf18193072939515e22adb298388d";
/** What each stack refers to. */
const UPSTREAM = {
  infra: [],
  cluster: ["infra"],
  apps: ["infra", "cluster"],
  site: ["infra", "cluster", "apps"],
};

/** All that can hold a URN: a resource's parent, its provider, what it depends on, its former names. */
function resourcesOf(stack: Stack, { plain, secret }: UpstreamOutputs): object[] {
  const project = formerProjectName(stack);
  const urn = (type: string, name: string) => `urn:pulumi:prd::${project}::${type}::${name}`;
  const root = urn("pulumi:pulumi:Stack", `${project}-prd`);
  const encrypted = Object.entries(secret).map(([name, value]) => [
    name,
    { [SECRET]: "1b47061264138c4ac30d75fd1eb44270", plaintext: JSON.stringify(value) },
  ]);
  const outputs = { ...plain, ...(Object.fromEntries(encrypted) as object) };
  const references = UPSTREAM[stack].map((upstream) => {
    const name = `organization/${upstream}/prd`;
    const type = "pulumi:pulumi:StackReference";
    const known = { custom: true, external: true, id: name, inputs: { name }, outputs: { name } };
    return { urn: urn(type, name), type, parent: root, ...known };
  });
  const own = `sitewright:${stack}:Tried`;
  const component = urn(own, "component");
  const provider = urn("pulumi:providers:command", "provider");
  const command = "command:local:Command";
  const commands = Array.from({ length: 30 }, (_, index) => ({
    ...{ urn: urn(`${own}$${command}`, `step-${index}`), type: command, custom: true },
    ...{ id: `id-${index}`, parent: component, provider: `${provider}::1` },
    ...{ dependencies: [component, ...references.map((one) => one.urn)] },
    ...{ propertyDependencies: { create: [component] }, deletedWith: component },
    ...{ replaceWith: [provider], aliases: [urn(command, `step-${index}`)] },
    inputs: { create: "true" },
    outputs: { create: "true", stdout: "" },
  }));
  return [
    { urn: root, type: "pulumi:pulumi:Stack", custom: false, outputs },
    ...references,
    ...(stack === "site"
      ? []
      : [
          { urn: component, type: own, custom: false, parent: root },
          { urn: provider, type: "pulumi:providers:command", custom: true, id: "1", parent: root },
          ...commands,
        ]),
  ];
}

/**
 * A site from before projects were called sitewright-…, in the real engine's files: four stacks with resources, secrets and an operation that
 * was cut off. Its commands run in a copy of the checkout.
 */
export function formerSite() {
  const root = mkdtempSync(join(tmpdir(), "sitewright-names-"));
  const stackFile = join(root, "Pulumi.prd.yaml");
  const backend = join(root, "backend");
  const original = join(root, "original");
  const folderOf = (stack: Stack) => (stack === "site" ? root : join(root, stack));
  const stateFile = (project: string) => join(backend, ".pulumi/stacks", project, "prd.json");

  const variables = {
    ...variablesIn(root),
    PULUMI_CONFIG_PASSPHRASE: "former",
    YES: "1",
  };
  const options = (cwd: string) =>
    ({
      ...{ cwd, extendEnv: false, env: variables, reject: false, all: true, timeout: 120_000 },
    }) as const;

  async function pulumi(stack: Stack, args: readonly string[], input?: string) {
    const { exitCode, all, stdout } = await execa("pulumi", args, {
      ...options(folderOf(stack)),
      ...(input === undefined ? { stdin: "ignore" } : { input }),
    });
    return { exitCode, output: all, stdout };
  }

  /** Runs a program of `dist/operations` as operators, and delete steps, do. */
  async function operate(...args: string[]) {
    const [program, ...rest] = args;
    const command = [join(root, "dist/operations", `${program}.js`), ...rest];
    const { exitCode, all } = await execa(process.execPath, command, {
      ...options(join(root, "infra")),
      stdin: "ignore",
    });
    return { exitCode, output: all };
  }

  const MOVE = `
    const { Engine } = require("${root}/dist/operations/engine/engine");
    const { moveFormerNames } = require("${root}/dist/operations/recovery/formerNames");
    const { exitWith } = require("${root}/dist/lib/exit");
    exitWith(moveFormerNames(new Engine("prd")));`;

  /** Moves the stacks as the first step of `make up` does. */
  const startMove = () =>
    execa(process.execPath, ["-e", MOVE], {
      ...options(root),
      stdin: "ignore",
      detached: true,
      // The engine's output may outlive this process.
      cleanup: false,
    });

  async function move() {
    const { exitCode, all } = await startMove();
    return { exitCode, output: all };
  }

  /** A state in the backend's file, as text; undefined where there is none. */
  function state(project: string): string | undefined {
    try {
      const { checkpoint } = JSON.parse(readFileSync(stateFile(project), "utf8")) as {
        checkpoint: { latest: object };
      };
      return JSON.stringify(checkpoint.latest);
    } catch {
      return undefined;
    }
  }

  /** The states under the present names, and those under the former ones. */
  const states = () => ({
    present: STACKS.map((stack) => state(projectName(stack))),
    former: STACKS.map((stack) => state(formerProjectName(stack))),
  });

  /** What the states are after they were moved, by text alone. */
  let expected: (string | undefined)[];

  /** The engine orders fields by itself. */
  const sorted = (text: string | undefined): unknown =>
    text === undefined ? undefined : JSON.parse(text);

  function reset(): void {
    rmSync(backend, { recursive: true, force: true });
    rmSync(join(root, "home"), { recursive: true, force: true });
    cpSync(original, backend, { recursive: true });
  }

  /** Every file of the backend with its text. */
  const files = () =>
    readdirSync(backend, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(backend, name)).isFile())
      .map((name) => [name, readFileSync(join(backend, name), "utf8")]);

  beforeAll(async () => {
    copyCheckout(root);
    cpSync(join(checkout, "policies"), join(root, "policies"), { recursive: true });
    mkdirSync(backend);
    mkdirSync(join(root, "pulumi-home"));
    symlinkSync(join(toolchain, "pulumi-home", "plugins"), join(root, "pulumi-home", "plugins"));
    const site = readEnvironmentFile("prd", { directory: checkout });
    const outputs: Record<Stack, UpstreamOutputs> = {
      infra: offlineInfra(site),
      cluster: offlineCluster(site),
      apps: { plain: { apps: appsOutput }, secret: { credentials: "hidden" } },
      site: { plain: {}, secret: {} },
    };
    for (const stack of STACKS) {
      const folder = folderOf(stack);
      mkdirSync(folder, { recursive: true });
      const projectFile = readFileSync(
        join(checkout, stack === "site" ? "" : stack, "Pulumi.yaml"),
        "utf8",
      );
      const before = projectFile.replace(
        `name: ${projectName(stack)}\n`,
        `name: ${formerProjectName(stack)}\n`,
      );
      writeFileSync(join(folder, "Pulumi.yaml"), before);
      await pulumi(stack, ["stack", "init", "prd"]);
      const exported = await pulumi(stack, ["stack", "export", "--stack", "prd"]);
      const made = JSON.parse(exported.stdout) as { deployment: { resources: object[] } };
      made.deployment.resources = resourcesOf(stack, outputs[stack]);
      await pulumi(stack, ["stack", "import", "--stack", "prd"], JSON.stringify(made));
      writeFileSync(join(folder, "Pulumi.yaml"), projectFile);
    }
    for (const key of [
      "vsphere:password",
      "cluster:cloudProviderPassword",
      "cluster:csiPassword",
    ]) {
      const set = ["config", "set", "--secret", key, "--stack", "organization/infra/prd"];
      await pulumi("infra", set, `password of ${key}`);
    }
    addPending();
    cpSync(backend, original, { recursive: true });
    expected = STACKS.map((stack) => {
      const [before, now] = [formerProjectName(stack), projectName(stack)];
      return state(before)!
        .replaceAll(`urn:pulumi:prd::${before}::`, `urn:pulumi:prd::${now}::`)
        .replaceAll(`pulumi:Stack::${before}-prd"`, `pulumi:Stack::${now}-prd"`);
    });
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  beforeEach(reset);

  /** An update of infra was killed: the engine's own import would drop this. */
  function addPending(): void {
    const file = stateFile(formerProjectName("infra"));
    const content = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint: { latest: { resources: StateResource[]; pending_operations?: object[] } };
    };
    const { latest } = content.checkpoint;
    const { inputs, outputs, id, ...resource } = latest.resources.at(-1)!;
    expect([inputs, outputs, id]).not.toContain(undefined);
    latest.pending_operations = [
      { resource: { ...resource, urn: `${resource.urn}-more` }, type: "creating" },
    ];
    writeFileSync(file, JSON.stringify(content));
  }

  /** All stacks have their present names alone, and nothing else of them is different. */
  function expectMoved(): void {
    const { present, former } = states();
    expect(present.map(sorted)).toEqual(expected.map(sorted));
    expect(former).toEqual(STACKS.map(() => undefined));
  }

  /** The same after a restore: the engine's import encrypts secrets again, and drops what was cut off. */
  function expectRestored(): void {
    const resources = (text: string | undefined) =>
      (JSON.parse(text!) as { resources: StateResource[] }).resources.map((resource) =>
        resource.type === "pulumi:pulumi:Stack" ? { ...resource, outputs: {} } : resource,
      );
    const { present, former } = states();
    expect(present.map(resources)).toEqual(expected.map(resources));
    expect(former).toEqual(STACKS.map(() => undefined));
  }

  return {
    ...{ root, backend, original, stackFile, variables, stateFile, folderOf },
    ...{ pulumi, operate, startMove, move, files, states, expectMoved, expectRestored },
  };
}
