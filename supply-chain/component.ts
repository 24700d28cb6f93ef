/** Something that others made and that is part of what is run or built here, in one version. */
export interface Component {
  kind: "npm" | "golang" | "pypi";
  /** Its full name, `@pulumi/command` or `github.com/pulumi/pulumi/sdk/v3`. */
  name: string;
  version: string;
  /** Checksum of its files, hexadecimal; undefined where it was changed here before it was compiled. */
  hash?: { algorithm: "SHA-256" | "SHA-512"; content: string };
  /** SPDX expression; undefined where none is known. */
  licence?: string;
  /** What it is in: the programs that contain a Go module, `run` or `build` for a package of npm. */
  usedBy: string[];
  /** Whether it is part of a program that came finished, whose publisher answers for what is in it. */
  finished: boolean;
}

/** By kind, name and version, so that two runs print the same. */
export function byName(one: Component, other: Component): number {
  const key = ({ kind, name, version }: Component) => `${kind} ${name} ${version}`;
  return key(one) < key(other) ? -1 : 1;
}

/** The hexadecimal form of a checksum in base64. */
export function hexadecimal(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}
