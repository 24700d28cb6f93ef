import type { Project } from "../contracts";

/** What a change of a key does on a site that is up. */
export type Answer =
  /** The stacks bring it to what is there, in this order. */
  | { kind: "applied"; by: readonly Project[]; how: string }
  /** The stacks refuse it in preview, before anything is touched. */
  | { kind: "refused"; by: readonly Project[]; way: string }
  /** It counts for what is made from then on; what is there stays as it is. */
  | { kind: "made"; by: readonly Project[]; how: string }
  /** Only commands read it, each time. */
  | { kind: "read"; how: string };

/** Answers by the paths of keys, such as `nodes[].address` and `zones.<name>.gateway`. */
export type Answers = Readonly<Record<string, Answer>>;

/** The same answer for several keys. */
export function each(keys: readonly string[], answer: Answer): Answers {
  return Object.fromEntries(keys.map((key) => [key, answer]));
}

/** The same answers for keys below another one. */
export function below(path: string, answers: Answers): Answers {
  return Object.fromEntries(Object.entries(answers).map(([key, one]) => [`${path}.${key}`, one]));
}
