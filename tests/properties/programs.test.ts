import { isDeepStrictEqual } from "node:util";

import fc from "fast-check";

import apps from "../../apps";
import cluster from "../../cluster";
import infra from "../../infra";
import { Refusal } from "../../pulumi/refusal";
import { configOf, rawSite } from "../unit/environment/site";
import { mockSite } from "../unit/mocks";
import { placesOf } from "./places";
import { runs } from "./settings";
import { shapeFaults } from "./shapeFaults";
import { siteFaults } from "./siteFaults";
import { mistypedKeys } from "./unknownKeyFaults";

const programs: [name: string, main: () => Promise<unknown>][] = [
  ["infra", infra],
  ["cluster", cluster],
  ["apps", apps],
];

describe.each(programs)("%s", (project, main) => {
  test.each(["dev", "prd"] as const)(
    "refuses a faulty %s with the fault's path, before it asks the engine for anything",
    async (stack) => {
      const raw = rawSite(stack);
      const places = placesOf(raw);
      const faults = fc
        .oneof(shapeFaults(places), mistypedKeys(places), siteFaults(raw))
        // The engine hands a program text in place of any single value at the top, which may be right then.
        .filter(({ path }) => path !== "domain");
      await fc.assert(
        fc.asyncProperty(faults, async ({ path, spoil }) => {
          const site = structuredClone(raw);
          spoil(site);
          expect(isDeepStrictEqual(site, raw)).toBe(false);
          const asked = jest.fn().mockReturnValue({});
          const registered = await mockSite({
            project,
            stack,
            config: configOf(site),
            calls: { "pulumi:pulumi:readStackOutputs": asked },
          });
          const refused = await main().then(
            () => undefined,
            (error: unknown) => error,
          );
          expect(refused).toBeInstanceOf(Refusal);
          expect((refused as Refusal).message).toContain(`. ${path} = `);
          expect(registered).toEqual([]);
          expect(asked).not.toHaveBeenCalled();
        }),
        runs(60),
      );
    },
  );
});
