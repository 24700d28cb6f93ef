import { COMPONENTS, type Component, type EndOfLife } from "./components";

/** An environment that has another release than the table of components, on purpose. */
export interface Difference {
  name: Component["name"];
  stack: string;
  version: string;
  reason: string;
  /** Of that other release. */
  endOfLife: EndOfLife;
}

/** Every release in which an environment of this repository parts from the table. */
export const DIFFERENCES: readonly Difference[] = [];

/** The table of components with what one environment is to have in place of some rows. */
export function componentsOf(stack: string): Component[] {
  return COMPONENTS.map((component) => {
    const other = DIFFERENCES.find((one) => one.name === component.name && one.stack === stack);
    return other === undefined
      ? component
      : {
          ...component,
          version: other.version,
          endOfLife: other.endOfLife,
          seen: `Pulumi.${stack}.yaml: ${other.reason}`,
        };
  });
}
