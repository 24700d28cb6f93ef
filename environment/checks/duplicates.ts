import type { Fault } from "../faults";

/** Items of a list that have the name of an earlier one. */
export function duplicates(path: string, items: readonly { name: string }[]): Fault[] {
  return items.flatMap(({ name }, index) => {
    const first = items.findIndex((item) => item.name === name);
    return first === index
      ? []
      : [
          {
            path: `${path}[${index}].name`,
            value: name,
            reason: `is the same as ${path}[${first}].name`,
            allowed: "a name that is not used twice",
          },
        ];
  });
}
