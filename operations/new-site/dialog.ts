import type { RawSite } from "../../environment/load/parse";
import { newSite, siteFaults } from "./environmentFile";
import type { Dialog } from "../../lib/terminal/dialog";
import { type FactName, factNames, facts, usualFact } from "./facts";

type Answers = Record<FactName, string>;

/**
 * Asks for every fact of a new site until each has its form. Where the facts do not go together, says why and asks again; the former
 * answers are then the usual ones.
 */
export async function askForSite(name: string, dialog: Dialog): Promise<RawSite> {
  let former: Partial<Answers> = {};
  for (;;) {
    const answers = await askForFacts(name, former, dialog);
    const site = newSite(name, facts.parse(answers));
    const faults = siteFaults(name, site);
    if (faults.length === 0) {
      return site;
    }
    dialog.say(`These facts do not go together:\n  ${faults.join("\n  ")}\nOnce more.`);
    former = answers;
  }
}

async function askForFacts(
  name: string,
  former: Partial<Answers>,
  { ask, say }: Dialog,
): Promise<Answers> {
  const answers: Partial<Answers> = {};
  for (const fact of factNames) {
    const usual = former[fact] ?? usualFact(name, fact, answers);
    const question = `${facts.shape[fact].description}${usual === undefined ? "" : ` [${usual}]`}: `;
    while (answers[fact] === undefined) {
      const answer = (await ask(question)).trim() || usual || "";
      const { error } = facts.shape[fact].safeParse(answer);
      if (error === undefined) {
        answers[fact] = answer;
      } else {
        say(`  Wanted: ${error.issues[0].message}.`);
      }
    }
  }
  return answers as Answers;
}
