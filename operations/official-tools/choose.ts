import semver from "semver";

import { OperatorError } from "../../lib/operatorError";
import { type OfficialProgram, type OfficialTool, VSPHERE_PLUGIN } from "./programs";
import { releasedPieces } from "./releases";

/**
 * Where the operator's tools come from, the variable TOOLS.
 *
 * | value | meaning |
 * | --- | --- |
 * | auto (default) | those of the machine where their versions are admitted; of the others releases where their hosts answer, the rest is built |
 * | official | those of the machine, else their releases; one that is missing is a fault |
 * | build | all are built |
 *
 * The toolchain's builder reads it too, because it downloads the releases.
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
  /** Names of pieces that are downloaded and not built. */
  official: string[];
  /** One line for the operator; undefined where there is nothing to say. */
  line?: string;
}

/** All is built. */
export const NOTHING_TAKEN: Choice = { taken: {}, without: [], official: [] };

/**
 * Judges what is on the machine.
 * @param hasSdk - Whether the SDK of the vSphere plugin is the official package.
 * @param released - Names of pieces that can be downloaded from their makers.
 * @throws OperatorError in the mode official, with all that is missing.
 */
export async function chooseTools(
  mode: ToolsMode,
  tools: readonly OfficialTool[],
  hasSdk: () => Promise<boolean>,
  released: () => Set<string> = releasedPieces,
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
  const taken = judged.filter(({ verdicts }) => verdicts.every(({ refused }) => !refused));
  const others = judged.filter((one) => !taken.includes(one));
  const official = mode === "official" ? others.filter(({ piece }) => released().has(piece)) : [];
  const refusals = others.filter((one) => !official.includes(one)).flatMap(refusalsOf);
  if (mode === "official" && refusals.length > 0) {
    throw new OperatorError({
      what: `TOOLS=official, and ${refusals.length === 1 ? "one of them is" : `${refusals.length} of them are`} not on this machine, and no release of them is known.`,
      why: refusals.map(({ why }) => why).join("\n"),
      next: `${refusals.map(({ get }) => get).join("\n")}\nor TOOLS=auto, which builds what is missing`,
    });
  }
  const isSdkOfficial = await hasSdk();
  const accepted = [
    ...taken.flatMap(({ verdicts }) => verdicts.flatMap(({ accepted: one }) => one ?? [])),
    ...(isSdkOfficial ? [{ what: `@pulumi/vsphere ${VSPHERE_PLUGIN}`, origin: "npm" }] : []),
  ];
  // A machine that has none of them needs no word, one that has another version does.
  const reasons = others
    .flatMap(refusalsOf)
    .filter(({ isThere }) => isThere || accepted.length > 0)
    .map(({ why }) => why);
  const parts = [
    ...(accepted.length === 0 ? [] : [`taken ${byOrigin(accepted)}`]),
    ...(reasons.length === 0 ? [] : [`not taken: ${reasons.join("; ")}`]),
  ];
  return {
    without: isSdkOfficial ? ["sdk-vsphere"] : [],
    official: official.map(({ piece }) => piece),
    taken: Object.fromEntries(taken.map(({ piece, paths }) => [piece, paths])),
    ...(parts.length === 0 ? {} : { line: `tools: ${parts.join("; ")}` }),
  };
}

/** Why a program is not taken, or what it is. */
interface Verdict {
  accepted?: { what: string; origin: string };
  refused?: { why: string; get: string; isThere: boolean };
}

function refusalsOf({ verdicts }: { verdicts: Verdict[] }): NonNullable<Verdict["refused"]>[] {
  return verdicts.flatMap(({ refused }) => refused ?? []);
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
  // Distributions add a word of their own, such as 1.36.2-gke.1, which semver takes for a version before 1.36.2.
  return semver.satisfies(version, admitted, { includePrerelease: true })
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
