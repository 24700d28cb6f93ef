import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { execa } from "execa";

import { chooseTools, toolsMode } from "../../../operations/official-tools/choose";
import { officialTools, VSPHERE_PLUGIN } from "../../../operations/official-tools/programs";
import { releasedPieces } from "../../../operations/official-tools/releases";
import { checkout } from "../../../lib/paths";

const { dependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
};
const PLUGINS: Record<string, string> = {
  kubernetes: dependencies["@pulumi/kubernetes"],
  command: dependencies["@pulumi/command"],
  tls: dependencies["@pulumi/tls"],
  random: dependencies["@pulumi/random"],
  vsphere: VSPHERE_PLUGIN,
};

const NOTHING = { taken: {}, without: [], official: [] };

describe("official tools", () => {
  let machine: string;
  beforeEach(() => {
    machine = mkdtempSync(join(tmpdir(), "official-"));
  });
  afterEach(() => rmSync(machine, { recursive: true }));

  /** A program that does nothing but say something. */
  const program = (path: string, answer: string): string => {
    const file = join(machine, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
    return file;
  };
  const pulumi = (version: string, folder = "bin") => {
    program(`${folder}/pulumi-language-nodejs`, "");
    return program(`${folder}/pulumi`, version);
  };
  const kubectl = (version: string, folder = "bin") =>
    program(`${folder}/kubectl`, `{ "clientVersion": { "gitVersion": "${version}" } }`);
  const plugin = (name: string, version = PLUGINS[name]) =>
    program(`home/plugins/resource-${name}-v${version}/pulumi-resource-${name}`, "");
  const choose = (
    mode: string,
    kubernetes: string | null = "1.27.16",
    path = ["bin"],
    released: string[] = [],
  ) =>
    chooseTools(
      toolsMode(mode),
      officialTools(kubernetes ?? undefined, {
        PATH: path.map((folder) => join(machine, folder)).join(delimiter),
        PULUMI_HOME: join(machine, "home"),
      }),
      () => Promise.resolve(false),
      () => new Set(released),
    );

  test("are taken where all of their versions are admitted, and one line says so", async () => {
    const paths = [pulumi("v3.256.0"), kubectl("v1.28.2")];
    Object.keys(PLUGINS).forEach((name) => plugin(name));
    const { taken, line } = await choose("official");
    expect(Object.keys(taken).sort()).toEqual([
      ...["kubectl", "plugin-command", "plugin-kubernetes", "plugins-bridged", "pulumi"],
    ]);
    expect([taken["pulumi"], taken["kubectl"]]).toEqual(paths.map((path) => [path]));
    expect(taken["plugins-bridged"]).toHaveLength(3);
    const plugins = ["kubernetes", "command", "tls", "random", "vsphere"];
    expect(line).toBe(
      `tools: taken pulumi 3.256.0, kubectl 1.28.2 (${join(machine, "bin")}), ` +
        `${plugins.map((name) => `plugin ${name} ${PLUGINS[name]}`).join(", ")} (${join(machine, "home", "plugins")})`,
    );
  });

  test("that are not there are built, without a word", async () => {
    await expect(choose("auto")).resolves.toEqual(NOTHING);
  });

  test.each([
    ["too old", "v3.255.1"],
    ["too new", "v4.0.0"],
    ["a prerelease of what is admitted first", "v3.256.0-alpha.1"],
    ["mute", ""],
  ])("of a version that is %s are built, and the line says why", async (_, version) => {
    const path = pulumi(version);
    const alone = await choose("auto");
    expect(alone).toMatchObject(NOTHING);
    expect(alone.line).toContain(`tools: not taken: ${path}`);
    kubectl("v1.27.16");
    const { taken, line } = await choose("auto");
    expect(Object.keys(taken)).toEqual(["kubectl"]);
    expect(line).toMatch(/^tools: taken kubectl 1\.27\.16 .*; not taken: /);
    expect(line).toContain(path);
  });

  test("without the host of programs in Node.js beside it, pulumi is built", async () => {
    program("bin/pulumi", "v3.256.0");
    await expect(choose("auto")).resolves.toEqual(NOTHING);
  });

  test("of another version, or half downloaded, in the plugins' folder are built", async () => {
    pulumi("v3.256.0");
    plugin("command", "1.0.0");
    plugin("kubernetes");
    mkdirSync(join(machine, `home/plugins/resource-kubernetes-v${PLUGINS["kubernetes"]}.partial`));
    ["tls", "random"].forEach((name) => plugin(name));
    expect(Object.keys((await choose("auto")).taken)).toEqual(["pulumi"]);
  });

  test("the first kubectl on PATH counts, as in a shell; one minor version beside the cluster's is admitted", async () => {
    kubectl("v1.29.0", "first");
    kubectl("v1.27.16", "second");
    await expect(choose("auto", "1.27.16", ["first", "second"])).resolves.toMatchObject(NOTHING);
    expect(Object.keys((await choose("auto", "1.27.16", ["second", "first"])).taken)).toEqual([
      "kubectl",
    ]);
    expect(Object.keys((await choose("auto", "1.30.0", ["first"])).taken)).toEqual(["kubectl"]);
  });

  test("a lab's kubectl is the toolchain's", async () => {
    kubectl("v1.27.16");
    await expect(choose("auto", null)).resolves.toEqual(NOTHING);
  });

  test("the SDK of the vSphere plugin from npm's registry is not generated", async () => {
    await expect(chooseTools(toolsMode(""), [], () => Promise.resolve(true))).resolves.toEqual({
      taken: {},
      without: ["sdk-vsphere"],
      official: [],
      line: `tools: taken @pulumi/vsphere ${VSPHERE_PLUGIN} (npm)`,
    });
  });

  test("TOOLS=build takes nothing", async () => {
    pulumi("v3.256.0");
    await expect(choose("build")).resolves.toEqual(NOTHING);
  });

  test("TOOLS=official says all that is missing, and how to get it", async () => {
    const path = pulumi("v3.100.0");
    const error = (await choose("official").catch((reason: Error) => reason)) as Error;
    expect(error.message).toContain(`${path} is 3.100.0, admitted is >=3.256.0 <4.0.0`);
    for (const [name, version] of Object.entries(PLUGINS)) {
      expect(error.message).toContain(`pulumi plugin install resource ${name} ${version}`);
    }
    expect(error.message).toContain("kubectl is not there");
  });

  test("TOOLS=official leaves to the builder what is not there and has a release", async () => {
    const released = ["pulumi", "kubectl", "plugin-kubernetes", "consul"];
    const error = (await choose("official", "1.27.16", ["bin"], released).catch(
      (reason: Error) => reason,
    )) as Error;
    expect(error.message).toContain("pulumi plugin install resource command");
    expect(error.message).not.toContain("pulumi plugin install resource kubernetes");
    expect(error.message).not.toContain("kubectl is not there");
    ["command", "tls", "random", "vsphere"].forEach((name) => plugin(name));
    kubectl("v1.27.16");
    const { official, taken } = await choose("official", "1.27.16", ["bin"], released);
    expect(official).toEqual(["pulumi", "plugin-kubernetes"]);
    expect(Object.keys(taken)).toEqual(["plugin-command", "plugins-bridged", "kubectl"]);
    expect((await choose("auto", "1.27.16", ["bin"], released)).official).toEqual([]);
  });

  test("pieces with a release are those of the table", () => {
    expect(releasedPieces().has("kubectl")).toBe(true);
    expect(releasedPieces().has("plugin-command")).toBe(false);
  });

  test.each([
    ["test", "build"],
    ["sbom", "build"],
    ["up", ""],
  ])("make %s has TOOLS=%s", async (target, mode) => {
    const probe = ["--eval", `${target}: probe`, "--eval", "probe:\n\t@echo [$$TOOLS]; exit 1"];
    const { stdout } = await execa(
      "make",
      [
        "--no-print-directory",
        "--old-file=dist/.emitted",
        "--old-file=toolchain",
        ...probe,
        target,
      ],
      { cwd: checkout, env: { TOOLS: undefined, MAKEFLAGS: undefined }, reject: false },
    );
    expect(stdout).toBe(`[${mode}]`);
  });

  test("another value of TOOLS is refused", () => {
    expect(() => toolsMode("offical")).toThrow(/use one of auto, official, build/);
  });

  test("the vSphere plugin is the one whose SDK is generated", () => {
    const versions = readFileSync(
      join(checkout, "toolchain/internal/catalogue/versions.go"),
      "utf8",
    );
    expect(/vspherePlugin += "([^"]+)"/.exec(versions)?.[1]).toBe(VSPHERE_PLUGIN);
  });
});
