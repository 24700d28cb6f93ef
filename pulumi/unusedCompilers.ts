import { createRequire, Module } from "node:module";
import { dirname, join } from "node:path";

const loader = createRequire(__filename);
const library = loader.resolve("@pulumi/pulumi");

/**
 * What Pulumi's library loads for programs in TypeScript, and for those that turn functions into cloud functions: the TypeScript compiler
 * and npm's resolver of packages. These programs and the policies are JavaScript when Node runs them. Both modules are two thirds of
 * the library's loading time, so they are loaded when first used.
 *
 * Node runs this before a program and before the policies: `nodeargs` in Pulumi.yaml and in PulumiPolicy.yaml.
 */
const UNUSED = [
  "typescript",
  "@npmcli/arborist",
  // The library's own driver of pulumi, which programs do not drive.
  join(dirname(library), "automation"),
];
for (const name of UNUSED) {
  const file = loader.resolve(name, { paths: [library] });
  loader.cache[file] = loadedWhenUsed(file, name);
}
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

/** A module in the place of another one, which loads that one when one of its exports is read. */
function loadedWhenUsed(file: string, name: string): Module {
  let used: object | undefined;
  const load = (): object => {
    delete loader.cache[file];
    return loader(file) as object;
  };
  const get = (_: object, key: PropertyKey): unknown => {
    // An importer reads this property before any use, and copies all exports unless it is true.
    if (key === "__esModule") {
      return true;
    }
    // What runs a policy pack asks TypeScript for this, and for nothing else.
    if (key === "version" && name === "typescript") {
      return (
        loader(loader.resolve("typescript/package.json", { paths: [library] })) as {
          version: string;
        }
      ).version;
    }
    return Reflect.get((used ??= load()), key);
  };
  return loaded(file, new Proxy({}, { get }));
}

function loaded(file: string, exports: object): Module {
  const module = new Module(file);
  module.loaded = true;
  module.exports = exports;
  return module;
}
