import { kindOf } from "./pods";
import type { StackPolicy } from "../policy";
import { at, type Inputs, type Resource, UNKNOWN } from "../resource";

/** A drain of nodes may otherwise take all pods of an application at once. For a single pod a budget would only stop the drain. */
export const disruptionBudget: StackPolicy = {
  name: "disruption-budget",
  description: "What runs in several pods has a PodDisruptionBudget.",
  level: "mandatory",
  checkStack: (resources) => {
    const budgets = resources.filter((one) => kindOf(one) === "PodDisruptionBudget");
    return resources
      .filter((one) => isReplicated(one) && !budgets.some((budget) => covers(budget, one)))
      .map((resource) => ({
        resource,
        message: `${kindOf(resource)} ${String(at(resource.inputs, "metadata", "name"))} has several pods and no PodDisruptionBudget: add one whose selector matches their labels.`,
      }));
  },
};

function isReplicated(resource: Resource): boolean {
  const replicas = at(resource.inputs, "spec", "replicas");
  return (
    ["Deployment", "StatefulSet"].includes(kindOf(resource) ?? "") &&
    typeof replicas === "number" &&
    replicas > 1
  );
}

/** Whether the budget is of the same namespace and selects the workload's pods. */
function covers(budget: Resource, workload: Resource): boolean {
  const labels = at(workload.inputs, "spec", "template", "metadata", "labels");
  const selector = at(budget.inputs, "spec", "selector", "matchLabels");
  const namespaces = [budget, workload].map((one) => at(one.inputs, "metadata", "namespace"));
  if ([labels, selector, ...namespaces].includes(UNKNOWN)) {
    return true;
  }
  return (
    namespaces[0] === namespaces[1] &&
    Object.keys(selector ?? {}).length > 0 &&
    Object.entries(selector as Inputs).every(([key, value]) => at(labels, key) === value)
  );
}
