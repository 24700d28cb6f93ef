import type { Deploy } from "../application";
import type { WhoamiSettings } from "./settings";
import { Whoami, type WhoamiArgs } from "./whoami";

/** whoami under the name of one of the two applications that it is. */
export const deployAs =
  (app: WhoamiArgs["app"]): Deploy<WhoamiSettings> =>
  (own, { environment, ingress, opts }) => {
    const pods = new Whoami(app, { environment, ingress: ingress(), app, ...own }, opts);
    const { url, workload } = pods;
    return {
      resources: [pods],
      urls: [{ name: app, url, version: own.version, answers: [200], workload }],
    };
  };

/** whoami in the zone of the ingress. */
export const deploy = deployAs("whoami");
