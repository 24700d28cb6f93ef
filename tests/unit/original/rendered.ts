import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { checkout } from "../../../lib/paths";

/** What a resource of a golden file asks for. Of one that is like another there are none. */
interface Entry {
  resource: string;
  type: string;
  inputs?: Inputs;
}

/** Inputs of a resource. A Kubernetes object is one. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Inputs = Record<string, any>;

/** What the programs make of Pulumi.prd.yaml: the golden files, of which graphs.test.ts proves that they are. */
export class Rendered {
  private readonly entries: Entry[];

  constructor() {
    this.entries = ["infra", "cluster", "apps"].flatMap((stack) => {
      const path = join(checkout, "tests", "goldens", "prd", `${stack}.yaml`);
      return parse(readFileSync(path, "utf8")) as Entry[];
    });
  }

  /** A Kubernetes object, undefined if there is none of that name. */
  object(kind: string, name: string, namespace?: string): Inputs | undefined {
    return this.entries
      .map(({ inputs }) => inputs)
      .find(
        (one) =>
          one?.["kind"] === kind &&
          one["metadata"]?.name === name &&
          one["metadata"]?.namespace === namespace,
      );
  }

  /** The inputs of a resource by its name in the state. */
  resource(name: string): Inputs | undefined {
    return this.entries.find(({ resource }) => resource === name)?.inputs;
  }

  /** A container of a workload, undefined if there is none. */
  container(workload: Inputs | undefined, name: string): Inputs | undefined {
    const all = workload?.["spec"].template.spec.containers as Inputs[] | undefined;
    return all?.find((one) => one["name"] === name);
  }
}
