import { parseEventLog } from "../../../../operations/engine/eventLog";
import { policyResults } from "../../../../operations/preview-report/policyResults";

const violationsIn = (log: string) => policyResults(parseEventLog(log)).violations;

const event = (policyEvent: object) => JSON.stringify({ sequence: 1, policyEvent });
const found = {
  policyName: "non-root",
  enforcementLevel: "mandatory",
  resourceUrn: "urn:pulumi:dev::sitewright-apps::kubernetes:apps/v1:Deployment::whoami-pods",
  message: "<{%fg 1%}>No container runs as root.\nThe container main may run as root.\n<{%reset%}>",
};

test("the violations of an event log, each once, in the policy's own words", () => {
  const log = [
    JSON.stringify({ sequence: 0, preludeEvent: { config: {} } }),
    event(found),
    event(found),
    event({ policyName: "names", enforcementLevel: "advisory", message: "No name.\n" }),
  ].join("\n");
  expect(violationsIn(log)).toEqual([
    {
      policy: "non-root",
      level: "mandatory",
      urn: found.resourceUrn,
      message: "The container main may run as root.",
    },
    { policy: "names", level: "advisory", urn: "", message: "No name." },
  ]);
});

test("a log without any", () => {
  expect(violationsIn("")).toEqual([]);
});
