import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { APPLICATIONS } from "../../../apps/registry";
import { changesOf } from "../../../environment/changes";
import type { Project } from "../../../environment/contracts";
import { parseEnvironment } from "../../environment";
import { faultsOf } from "../environment/site";
import { requestsOf } from "../graph";
import { runProgram } from "../programs";
import { type Base, type Raw, rawBase } from "./base";
import { type Edit, EDITS, ELSEWHERE } from "./edits";
import { effectsOf, linesOf } from "./effects";
import { refusalOf } from "./running";

/**
 * Whether the answers of environment/changes are true: each key is changed, and the programs are run. Many keys are changed at the same
 * time, each to a value that nothing else has.
 */

jest.mock("../../../apps/ingress/crdManifest", () => ({
  crdManifest: () =>
    readFileSync(join(__dirname, "..", "apps", "fixtures", "traefik-crds.yaml"), "utf8"),
}));

jest.setTimeout(120_000);

const answers = changesOf(APPLICATIONS);

test("every key is changed here, or a test is named that does", () => {
  const tried = [...EDITS.map(({ key }) => key), ...Object.keys(ELSEWHERE)];
  expect([...tried].sort()).toEqual(Object.keys(answers).sort());
  const others = EDITS.flatMap(({ elsewhere }) => Object.values(elsewhere ?? {}));
  for (const path of [...others, ...Object.values(ELSEWHERE)]) {
    readFileSync(join(__dirname, "../../..", path));
  }
});

/** What only a machine does that has not joined yet: it tries flows. */
const isTrial = (line: string) => /^(flows|peers)-/.test(line);
const nameOf = (line: string) => line.split(" ")[0];

/** The clock stands still; timers go on. */
beforeAll(() => {
  // The vCenter of some edits is not verified, and machines are held.
  jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  jest.useFakeTimers({
    now: new Date("2026-01-01T00:00:00Z"),
    doNotFake: ["nextTick", "queueMicrotask", "setImmediate", "setInterval", "setTimeout"],
  });
});
afterAll(() => {
  jest.useRealTimers();
});

/** Edits by their base and turn. */
function turns(edits: readonly Edit[]): [base: Base, edits: Edit[]][] {
  const names = [...new Set(edits.map(({ base, turn }) => `${base} ${turn}`))];
  return names.map((name) => {
    const together = edits.filter(({ base, turn }) => `${base} ${turn}` === name);
    return [together[0]!.base, together];
  });
}

function edited(base: Base, edits: readonly Edit[]): Raw {
  const raw = rawBase(base);
  edits.forEach(({ edit }) => edit(raw));
  return raw;
}

const stands = ({ shows }: Edit, text: string) =>
  typeof shows === "string" ? text.includes(shows) : shows.test(text);

/** What a program makes of a file, once for each. */
const runs = new Map<string, Promise<{ lines: string; effects: string }>>();
function made(project: Project, base: Base, raw: Raw) {
  const id = JSON.stringify([project, base, raw]);
  const before = runs.get(id);
  const run =
    before ??
    requestsOf(() => runProgram(project, raw, parseEnvironment(base, raw))).then((requests) => ({
      lines: linesOf(requests),
      effects: effectsOf(requests),
    }));
  runs.set(id, run);
  return run;
}

describe.each(["infra", "cluster", "apps"] as const)("the stack %s", (project) => {
  const mine = EDITS.filter(({ key, elsewhere }) => {
    const answer = answers[key]!;
    return "by" in answer && answer.by.includes(project) && elsewhere?.[project] === undefined;
  });
  const ofKind = (kind: string) => mine.filter(({ key }) => answers[key]!.kind === kind);

  test("applies what it is said to apply", async () => {
    const silent: string[] = [];
    for (const [base, edits] of turns(ofKind("applied"))) {
      const { effects: before } = await made(project, base, rawBase(base));
      const { effects: after } = await made(project, base, edited(base, edits));
      silent.push(
        ...edits
          .filter((edit) => stands(edit, before) || !stands(edit, after))
          .map(({ key }) => key),
      );
    }
    expect(silent).toEqual([]);
  });

  test("gives to what is made next, and to nothing else, what is said to count there", async () => {
    const wrong: string[] = [];
    for (const [base, edits] of turns(ofKind("made"))) {
      const { lines, effects } = await made(project, base, edited(base, edits));
      wrong.push(
        ...edits
          .filter((edit) => !stands(edit, lines) || stands(edit, effects))
          .map(({ key }) => key),
      );
    }
    expect(wrong).toEqual([]);
  });

  test("refuses what it is said to refuse", async () => {
    const accepted: string[] = [];
    for (const [base, edits] of turns(ofKind("refused"))) {
      const raw = edited(base, edits);
      const said =
        faultsOf(raw, base)
          .map(({ path }) => path)
          .join() ||
        ((await refusalOf(project, base, rawBase(base), raw)) ?? "");
      accepted.push(...edits.filter((edit) => !stands(edit, said)).map(({ key }) => key));
    }
    expect(accepted).toEqual([]);
  });
});

test("what commands read alone changes nothing in any stack", async () => {
  for (const [base, edits] of turns(EDITS.filter(({ key }) => answers[key]!.kind === "read"))) {
    for (const project of ["infra", "cluster", "apps"] as const) {
      const before = (await made(project, base, rawBase(base))).lines.split("\n");
      const after = (await made(project, base, edited(base, edits))).lines.split("\n");
      const changed = after.filter((line) => !before.includes(line) && !isTrial(line));
      expect(changed.map(nameOf)).toEqual([]);
      expect(after.length).toBe(before.length);
    }
  }
});
