import type { Deploy } from "../application";
import { Whoami } from "../whoami/whoami";
import type { OutpostSettings } from "./settings";

/** whoami in another zone, as the outpost. */
export const deploy: Deploy<OutpostSettings> = (own, { environment, ingress, opts }) => {
  const pods = new Whoami(
    "outpost",
    { environment, ingress: ingress(), app: "outpost", ...own },
    opts,
  );
  const { url, workload } = pods;
  return {
    resources: [pods],
    urls: [{ name: "outpost", url, version: own.version, answers: [200], workload }],
  };
};
