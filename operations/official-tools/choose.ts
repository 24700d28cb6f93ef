import semver from "semver";

import { OperatorError } from "../../lib/operatorError";
import { type OfficialProgram, type OfficialTool, VSPHERE_PLUGIN } from "./programs";

/**
 * Where the operator's tools come from, the variable TOOLS.
 *
 * | value | meaning |
 * | --- | --- |
 * | auto (default) | those of the machine where their versions are admitted, the others are built |
 * | official | those of the machine; one that is missing is a fault |
 * | build | all are built |
 */
const MODES = ["auto", "official", "build"] as const;
export type ToolsMode = (typeof MODES)[number];

/** @throws OperatorError when there is no such mode. */
export function toolsMode(text: string | undefined): ToolsMode {
  const mode = MODES.find((name) => name === (text || "auto"));
  if (mode === undefined) {
    throw new OperatorError({
      what: `TOOLS is "${text}".`,
      next: `use one of ${MODES.join(", ")}`,
    });
  }
  return mode;
}

/** What is taken in the place of pieces. */
export interface Choice {
  /** Paths of programs by the name of the piece. */
  taken: Record<string, string[]>;
  /** Names of pieces that the checkout has from elsewhere. */
  without: string[];
  /** One line for the operator; undefined where there is nothing to say. */
  line?: string;
}

/** All is built. */
export const NOTHING_TAKEN: Choice = { taken: {}, without: [] };

/**
 * Judges what is on the machine.
 * @param hasSdk - Whether the SDK of the vSphere plugin is the official package.
 * @throws OperatorError in the mode official, with all that is missing.
 */
export async function chooseTools(
  mode: ToolsMode,
  tools: readonly OfficialTool[],
  hasSdk: () => Promise<boolean>,
): Promise<Choice> {
  if (mode === "build") {
    return NOTHING_TAKEN;
  }
  const judged = await Promise.all(
    tools.map(async ({ piece, programs }) => ({
      piece,
      paths: programs.flatMap(({ path }) => path ?? []),
      verdicts: await Promise.all(programs.map(verdictOn)),
    })),
  );
  const refusals = judged.flatMap(({ verdicts }) =>
    verdicts.flatMap(({ refused }) => refused ?? []),
  );
  if (mode === "official" && refusals.length > 0) {
    throw new OperatorError({
      what: `TOOLS=official, and ${refusals.length === 1 ? "one of them is" : `${refusals.length} of them are`} not on this machine.`,
      why: refusals.map(({ why }) => why).join("\n"),
      next: `${refusals.map(({ get }) => get).join("\n")}\nor TOOLS=auto, which builds what is missing`,
    });
  }
  const taken = judged.filter(({ verdicts }) => verdicts.every(({ refused }) => !refused));
  const built = judged.filter((one) => !taken.includes(one));
  const isSdkOfficial = await hasSdk();
  const accepted = [
    ...taken.flatMap(({ verdicts }) => verdicts.flatMap(({ accepted: one }) => one ?? [])),
    ...(isSdkOfficial ? [{ what: `@pulumi/vsphere ${VSPHERE_PLUGIN}`, origin: "npm" }] : []),
  ];
  // A machine that has none of them needs no word, one that has another version does.
  const reasons = built
    .flatMap(({ verdicts }) => verdicts.flatMap(({ refused }) => refused ?? []))
    .filter(({ isThere }) => isThere || accepted.length > 0)
    .map(({ why }) => why);
  const parts = [
    ...(accepted.length === 0 ? [] : [`taken ${byOrigin(accepted)}`]),
    ...(reasons.length === 0 ? [] : [`built: ${reasons.join("; ")}`]),
  ];
  return {
    without: isSdkOfficial ? ["sdk-vsphere"] : [],
    taken: Object.fromEntries(taken.map(({ piece, paths }) => [piece, paths])),
    ...(parts.length === 0 ? {} : { line: `tools: ${parts.join("; ")}` }),
  };
}

/** Why a program is not taken, or what it is. */
interface Verdict {
  accepted?: { what: string; origin: string };
  refused?: { why: string; get: string; isThere: boolean };
}

async function verdictOn(program: OfficialProgram): Promise<Verdict> {
  const { name, path, origin, place, admitted, get } = program;
  if (path === undefined) {
    return {
      refused: { why: `${name} is not there (${place})`, get: `${name}: ${get}`, isThere: false },
    };
  }
  const how = { get: `${name}: ${get}`, isThere: true };
  const version = semver.valid(semver.clean((await program.version()) ?? ""));
  if (version === null) {
    return { refused: { why: `${path} does not say its version`, ...how } };
  }
  return semver.satisfies(version, admitted)
    ? { accepted: { what: `${name} ${version}`, origin } }
    : { refused: { why: `${path} is ${version}, admitted is ${admitted}`, ...how } };
}

/** What was taken, by the folder that it is in: `pulumi 3.256.0 (/usr/local/bin), plugin tls 5.6.1 (...)`. */
function byOrigin(accepted: readonly { what: string; origin: string }[]): string {
  const origins = [...new Set(accepted.map(({ origin }) => origin))];
  return origins
    .map((folder) => {
      const here = accepted.filter(({ origin }) => origin === folder);
      return `${here.map(({ what }) => what).join(", ")} (${folder})`;
    })
    .join(", ");
}
