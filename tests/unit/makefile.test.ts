import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const SOURCE_ROOMS =
  "apps cluster environment flows infra kubernetes lab lib operations overview policies pulumi ssh supply-chain tests vcenter";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-makefile-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(path: string, content = ""): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content, { mode: 0o755 });
}

test("what an older checkout has emitted and this one has no source of is deleted", () => {
  cpSync("Makefile", join(folder, "Makefile"));
  write("bin/npx", "#!/bin/sh\n");
  for (const room of SOURCE_ROOMS.split(" ")) {
    mkdirSync(join(folder, room));
  }
  const files = ["schema.js", "schema.js.map", "schema/index.js", "schema/index.js.map"];
  write("environment/schema/index.ts");
  files.forEach((file) => write(`dist/environment/${file}`));
  ["tsconfig.json", "package.json", "package-lock.json", ".npmrc"].forEach((file) => write(file));
  write("node_modules/.package-lock.json");
  const past = new Date(Date.now() - 60_000);
  ["package.json", "package-lock.json", ".npmrc"].forEach((file) =>
    utimesSync(join(folder, file), past, past),
  );

  const { status, stderr } = spawnSync("make", ["dist/.emitted"], {
    cwd: folder,
    encoding: "utf8",
    // Not what a make that runs this test tells its own children, such as make check.
    env: { ...process.env, MAKEFLAGS: "", PATH: `${join(folder, "bin")}:${process.env.PATH}` },
  });

  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const left = files.filter((file) => existsSync(join(folder, "dist/environment", file)));
  expect(left).toEqual(["schema/index.js", "schema/index.js.map"]);
});

test("only a USER that make itself was given is a person, and an empty NAMESPACE is passed on", () => {
  const dryRun = (...words: string[]) =>
    spawnSync("make", ["--dry-run", "kubeconfig", ...words], {
      encoding: "utf8",
      env: { ...process.env, MAKEFLAGS: "", USER: "root", NAMESPACE: "shell", ROLE: "admin" },
    }).stdout;
  expect(dryRun()).toContain("cli.js kubeconfig --environment dev");
  expect(dryRun()).not.toMatch(/--user|--namespace|--role/);
  const words = dryRun("USER=jane", "NAMESPACE=", "REVOKE=1");
  expect(words).toContain('--user="jane"');
  expect(words).toContain('--namespace=""');
  expect(words).toContain('--revoke="1"');
  expect(words).not.toMatch(/--role|--days/);
});
