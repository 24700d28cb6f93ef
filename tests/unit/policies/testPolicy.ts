import { evaluate } from "../../../policies/evaluate";
import type { Policy } from "../../../policies/policy";
import type { Resource } from "../../../policies/resource";

/** What a policy has to find, each in the first resource of its list and in these words, and what it has to let pass. */
interface Cases {
  fires: [what: string, resources: Resource[], message: RegExp][];
  silent: [what: string, resources: Resource[]][];
}

/** Tests a policy both ways, without exceptions. */
export function testPolicy(policy: Policy, { fires, silent }: Cases): void {
  describe(policy.name, () => {
    test.each(fires)("finds: %s", (_, resources, message) => {
      expect(evaluate(resources, [policy], [])).toEqual([
        {
          policy: policy.name,
          level: policy.level,
          urn: resources[0].urn,
          message: expect.stringMatching(message) as string,
        },
      ]);
    });

    test.each(silent)("lets pass: %s", (_, resources) => {
      expect(evaluate(resources, [policy], [])).toEqual([]);
    });
  });
}
