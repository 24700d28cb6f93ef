import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { formerProjectName, projectName } from "../../../../lib/projectNames";
import type { Reader } from "../../../../operations/engine/backend/backend";
import { stackProjects } from "../../../../operations/engine/stacks";
import { moveFormerNames } from "../../../../operations/recovery/formerNames";
import { useStateFolder } from "../stateFolder";

/** With the real engine and files: tests/integration/state/formerNames.test.ts. */
useStateFolder();
beforeEach(() => jest.spyOn(console, "log").mockImplementation());
afterEach(() => jest.restoreAllMocks());

test("in a backend of files that has nothing to move no process is started, and it costs next to nothing", async () => {
  const backend = process.env["XDG_STATE_HOME"] ?? "";
  for (const { name } of stackProjects) {
    const folder = join(backend, ".pulumi/stacks", projectName(name));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "prd.json"), JSON.stringify({ version: 3, checkpoint: {} }));
  }
  const capture = jest.fn();
  const engine = { environment: "prd", backendUrl: `file://${backend}?metadata=skip`, capture };
  const began = performance.now();
  for (let run = 0; run < 20; run++) {
    await moveFormerNames(engine);
  }
  expect((performance.now() - began) / 20).toBeLessThan(20);
  expect(capture).not.toHaveBeenCalled();
});

describe("in a backend that is asked", () => {
  /** A backend of an organization, with stacks by full name. */
  function backend(stacks: Record<string, object>) {
    const asked: string[] = [];
    const engine: Reader = {
      environment: "prd",
      backendUrl: "https://api.example.net",
      capture: (_, args) => {
        asked.push(args.join(" "));
        const answer = answerOf(args);
        return Promise.resolve({
          ok: answer !== undefined,
          stdout: JSON.stringify(answer),
          stderr: answer === undefined ? `error: no stack named '${args.at(-1)}' found` : "",
        });
      },
    };
    function answerOf(args: readonly string[]): unknown {
      if (args[1] === "ls") {
        const found = Object.keys(stacks).filter((name) => name.split("/")[1] === args[3]);
        return found.map((name) => ({ name }));
      }
      if (args[1] === "export") {
        const resources = stacks[args.at(-1) ?? ""];
        return resources && { version: 3, deployment: { resources } };
      }
      return {};
    }
    return { asked, engine };
  }
  const ours = [
    { urn: "urn:pulumi:prd::infra::sitewright:infra:Machine::x", type: "sitewright:infra:Machine" },
  ];
  const renames = (asked: string[]) => asked.filter((args) => args.startsWith("stack rename"));

  test("the stacks of its organization are renamed, other people's are not", async () => {
    const foreign = [
      { urn: "urn:pulumi:prd::cluster::eks:index:Cluster::x", type: "eks:index:Cluster" },
    ];
    const { asked, engine } = backend({
      "coolcorp/infra/prd": ours,
      "coolcorp/infra/dev": ours,
      "coolcorp/cluster/prd": foreign,
    });
    await moveFormerNames(engine);
    expect(renames(asked)).toEqual([
      "stack rename coolcorp/sitewright-infra/prd --stack coolcorp/infra/prd",
    ]);
  });

  test("it is asked once, and again after another backend", async () => {
    const { asked, engine } = backend({});
    await moveFormerNames(engine);
    expect(asked).toEqual(
      stackProjects.map(({ name }) => `stack ls --project ${formerProjectName(name)} --json`),
    );
    await moveFormerNames(engine);
    expect(asked).toHaveLength(stackProjects.length);
    await moveFormerNames({ ...engine, backendUrl: "https://api.example.org" });
    expect(asked).toHaveLength(2 * stackProjects.length);
  });

  test("one that does not answer is not taken for one without stacks", async () => {
    const { engine } = backend({});
    const silent = {
      ...engine,
      capture: () => Promise.resolve({ ok: false, stdout: "", stderr: "timeout" }),
    };
    await expect(moveFormerNames(silent)).rejects.toThrow("The state backend does not answer");
  });
});
