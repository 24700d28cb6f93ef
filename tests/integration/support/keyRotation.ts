import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { checkout } from "../../../lib/paths";
import { projectName } from "../../../lib/projectNames";
import { copyCheckout, variablesIn } from "./copiedCheckout";

/**
 * The key of an environment, changed by `make rotate-key`: the real engine and its backend, three stacks that share one file.
 *
 * @param services - Variables by which the engine finds a key management service.
 */
export function keyRotation(services: Record<string, string> = {}) {
  const root = mkdtempSync(join(tmpdir(), "sitewright-rotate-"));
  const file = join(root, "Pulumi.prd.yaml");
  const backend = join(root, "backend");
  const projects = ["infra", "cluster", "apps"];

  const passphrases = {
    first: randomBytes(24).toString("hex"),
    second: randomBytes(24).toString("hex"),
  };
  /** In the file, and in the state of each stack. */
  const password = randomBytes(24).toString("hex");
  const secretOf = (project: string) => `${project}-${password}`;

  /** All that any command has printed. */
  let printed = "";

  /** Runs a program under a passphrase's file, or none. */
  async function run(command: string[], key: string | undefined, input?: string) {
    const [program, ...args] = command;
    const { exitCode, all, stdout } = await execa(program, args, {
      cwd: join(root, "infra"),
      extendEnv: false,
      env: {
        ...variablesIn(root),
        ...services,
        ...(key === undefined ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: join(root, key) }),
      },
      reject: false,
      all: true,
      timeout: 120_000,
      ...(input === undefined ? { stdin: "ignore" } : { input }),
    });
    return { exitCode, output: all, stdout };
  }

  async function rotate(to: string, key: string | undefined) {
    const cli = join(root, "dist/operations/cli.js");
    const finished = await run(
      [process.execPath, cli, "rotate-key", "--environment", "prd", "--to", to],
      key,
    );
    printed += finished.output;
    return finished;
  }

  /** The same where it has to succeed; what it printed. */
  async function rotated(to: string, key: string | undefined): Promise<string> {
    const { exitCode, output } = await rotate(to, key);
    if (exitCode !== 0) {
      throw new Error(`exit code ${exitCode}:\n${output}`);
    }
    return output;
  }

  /** What a key opens: the password in the file, and the secret output of each stack; what is refused is left out. */
  async function opened(key: string | undefined): Promise<string[]> {
    const commands = [
      ["pulumi", "config", "get", "vsphere:password", "--stack", "prd"],
      ...projects.map((project) => [
        ...["pulumi", "stack", "output", "secret", "--show-secrets"],
        ...["--cwd", join(root, project), "--stack", "prd"],
      ]),
    ];
    const answers = await Promise.all(commands.map((command) => run(command, key)));
    return answers.flatMap(({ exitCode, stdout }) => (exitCode === 0 ? [stdout] : []));
  }

  const everything = [password, ...projects.map(secretOf)];

  function filesBelow(folder: string): string[] {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile());
  }

  beforeAll(async () => {
    copyCheckout(root);
    mkdirSync(backend);
    for (const [name, passphrase] of Object.entries(passphrases)) {
      writeFileSync(join(root, name), `${passphrase}\n`, { mode: 0o600 });
    }
    for (const project of projects) {
      mkdirSync(join(root, project));
      copyFileSync(join(checkout, project, "Pulumi.yaml"), join(root, project, "Pulumi.yaml"));
      const cwd = ["--cwd", join(root, project)];
      await run(["pulumi", "stack", "init", "prd", ...cwd], "first");
      const exported = await run(["pulumi", "stack", "export", ...cwd, "--stack", "prd"], "first");
      const state = JSON.parse(exported.stdout) as { deployment: { resources?: object[] } };
      const type = "pulumi:pulumi:Stack";
      state.deployment.resources = [
        {
          urn: `urn:pulumi:prd::${projectName(project)}::${type}::${projectName(project)}-prd`,
          type,
          custom: false,
          outputs: {
            secret: {
              "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
              plaintext: JSON.stringify(secretOf(project)),
            },
          },
        },
      ];
      const imported = ["pulumi", "stack", "import", ...cwd, "--stack", "prd"];
      await run(imported, "first", JSON.stringify(state));
    }
    const set = ["pulumi", "config", "set", "--secret", "vsphere:password", "--stack", "prd"];
    await run(set, "first", password);
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  /** Two tests: the steps before have left neither a secret nor a previous key anywhere. */
  function leavesNothing(others: readonly string[] = []): void {
    test("no secret and no passphrase stands in a file of the backend, beside it, or in what was printed", () => {
      const texts = [...everything, ...Object.values(passphrases), ...others];
      const places = ["backend", "home", "pulumi-home"].flatMap((name) =>
        filesBelow(join(root, name)),
      );
      places.push(file);
      expect(places.length).toBeGreaterThan(6);
      const hits = places.filter((path) => {
        const content = readFileSync(path, "utf8");
        return texts.some((text) => content.includes(text));
      });
      expect(hits).toEqual([]);
      expect(texts.filter((text) => printed.includes(text))).toEqual([]);
    });

    test("the state that the backend keeps beside the present one opens with the present key too", () => {
      const saltOf = (path: string) =>
        (
          JSON.parse(readFileSync(path, "utf8")) as {
            checkpoint: { latest: { secrets_providers: { state: { salt: string } } } };
          }
        ).checkpoint.latest.secrets_providers.state.salt;
      for (const project of projects) {
        const state = join(backend, ".pulumi/stacks", projectName(project), "prd.json");
        expect(saltOf(`${state}.bak`)).toBe(saltOf(state));
      }
    });
  }

  return { root, file, everything, rotate, rotated, opened, leavesNothing };
}
