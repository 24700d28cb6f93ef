/**
 * Regular expression (RE2) of the paths that begin with one of the prefixes, in every spelling that a servlet container
 * such as Tomcat takes for the same path. It is held against what Traefik routes by: percent-encodings of all but reserved
 * characters decoded, empty and dot segments resolved. What is left of the ways around a prefix:
 *
 * - parameters of a segment, `/setup;x/`, which Tomcat removes;
 * - segments that are nothing, `.` or `..` but for a parameter, `/a/..;/setup`: resolved by Tomcat, not by Traefik;
 * - separators Traefik does not take for one: `%2F`, `\`;
 * - NUL, and a percent-encoding that is encoded once more, for an application that decodes twice;
 * - capital letters, for a file system that does not care.
 *
 * All but the first are refused wherever they stand: no application has such paths.
 */
export function blockedPaths(prefixes: readonly string[]): string {
  const paths = prefixes.map((prefix) => {
    if (!prefix.startsWith("/")) {
      throw new Error(`A blocked path begins with "/"; ${prefix} does not.`);
    }
    return prefix.slice(1).split("/").map(literal).join("(?:(?:;|%3b)[^/]*)?/+");
  });
  return `(?i)^/+(?:${paths.join("|")})|${TRICKS.join("|")}`;
}

const TRICKS = ["/[.]{0,2}(?:;|%3b)", "%2f", "%5c", "[\\\\]", "\\x00", "%25[0-9a-f]{2}"];

/** The text itself as a regular expression, without the backtick that would end a rule of Traefik's. */
function literal(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, (character) =>
    character === "`" ? "\\x60" : `\\${character}`,
  );
}
