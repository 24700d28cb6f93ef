import { parseEnvironment } from "../../../environment/parse";
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

/** The lab with two more control planes. */
export function threeControlPlanes(): Environment {
  const raw = rawSite("dev");
  const [first] = raw["nodes"];
  raw["nodes"].push(
    { ...first, name: "devk8smst502", address: "172.30.10.57" },
    { ...first, name: "devk8smst503", address: "172.30.10.58" },
  );
  return parseEnvironment("dev", raw);
}
