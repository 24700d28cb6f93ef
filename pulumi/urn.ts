/** The name of a resource, which is the end of its URN. */
export function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}
