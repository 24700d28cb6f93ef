/**
 * Which rooms a room may import from (docs/architecture.md shows them as a picture). What is not here is refused: arrows run down
 * only. `tests` may import everything, and nothing may import `tests`.
 */
const ROOMS = {
  lib: [],
  environment: ["lib"],
  vcenter: ["environment", "lib"],
  kubernetes: ["environment", "lib"],
  flows: ["environment", "lib"],
  ssh: ["environment", "lib"],
  pulumi: ["environment", "kubernetes", "lib"],
  infra: ["apps", "environment", "kubernetes", "lib", "pulumi", "ssh", "vcenter"],
  cluster: ["apps", "environment", "kubernetes", "lib", "pulumi", "ssh"],
  apps: ["environment", "kubernetes", "lib", "pulumi"],
  overview: ["pulumi"],
  policies: ["kubernetes", "lib"],
  "supply-chain": ["lib"],
  lab: ["apps", "environment", "lib"],
  operations: [
    ...["apps", "cluster", "environment", "flows", "infra", "kubernetes", "lab", "lib", "policies"],
    ...["pulumi", "ssh", "vcenter"],
  ],
};

const isIn = (rooms) => `^(${rooms.join("|")})/`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(ROOMS).map(([room, below]) => ({
      name: `${room}-imports-from-below`,
      comment: `${room} imports from ${below.length === 0 ? "no other room" : below.join(", ")} only.`,
      severity: "error",
      from: { path: isIn([room]) },
      to: { dependencyTypes: ["local"], pathNot: isIn([room, ...below]) },
    })),
    {
      name: "applications-are-seen-as-data",
      comment:
        "Outside of apps only the registry and the environment with its applications are read (operations also run them).",
      severity: "error",
      from: { path: isIn(["infra", "cluster", "lab"]) },
      to: { path: isIn(["apps"]), pathNot: "^apps/(registry|environment)\\.ts$" },
    },
    {
      name: "registry-loads-no-components",
      comment:
        "What the registry loads with it, every stack and every command loads: components come by import().",
      severity: "error",
      from: { path: "^apps/(registry|environment|[^/]+/(application|settings|faults))\\.ts$" },
      to: {
        path: isIn(["apps"]),
        pathNot: "^apps/(registry|application|[^/]+/(application|settings|faults))\\.ts$",
        dynamic: false,
      },
    },
    {
      name: "no-circles",
      comment: "Two files that import each other cannot be read, or tried, one by one.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      comment: "Nothing imports this file, and it is no program of its own.",
      severity: "error",
      from: {
        orphan: true,
        // Node loads the last one before a program.
        pathNot: [
          "^tests/",
          "^(apps|cluster|infra|overview|policies)/index\\.ts$",
          "^pulumi/unusedCompilers\\.ts$",
        ],
      },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    includeOnly: { path: [isIn([...Object.keys(ROOMS), "tests"])] },
    tsConfig: { fileName: "tsconfig.json" },
  },
};
