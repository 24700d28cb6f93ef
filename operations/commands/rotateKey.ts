import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { writeAtomically } from "../../lib/files";
import { OperatorError } from "../../lib/operatorError";
import { checkout } from "../../lib/paths";
import { projectName } from "../../lib/projectNames";
import { withTemporaryFolder } from "../../lib/temporaryFolder";
import { mendBackendFiles } from "../engine/backend/backendFiles";
import { Engine, engineVariables } from "../engine/engine";
import { reencryptedFile } from "../secrets-key/reencryptedFile";
import { secretsKey, type SecretsKey } from "../secrets-key/secretsKey";
import { readStackFile } from "../engine/stackFile";
import { type StackProject, stackProjects } from "../engine/stacks";
import { exportStack, importStack } from "../engine/stackState";
import { moveFormerNames } from "../recovery/formerNames";
import { refuseWhileLocked, releaseStaleLock } from "../recovery/stateLocks";

/**
 * Encrypts an environment's secrets with another passphrase or key: those in its file, and those in the state of every stack.
 * The programs do not run, and nothing of the site changes.
 *
 * The engine's own command does that for one stack and its file; here several share one file. So each works on a copy of it, and
 * the file itself follows last. Interrupted, the command is typed again: stacks that are done are recognized.
 */
export async function rotate(environment: string, to: string | undefined): Promise<void> {
  if (readStackFile(environment).labPassphrase !== undefined) {
    throw new OperatorError({
      what: `The passphrase of environment "${environment}" is public and stays so: it guards nothing but the lab. Nothing was changed.`,
      where: `lab:passphrase in Pulumi.${environment}.yaml`,
      next: "name an environment of a site: ENV=prd",
    });
  }
  const key = secretsKey(to);
  const rotation = new Rotation(environment, key);
  const { engine } = rotation;
  await moveFormerNames(engine);
  const projects: StackProject[] = [];
  for (const project of stackProjects) {
    refuseWhileLocked(engine, project);
    mendBackendFiles(engine, project);
    await releaseStaleLock(engine, project);
    if (await engine.stackExists(project)) {
      projects.push(project);
    }
  }
  if (projects.length > 0) {
    await engine.checkPassphrase(projects[0]);
  }
  await withTemporaryFolder(async (folder) => {
    const file = await rotation.encryptFile(folder);
    for (const project of projects) {
      await rotation.encryptState(folder, project);
    }
    const path = join(checkout, `Pulumi.${environment}.yaml`);
    writeAtomically(path, file, 0o644);
  });
  console.log(advice(environment, key, engine.backendUrl));
}

/** One change of the key. */
class Rotation {
  readonly engine: Engine;
  private readonly before: NodeJS.ProcessEnv;
  private readonly after: NodeJS.ProcessEnv;
  private readonly stackFile: string;

  constructor(
    private readonly environment: string,
    private readonly key: SecretsKey,
  ) {
    const variables = { ...process.env, ...engineVariables(environment) };
    const without = {
      ...variables,
      PULUMI_CONFIG_PASSPHRASE: undefined,
      PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
    };
    this.after = { ...without, ...key.variables };
    this.stackFile = `Pulumi.${environment}.yaml`;
    const { secretsprovider } = parse(readFileSync(join(checkout, this.stackFile), "utf8")) as {
      secretsprovider?: string;
    };
    // The engine reads the new passphrase from its variables if a key service is replaced, and from its input otherwise.
    this.before = secretsprovider === undefined ? variables : this.after;
    this.engine = new Engine(environment, secretsprovider === undefined ? variables : without);
  }

  /** The environment's file with re-encrypted secrets, by way of a stack without resources. */
  async encryptFile(folder: string): Promise<string> {
    const state = join(folder, "state");
    mkdirSync(state, { mode: 0o700 });
    const backend = { PULUMI_BACKEND_URL: `file://${state}?metadata=skip` };
    const engine = new Engine(this.environment, { ...this.before, ...backend });
    const project = this.copy(folder, "file");
    await this.pulumi(engine, project, ["stack", "init", this.environment]);
    // A new stack has put a passphrase in place of a service's key; what counts is the file.
    const original = readFileSync(join(checkout, this.stackFile), "utf8");
    writeFileSync(join(project.directory, this.stackFile), original);
    await this.change(engine, project);
    return reencryptedFile(original, readFileSync(join(project.directory, this.stackFile), "utf8"));
  }

  /** Re-encrypts the state of one stack. */
  async encryptState(folder: string, { name }: StackProject): Promise<void> {
    // The engine's command reads the state before it takes the lock: what others do meanwhile would be forgotten.
    refuseWhileLocked(this.engine, { name, directory: join(checkout, name) });
    const project = this.copy(folder, name);
    const after = new Engine(this.environment, this.after);
    const show = ["stack", "export", "--show-secrets", "--stack", this.environment];
    if (!(await this.engine.capture(project, show)).ok && (await after.capture(project, show)).ok) {
      console.log(`${name}: done before`);
      return;
    }
    await this.change(new Engine(this.environment, this.before), project);
    // The backend keeps the state before the last write, which is still the old one: a second write takes its place.
    const state = await exportStack(after, project);
    await importStack(after, project, state, state);
    console.log(`${name}: re-encrypted`);
  }

  private async change(engine: Engine, project: StackProject): Promise<void> {
    const args = ["stack", "change-secrets-provider", this.key.provider];
    await this.pulumi(engine, project, args, this.key.passphrase);
  }

  /** A folder with nothing but a project's name and a copy of the file: the programs are not needed. */
  private copy(folder: string, name: string): StackProject {
    const directory = join(folder, name);
    mkdirSync(directory, { mode: 0o700 });
    writeFileSync(
      join(directory, "Pulumi.yaml"),
      stringify({ name: projectName(name), runtime: "nodejs" }),
    );
    copyFileSync(join(checkout, this.stackFile), join(directory, this.stackFile));
    return { name, directory };
  }

  private async pulumi(
    engine: Engine,
    project: StackProject,
    args: readonly string[],
    input?: string,
  ): Promise<string> {
    const stack = args[1] === "init" ? [] : ["--stack", this.environment];
    const { ok, stdout, stderr } = await engine.capture(
      project,
      [...args, ...stack],
      input === undefined ? {} : { input },
    );
    if (!ok) {
      throw new OperatorError({
        what: `The secrets of ${project.name} cannot be re-encrypted. Pulumi.${this.environment}.yaml is as it was.`,
        where: `pulumi ${args.join(" ")}`,
        why: stderr,
        next: "mend the cause and type the same command again with both the old and the new key: what is done is recognized",
      });
    }
    return stdout;
  }
}

/** What is left to do by hand. */
function advice(environment: string, { passphrase }: SecretsKey, backend: string): string {
  return [
    `\nThe secrets of environment ${environment} are re-encrypted. What is left to do:`,
    `  - commit Pulumi.${environment}.yaml`,
    passphrase === undefined
      ? "  - unset PULUMI_CONFIG_PASSPHRASE and PULUMI_CONFIG_PASSPHRASE_FILE: whoever may use the key needs neither"
      : "  - set PULUMI_CONFIG_PASSPHRASE_FILE to the new file, wherever pulumi runs for this environment",
    "  - copies from before open with what was before: commits, backups of the state, and the history that the backend keeps",
    `    (${backend}). If the old key has leaked, change the encrypted values too: docs/secrets.md`,
  ].join("\n");
}
