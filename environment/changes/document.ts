import type { Answer, Answers } from "./answer";

const TITLES: Record<Answer["kind"], string> = {
  applied: "applied",
  refused: "refused",
  made: "for what is made next",
  read: "read by commands",
};

/** docs/changes.md. Keys with the same answer share a line. */
export function changesDocument(answers: Answers): string {
  const sections = new Map<string, Map<string, { keys: string[]; answer: Answer }>>();
  for (const [key, answer] of Object.entries(answers)) {
    const section = sectionOf(key);
    const rows = sections.get(section) ?? new Map<string, { keys: string[]; answer: Answer }>();
    const id = JSON.stringify(answer);
    const row = rows.get(id) ?? { keys: [], answer };
    row.keys.push(key.slice(section.length).replace(/^(\[\]\.|<name>\.|\.)/, "") || key);
    sections.set(section, rows.set(id, row));
  }
  return `# What a change of each key does

Made of \`environment/changes\` and the applications' own answers by \`make goldens\`; a test compares it with the schema, so that no key
is missing. It says what happens on a site that is up when a key of \`Pulumi.<env>.yaml\` is changed and \`make up\` is run. What is
*refused* is refused in preview, by plain \`pulumi\` too: nothing is touched, and the way is named. What an older version of these
programs has not recorded is not compared.

${[...sections].map(([section, rows]) => sectionText(section, [...rows.values()])).join("\n")}`;
}

/** The first part of a path; of an application the first two. */
function sectionOf(key: string): string {
  return /^(apps\.[^.]+|[^.[]+)/.exec(key)?.[1] ?? key;
}

function sectionText(
  section: string,
  rows: readonly { keys: readonly string[]; answer: Answer }[],
): string {
  const lines = rows.map(({ keys, answer }) => {
    const by = "by" in answer ? answer.by.join(", ") : "";
    const text = answer.kind === "refused" ? answer.way : answer.how;
    const names = keys.map((key) => `\`${key}\``).join(", ");
    return `| ${names} | ${TITLES[answer.kind]} | ${by} | ${text} |`;
  });
  return `## ${section}\n\n| key | a change is | by | how, or the way |\n| --- | --- | --- | --- |\n${lines.join("\n")}\n`;
}
