import { createRequire, Module } from "node:module";

/**
 * What Pulumi's library loads for programs that turn functions into cloud functions, which these do not: the TypeScript
 * compiler and npm's resolver of packages. They are two thirds of its loading time, so they are loaded when first used.
 *
 * Node runs this before a program: `nodeargs` in its Pulumi.yaml.
 */
const UNUSED = ["typescript", "@npmcli/arborist"];

const loader = createRequire(__filename);
for (const name of UNUSED) {
  const file = loader.resolve(name, { paths: [loader.resolve("@pulumi/pulumi")] });
  loader.cache[file] = loadedWhenUsed(file);
}

/** A stand-in for a module, which loads the module when one of its exports is read. */
function loadedWhenUsed(file: string): Module {
  let used: object | undefined;
  const load = (): object => {
    delete loader.cache[file];
    return loader(file) as object;
  };
  const module = new Module(file);
  module.loaded = true;
  module.exports = new Proxy(
    {},
    {
      get: (_, key) =>
        // An importer reads this property before any use, and copies all exports unless it is true.
        key === "__esModule" ? true : Reflect.get((used ??= load()), key),
    },
  );
  return module;
}
