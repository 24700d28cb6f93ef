import type { Deploy } from "../application";
import type { WhoamiSettings } from "./settings";
import { Whoami } from "./whoami";

/** whoami in the zone of the ingress. */
export const deploy: Deploy<WhoamiSettings> = (own, { environment, ingress, opts }) => {
  const pods = new Whoami(
    "whoami",
    { environment, ingress: ingress(), app: "whoami", ...own },
    opts,
  );
  const { url, workload } = pods;
  return {
    resources: [pods],
    urls: [{ name: "whoami", url, version: own.version, answers: [200], workload }],
  };
};
