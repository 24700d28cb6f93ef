import type { Deploy } from "../application";
import { Dashboard } from "./dashboard";
import type { DashboardSettings } from "./settings";

/** The dashboard and the account people read with. */
export const deploy: Deploy<DashboardSettings> = (own, { environment, ingress, opts }) => {
  const page = new Dashboard("dashboard", { environment, settings: own, ingress: ingress() }, opts);
  const { version, tokenSeconds } = own;
  const { url, namespace, serviceAccount, workload } = page;
  return {
    resources: [page],
    urls: [{ name: "dashboard", url, version, answers: [200], workload }],
    outputs: { dashboard: { namespace, serviceAccount, url, tokenSeconds } },
  };
};
