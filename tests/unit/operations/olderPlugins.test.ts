import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { stateDirectory } from "../../../lib/paths";
import { projectName } from "../../../lib/projectNames";
import type { Engine } from "../../../operations/engine/engine";
import { readStackFile } from "../../../operations/engine/stackFile";
import { selectProjects } from "../../../operations/engine/stacks";
import { settle, settleInCluster } from "../../../operations/update";
import { site } from "../environment/site";
import { useStateFolder } from "./stateFolder";

useStateFolder();

/** Settles a stack whose state a plugin of this version has written. The engine is not asked for anything. */
async function settled(stack: "infra" | "cluster" | "apps", version: string): Promise<void> {
  const folder = join(stateDirectory(), "backend");
  const path = join(folder, ".pulumi", "stacks", projectName(stack), "dev.json");
  mkdirSync(dirname(path), { recursive: true });
  const resources = [
    {
      urn: `urn:pulumi:dev::${projectName(stack)}::pulumi:providers:command::default`,
      type: "pulumi:providers:command",
      inputs: { version },
    },
  ];
  writeFileSync(path, JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));
  const engine = { environment: "dev", backendUrl: `file://${folder}` } as Engine;
  const [project] = selectProjects(stack);
  const step = stack === "infra" ? settle : settleInCluster;
  await step({ engine, project: project!, site: site("dev"), file: readStackFile("dev") });
}

test.each(["infra", "cluster", "apps"] as const)(
  "make up of %s refuses plugins that are older than those that have written its state",
  async (stack) => {
    await expect(settled(stack, "999.0.0")).rejects.toThrow(
      new RegExp(
        `^The state of stack ${stack} was written with newer plugins .* Nothing was changed\\.\n` +
          " +where: +file://.*\n +why: +plugin command: the state was written with 999\\.0\\.0, this checkout asks for [0-9.]+\n +next: ",
      ),
    );
  },
);

test("and takes newer ones", async () => {
  await settled("infra", "0.0.1");
});
