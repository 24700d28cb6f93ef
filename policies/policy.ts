import type { Resource } from "./resource";

/** `mandatory` stops an update before anything is changed, `advisory` is shown. */
export type Level = "mandatory" | "advisory";

/** A violation as the engine and the reports show it. */
export interface Violation {
  policy: string;
  level: Level;
  urn: string;
  message: string;
}

/** What is wrong with a resource. */
export interface Finding {
  /** The part of the resource that it is about, such as a container or an image: exceptions name it. */
  about?: string;
  /** What is wrong and what to do, in a sentence. */
  message: string;
}

interface Rule {
  /** Unique; exceptions name it. */
  name: string;
  /** What has to be. */
  description: string;
  level: Level;
}

/** Judges every resource alone, before it is made or changed. */
export interface ResourcePolicy extends Rule {
  check(resource: Resource): Finding[];
}

/** Judges resources by each other, at the end of a preview. */
export interface StackPolicy extends Rule {
  checkStack(resources: readonly Resource[]): (Finding & { resource: Resource })[];
}

export type Policy = ResourcePolicy | StackPolicy;
