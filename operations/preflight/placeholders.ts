import { type Placeholder, placeholdersOf } from "../../environment/placeholders";
import type { Environment } from "../../environment/schema";

/** The values that still are placeholders, those of one reason together; undefined where there are none. */
export function placeholdersText(environment: Environment): string | undefined {
  const { stack, placeholders } = environment;
  const all = placeholdersOf(environment, placeholders);
  if (all.length === 0) {
    return undefined;
  }
  const count =
    all.length === 1 ? "1 value is a placeholder" : `${all.length} values are placeholders`;
  return [
    `${count} in Pulumi.${stack}.yaml:`,
    ...placeholders.flatMap(({ reason }) => [
      `  ${reason}`,
      ...all.filter((one) => one.reason === reason).map(line),
    ]),
    `next: replace each by the site's own, and take its key out of site:placeholders`,
  ].join("\n");
}

function line({ key, value }: Placeholder): string {
  return `    ${key} = ${Array.isArray(value) ? value.join(", ") : String(value)}`;
}
