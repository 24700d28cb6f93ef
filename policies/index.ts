import * as policy from "@pulumi/policy";

import { evaluate } from "./evaluate";
import { policies } from "./policies";
import type { Level, Policy } from "./policy";
import type { Inputs, Resource } from "./resource";
import { inputsOf, maskedOf, rawOf } from "./view";

/** Raw inputs of the resources that the engine has announced, by URN. */
const announced = new Map<string, Inputs>();

/** What the library's function of that type does and its declaration does not say: each violation names its own policy. */
type Report = (violation: {
  name: string;
  description: string;
  message: string;
  urn?: string;
  enforcementLevel: Level;
}) => void;

function resourceOf(
  args: Pick<policy.ResourceValidationArgs, "urn" | "type" | "name" | "props" | "opts">,
  raw?: Inputs,
): Resource {
  const inputs = inputsOf(args.props);
  return {
    urn: args.urn,
    type: args.type,
    name: args.name,
    inputs,
    ...(raw === undefined ? {} : { masked: maskedOf(inputs, raw) as Inputs }),
    protect: args.opts.protect,
  };
}

/** Reports what the policies find, each under its own name. */
function judge(
  chosen: readonly Policy[],
  resources: readonly Resource[],
  report: policy.ReportViolation,
): void {
  for (const { policy: name, level, urn, message } of evaluate(resources, chosen)) {
    const { description } = chosen.find((one) => one.name === name) as Policy;
    (report as unknown as Report)({
      name,
      description,
      message: `${description}\n${message}`,
      urn,
      enforcementLevel: level,
    });
  }
}

const ofResources = policies.filter((one) => "check" in one);
const ofStacks = policies.filter((one) => "checkStack" in one);

// To the engine all policies of a resource are one, and all of a stack: its library reads the inputs again for each policy that it is
// given, which took longer than all that the policies do.
new policy.PolicyPack("sitewright", {
  policies: [
    {
      name: "resources",
      description: `Each resource alone: ${ofResources.map(({ name }) => name).join(", ")}`,
      // Changes nothing. The engine asks for remediations before it asks for violations, and only there the library lets a policy see
      // which inputs are secrets.
      enforcementLevel: "remediate",
      remediateResource: ({ urn, props }) => {
        announced.set(urn, rawOf(props as Inputs));
      },
      validateResource: (args, report) => {
        judge(ofResources, [resourceOf(args, announced.get(args.urn))], report);
      },
    },
    {
      name: "stack",
      description: `Resources by each other: ${ofStacks.map(({ name }) => name).join(", ")}`,
      enforcementLevel: "mandatory",
      validateStack: ({ resources }, report) => {
        judge(
          ofStacks,
          resources.map((one) => resourceOf(one)),
          report,
        );
      },
    },
  ],
});
