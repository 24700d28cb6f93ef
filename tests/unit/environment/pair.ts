import { parseEnvironment } from "../../environment";
import type { Environment } from "../../../environment/schema";
import { rawSite } from "./site";

/** A committed environment whose load balancer is a pair that keeps the address of the API. */
export function rawPair(stack: "dev" | "prd"): ReturnType<typeof rawSite> {
  const raw = rawSite(stack);
  const { name, address } = raw["loadBalancer"];
  const network = (address as string).replace(/[0-9]+$/, "");
  raw["loadBalancer"].address = `${network}46`;
  raw["loadBalancer"].pair = {
    name: (name as string).replace("501", "502"),
    address: `${network}47`,
    virtualAddress: address,
    routerId: 51,
  };
  return raw;
}

/** The same, parsed. */
export function pairSite(stack: "dev" | "prd"): Environment {
  return parseEnvironment(stack, rawPair(stack));
}
