import { readFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, join } from "node:path";

/**
 * What Pulumi's library loads for programs in TypeScript, and for those that turn functions into cloud functions: the TypeScript compiler
 * and npm's resolver of packages. These programs and the policies are JavaScript when Node runs them. Both modules are two thirds of
 * the library's loading time, so they are loaded when first used.
 *
 * Node runs this before a program and before the policies: `nodeargs` in Pulumi.yaml and in PulumiPolicy.yaml.
 */
const UNUSED = ["typescript", "@npmcli/arborist"];

const loader = createRequire(__filename);
const library = loader.resolve("@pulumi/pulumi");
for (const name of UNUSED) {
  const file = loader.resolve(name, { paths: [library] });
  loader.cache[file] = loadedWhenUsed(file, versionOf(file, name));
}
// The library's own driver of pulumi, which programs do not drive.
const automation = loader.resolve(join(dirname(library), "automation"));
loader.cache[automation] = loadedWhenUsed(automation);
// What maps the lines of stacks to their sources. Pulumi takes a stack with each resource and each promise, a fifth of what a program
// computes, and nothing reads them. The stack of an error that ends a program is mapped.
const maps = loader.resolve("source-map-support/register", { paths: [library] });
loader.cache[maps] = loaded(maps, {});
const mapStacks = (): void => {
  delete loader.cache[maps];
  loader(maps);
};
process.once("uncaughtExceptionMonitor", mapStacks);
process.once("unhandledRejection", mapStacks);
// What runs a policy pack registers this compiler of what Node loads, whatever PulumiPolicy.yaml says.
const transpiler = loader.resolve(join(dirname(library), "vendor", "ts-node@7.0.1"));
loader.cache[transpiler] = loaded(transpiler, { register: () => undefined });

/** A module in the place of another one, which loads that one when one of its exports is read, its version aside where it is given. */
function loadedWhenUsed(file: string, version?: string): Module {
  let used: object | undefined;
  const load = (): object => {
    delete loader.cache[file];
    return loader(file) as object;
  };
  // An importer reads __esModule before any use, and copies all exports unless it is true.
  const known: Partial<Record<PropertyKey, unknown>> = {
    __esModule: true,
    ...(version === undefined ? {} : { version }),
  };
  const get = (_: object, key: PropertyKey): unknown =>
    key in known ? known[key] : Reflect.get((used ??= load()), key);
  return loaded(file, new Proxy({}, { get }));
}

function loaded(file: string, exports: object): Module {
  const module = new Module(file);
  module.loaded = true;
  module.exports = exports;
  return module;
}

/** The version of the package that a file is in. */
function versionOf(file: string, name: string): string {
  const folder = file.slice(0, file.lastIndexOf(join("node_modules", name)));
  const path = join(folder, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
