import * as policy from "@pulumi/policy";

import { exceptions, isExcepted } from "./exceptions";
import { policies } from "./policies";
import type { ResourcePolicy, StackPolicy } from "./policy";
import type { Inputs, Resource } from "./resource";
import { inputsOf, maskedOf, rawOf } from "./view";

/** Raw inputs of the resources that the engine has announced, by URN. */
const announced = new Map<string, Inputs>();

/**
 * Changes nothing. The engine asks for remediations before it asks for violations, and only there the library lets a policy see
 * which inputs are secrets.
 */
const announcement: policy.ResourceValidationPolicy = {
  name: "see-secrets",
  description: "Sees which inputs are secrets, for the policies that ask for that.",
  enforcementLevel: "remediate",
  remediateResource: ({ urn, props }) => {
    announced.set(urn, rawOf(props as Inputs));
  },
};

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

function ofResource(rule: ResourcePolicy): policy.ResourceValidationPolicy {
  return {
    name: rule.name,
    description: rule.description,
    enforcementLevel: rule.level,
    validateResource: (args, report) => {
      const resource = resourceOf(args, announced.get(args.urn));
      for (const finding of rule.check(resource)) {
        if (!isExcepted(rule, resource, finding, exceptions)) {
          report(finding.message);
        }
      }
    },
  };
}

function ofStack(rule: StackPolicy): policy.StackValidationPolicy {
  return {
    name: rule.name,
    description: rule.description,
    enforcementLevel: rule.level,
    validateStack: ({ resources }, report) => {
      for (const finding of rule.checkStack(resources.map((one) => resourceOf(one)))) {
        if (!isExcepted(rule, finding.resource, finding, exceptions)) {
          report(finding.message, finding.resource.urn);
        }
      }
    },
  };
}

new policy.PolicyPack("sitewright", {
  policies: [
    announcement,
    ...policies.map((rule) => ("check" in rule ? ofResource(rule) : ofStack(rule))),
  ],
});
