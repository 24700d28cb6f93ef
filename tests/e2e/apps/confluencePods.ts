import { DATABASE_SET } from "../../../apps/confluence/names";
import { readEnvironmentFile } from "../../environment";
import { checkout } from "../../../lib/paths";
import { environment, kubectl } from "../support/harness";

interface PodObject {
  metadata: { uid: string };
  spec: { nodeName: string };
  status: { podIP: string };
}

/** Title of the page that shows whether Confluence's data is there. */
export const title = "e2e canary";

/** Confluence's settings and its pods in the site under test. */
export function confluencePods() {
  const { confluence } = readEnvironmentFile(environment, { directory: checkout }).apps;
  const inNamespace = ["--namespace", confluence.namespace];
  return {
    ...confluence,
    inNamespace,
    databasePod: `${DATABASE_SET}-0`,
    /** Text of the page, another one in every run. */
    text: `written at ${new Date().toISOString()}`,
    pod: async (name: string): Promise<PodObject> =>
      JSON.parse(await kubectl(["get", "pod", ...inNamespace, name, "-o", "json"])) as PodObject,
    ready: (name: string) =>
      kubectl(["wait", ...inNamespace, `pod/${name}`, "--for=condition=Ready", "--timeout=110s"]),
  };
}
