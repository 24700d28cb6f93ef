import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { formerProjectName } from "../../../lib/projectNames";
import { formerSite } from "../support/formerSite";

/**
 * A site from before projects were called sitewright-…: real engine, its states in files. That such a site's machines and cluster
 * stay as they are: its states differ in their URNs alone. The rest of what can happen to it is in tests/drills/formerNames.test.ts.
 */
jest.setTimeout(300_000);

const site = formerSite();
const { root, backend, original, stateFile, pulumi, operate, move, files, expectMoved } = site;

describe("moving", () => {
  test("changes names and URNs, and nothing else: neither the environment's file nor a secret", async () => {
    const before = readFileSync(site.stackFile, "utf8");
    const { exitCode, output } = await move();
    expect([exitCode, output]).toEqual([0, expect.stringContaining("Nothing of the site changes")]);
    expectMoved();
    expect(readFileSync(site.stackFile, "utf8")).toBe(before);
    const args = ["stack", "output", "sshPrivateKey", "--show-secrets", "--stack", "prd"];
    expect((await pulumi("infra", args)).stdout).toBe("offline-preview");
    expect(readdirSync(join(root, "home/sitewright/state-backups/prd"))).toHaveLength(1);
  });

  test("is done once: the next run writes nothing and says nothing", async () => {
    await move();
    const before = files();
    expect(await move()).toEqual({ exitCode: 0, output: "" });
    expect(files()).toEqual(before);
  });

  test("killed when a stack had been written and not yet removed, it removes the former one", async () => {
    await move();
    const former = join(original, ".pulumi/stacks", formerProjectName("cluster"), "prd.json");
    writeFileSync(stateFile(formerProjectName("cluster")), readFileSync(former));
    expect((await move()).exitCode).toBe(0);
    expectMoved();
  });

  test("a stack that exists twice with different resources is refused, and nothing is moved", async () => {
    await move();
    const present = JSON.parse(readFileSync(stateFile("sitewright-apps"), "utf8")) as {
      checkpoint: { latest: { resources: object[] } };
    };
    cpSync(original, backend, { recursive: true });
    rmSync(stateFile("sitewright-cluster"));
    present.checkpoint.latest.resources.pop();
    writeFileSync(stateFile("sitewright-apps"), JSON.stringify(present));
    const before = files();
    const { exitCode, output } = await move();
    expect(exitCode).toBe(1);
    expect(output).toContain("has stacks of environment prd twice, with different resources");
    expect(output).toMatch(
      /why: .*organization\/apps\/prd, 35 resources[\s\S]*organization\/sitewright-apps\/prd/,
    );
    expect(output).not.toContain("organization/infra/prd");
    expect(output).toContain(
      "pulumi stack rm --force --preserve-config --stack organization/apps/prd",
    );
    const preview = ["cli", "preview", "--environment", "prd", "--stack", "site"];
    expect((await operate(...preview)).output).toContain("twice, with different resources");
    expect(files()).toEqual(before);
  });

  test("other people's stacks of the former names are left alone", async () => {
    const texts = files().map(([name, text]) => [name, text.replaceAll("sitewright:", "foreign:")]);
    texts.forEach(([name, text]) => writeFileSync(join(backend, name), text));
    rmSync(join(backend, ".pulumi/stacks/site"), { recursive: true });
    const before = files();
    expect(await move()).toEqual({ exitCode: 0, output: "" });
    expect(files()).toEqual(before);
  });
});
