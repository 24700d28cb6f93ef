/** @type {import("@swc/core").Options} */
const swc = {
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "commonjs" },
};

const esModules = [
  "@noble/hashes",
  "@peculiar/utils",
  "asn1js",
  "bytestreamjs",
  "execa",
  "@sec-ant/readable-stream",
  "@sindresorhus/merge-streams",
  "figures",
  "get-stream",
  "human-signals",
  "is-plain-obj",
  "is-stream",
  "is-unicode-supported",
  "npm-run-path",
  "parse-ms",
  "path-key",
  "pkijs",
  "pretty-ms",
  "strip-final-newline",
  "unicorn-magic",
  "yoctocolors",
];

const project = (name) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: "node",
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/sdks/vsphere/bin/package.json"],
  transform: { "^.+\\.(ts|js)$": ["@swc/jest", swc] },
  // Packages that ship ES modules only: jest needs them as CommonJS, Node 20.19 and later do not.
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join("|")})/)`],
  moduleNameMapper: {
    // Its export map has no entry for require().
    "^unicorn-magic$": "<rootDir>/node_modules/unicorn-magic/node.js",
    // An import expression names what is emitted.
    "^\\./(deploy|status/status)\\.js$": "./$1",
    // TypeScript's compiler and npm's, and the driver of pulumi, half of what a test of a program would load: Pulumi needs the first two
    // to make a resource of a function, which no program here does (pulumi/unusedCompilers.ts).
    "/typescript-shim$|^@npmcli/arborist$|^\\./automation$": "<rootDir>/tests/nothing.ts",
  },
});

/**
 * Six suites: unit and properties need nothing but node, integration the toolchain, e2e, membership and most drills the lab (docker). e2e
 * and drills work on the site of dev, membership on that of ha.
 */
module.exports = {
  // Milliseconds. Jest's 5 s are too few beside the lab on a busy machine; what measures says so in the test.
  testTimeout: 60_000,
  projects: ["unit", "properties", "integration", "e2e", "membership", "drills"].map((name) =>
    project(name),
  ),
};
