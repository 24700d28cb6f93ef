/** Reads name and process id out of a line of `ss --processes`. */
export function holderOf(line: string): string | undefined {
  const found = /users:\(\("([^"]+)",pid=(\d+)/.exec(line);
  return found === null ? undefined : `${found[1]}, process ${found[2]}`;
}
