import { EXCEPTIONS } from "../../cluster/hardening/exceptions";
import type { Check } from "./checks";
import type { NodeFacts } from "./facts";

/** What came of a check. */
export interface Finding {
  id: string;
  what: string;
  result: "PASS" | "FAIL" | "EXCEPTED";
  /** What was found in place of what should be, and where. */
  found: string;
}

/** Makes every check on the nodes it is for; one line for a check, whatever the number of nodes. */
export function findings(checks: readonly Check[], nodes: readonly NodeFacts[]): Finding[] {
  return checks.map(({ id, what, on, fault }) => {
    const asked = nodes.filter(({ role }) => on === "node" || role === on);
    const faults = asked.flatMap((node) => {
      const found = fault(node);
      return found === undefined ? [] : [{ node: node.name, found }];
    });
    const results = faults.map(({ found }) => resultOf(id, found));
    return {
      id,
      what,
      result: results.find((one) => one === "FAIL") ?? results[0] ?? "PASS",
      found: faults.map(({ node, found }) => `${node}: ${found}`).join("; "),
    };
  });
}

/** The same for what is checked once for the whole cluster. */
export function judged({ id, what, fault }: { id: string; what: string; fault?: string }): Finding {
  return {
    id,
    what,
    result: fault === undefined ? "PASS" : resultOf(id, fault),
    found: fault ?? "",
  };
}

function resultOf(id: string, found: string): "FAIL" | "EXCEPTED" {
  const known = EXCEPTIONS.some(
    (one) => one.id === id && (one.answer === undefined || one.answer.test(found)),
  );
  return known ? "EXCEPTED" : "FAIL";
}
