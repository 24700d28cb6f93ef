import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { stringify } from "yaml";

import { toolchain } from "../../lib/paths";
import { projectName } from "../../lib/projectNames";

/**
 * Why the files Pulumi.yaml declare no configuration (docs/new-site.md): all four projects read the keys of the namespace `site`, and
 * the engine admits declarations of a project's own namespace only, of keys that every stack has.
 */
const folder = mkdtempSync(join(tmpdir(), "sitewright-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What `pulumi preview` says to a project that declares this configuration. */
async function declaring(name: string, config: object): Promise<string> {
  const project = { name, runtime: "nodejs", config };
  writeFileSync(join(folder, "Pulumi.yaml"), stringify(project));
  const env = {
    PATH: `${join(toolchain, "bin")}:${process.env.PATH ?? ""}`,
    HOME: folder,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const options = { cwd: folder, env, extendEnv: false, reject: false, all: true } as const;
  await execa("pulumi", ["stack", "init", "dev"], options);
  return (await execa("pulumi", ["preview", "--stack", "dev"], options)).all;
}

test("a key of the namespace site has no type and no description without a value for every stack", async () => {
  const name = projectName("infra");
  expect(
    await declaring(name, { "site:domain": { type: "string", description: "of the machines" } }),
  ).toContain("'site:domain' is not namespaced by the project and should not define a type");
  expect(await declaring(name, { "site:domain": { description: "of the machines" } })).toContain(
    "'site:domain' is namespaced and must provide an attribute 'value'",
  );
});

test("of a project's own namespace no key that is declared may be absent", async () => {
  expect(await declaring("site", { "site:nas": { description: "of the backups" } })).toContain(
    "Stack 'dev' is missing configuration value 'site:nas'",
  );
});
