import { parseEnvironment } from "../../environment";
import type { Environment, NodeSpec } from "../../../environment/schema";
import { rawSite } from "../environment/site";

/** The first node of a role in a zone. */
export function nodeOf({ nodes }: Environment, role: NodeSpec["role"], zone: string): NodeSpec {
  const node = nodes.find((one) => one.role === role && one.zone === zone);
  if (node === undefined) {
    throw new Error(`The environment has no ${role} in ${zone}.`);
  }
  return node;
}

/** A committed environment, the lab unless told otherwise, with two more control planes. */
export function threeControlPlanes(
  stack: "dev" | "prd" = "dev",
  raw: ReturnType<typeof rawSite> = rawSite(stack),
): Environment {
  const [first] = raw["nodes"];
  const network = first.address.replace(/[0-9]+$/, "");
  raw["nodes"].push(
    { ...first, name: `${stack}k8smst502`, address: `${network}57` },
    { ...first, name: `${stack}k8smst503`, address: `${network}58` },
  );
  return parseEnvironment(stack, raw);
}
