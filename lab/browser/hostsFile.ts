/** Lines of a hosts file that are the site's, between two marks. */
const marks = (stack: string) => ({
  begin: `# sitewright ${stack}: make open wrote this, make down removes it`,
  end: `# sitewright ${stack}: end`,
});

/** A hosts file in which these names lead to one address; lines of an earlier time are replaced. */
export function withHosts(
  text: string,
  stack: string,
  address: string,
  names: readonly string[],
): string {
  const { begin, end } = marks(stack);
  const rest = withoutHosts(text, stack);
  const before = rest === "" || rest.endsWith("\n") ? rest : `${rest}\n`;
  return `${before}${[begin, ...names.map((name) => `${address} ${name}`), end].join("\n")}\n`;
}

/** The hosts file without the site's lines. A mark without its other half is a line like any other. */
export function withoutHosts(text: string, stack: string): string {
  const { begin, end } = marks(stack);
  const lines = text.split("\n");
  const [first, last] = [lines.indexOf(begin), lines.indexOf(end)];
  return first < 0 || last < first
    ? text
    : [...lines.slice(0, first), ...lines.slice(last + 1)].join("\n");
}
