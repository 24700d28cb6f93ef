/**
 * What Go, Debian and container images call a processor: amd64, arm64.
 *
 * @param arch - Node.js' word for it, of this machine where none is given.
 */
export function processor(arch: NodeJS.Architecture = process.arch): string {
  return arch === "x64" ? "amd64" : arch;
}
