import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { missingPackages } from "../../../lab/host/tools";

let bin: string;

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "sitewright-doctor-"));
  for (const program of ["bash", "env", "dirname", "cat", "sort", "id"]) {
    symlinkSync(
      spawnSync("which", [program], { encoding: "utf8" }).stdout.trim(),
      join(bin, program),
    );
  }
});
afterEach(() => {
  rmSync(bin, { recursive: true });
});

function program(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
}

function doctor(...options: string[]) {
  const { status, stdout, stderr } = spawnSync("toolchain/doctor.sh", options, {
    encoding: "utf8",
    env: { PATH: bin },
  });
  return { status, stdout, stderr };
}

const machine = (system: string, architecture: string) =>
  program("uname", `[[ $1 == -s ]] && echo ${system} || echo ${architecture}`);

test.each([
  ["Darwin", "arm64"],
  ["Linux", "riscv64"],
  ["Linux", "armv7l"],
  ["MINGW64_NT-10.0-22631", "x86_64"],
])("%s on %s is refused in one line, before anything else", (system, architecture) => {
  machine(system, architecture);
  expect(doctor("--platform")).toEqual({
    status: 1,
    stdout: "",
    stderr: `error: this project runs on Linux on x86_64 or aarch64, and this machine is ${system} on ${architecture}; nothing was installed\n`,
  });
});

test.each(["x86_64", "aarch64"])("%s alone is asked for without a word", (architecture) => {
  machine("Linux", architecture);
  expect(doctor("--platform")).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("a processor that the project was not tried on is told from one that it was", () => {
  machine("Linux", "aarch64");
  expect(doctor().stdout).toMatch(/^untried  Linux on aarch64: only x86_64 was tried; .*arm64/);
  machine("Linux", "x86_64");
  expect(doctor().stdout).toMatch(/^fine     Linux on x86_64\n/);
});

test("what is missing or too old is named with its remedy, and what is there with its version", () => {
  machine("Linux", "x86_64");
  program("node", "[[ $1 == --version ]] && echo v18.19.0 || echo 20.19");
  program("go", "echo go1.26.8");
  const { status, stdout } = doctor();
  expect(status).toBe(1);
  expect(stdout).toContain("too old  node 18.19.0: install Node.js 20.19 or newer");
  expect(stdout).toContain("missing  npm: it comes with Node.js\n");
  expect(stdout).toContain("fine     go 1.26.8\n");
  expect(stdout).toContain("it starts the docker daemon");
});

test("it names every package that the lab installs", () => {
  machine("Linux", "x86_64");
  const { stdout } = doctor();
  const named = [...stdout.matchAll(/^absent .*: apt-get install (\S+)$/gm)].map(
    ([, name]) => name,
  );
  // Programs of the machine the test runs on may be in /usr/sbin, where the script looks too.
  const packages = missingPackages(() => false);
  expect(packages).toEqual(expect.arrayContaining(named));
  const text = spawnSync("cat", ["toolchain/doctor.sh"], { encoding: "utf8" }).stdout;
  packages.forEach((name) => expect(text).toContain(`:${name}`));
});
