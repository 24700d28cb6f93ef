import { CONFLUENCE_SET, DATABASE_SERVICE, PORTS } from "../../../apps/confluence/names";
import { hardenedContainer, hardenedPod } from "../../../kubernetes/restricted";
import { agnhost, CONNECTED, connects, eventually, manifest, REFUSALS } from "../cluster/pods";
import { kubectl } from "../support/harness";
import { Wiki } from "../support/wiki";
import { confluencePods, title } from "./confluencePods";

/** A namespace beside the site's, without any policy: what is refused to its pod, others refuse. */
const foreign = "e2e-confluence";
const caller = "e2e-caller";

export function confluence(): void {
  const { namespace, host, publicHost, databasePod, text, inNamespace, pod, ready } =
    confluencePods();
  const hosts = [host, publicHost.name];
  let wiki: Wiki;

  const canary = (seconds: number) => wiki.until(publicHost.name, title, text, seconds);

  beforeAll(async () => {
    wiki = await Wiki.find();
    await wiki.write(publicHost.name, title, text);
  });

  test.each(hosts)("%s shows the page and says that it is well", async (at) => {
    expect(await wiki.has(at, title, text)).toBe(true);
    expect(await wiki.ask(at, "/status")).toEqual({ status: 200, body: '{"state":"RUNNING"}' });
  });

  describe.each(hosts)("%s keeps the pages of setup and restore to itself", (at) => {
    test.each([
      "/setup/setupadministrator.action",
      "/setup",
      "/setup/setupadministrator-start.action",
      "//setup//setupadministrator-start.action",
      "//setup/setupadministrator.action",
      "/%73etup/setupadministrator.action",
      "/%73etup/setupadministrator-start.action",
      "/%2573etup/setupadministrator.action",
      "/./setup/setupadministrator.action",
      "/x/../setup/setupadministrator.action",
      "/pages/..;/setup/setupadministrator-start.action",
      "/x/..;/setup/setupadministrator.action",
      "/setup;jsessionid=1/setupadministrator-start.action",
      "/setup;a=b/setupadministrator.action",
      "/;/setup/setupadministrator.action",
      "/setup%2Fsetupadministrator.action",
      "/server-info.action?bootstrapStatusProvider.applicationConfig.setupComplete=false",
      "/server-info.action;x",
      "/json/setup-restore.action",
      "/json/setup-restore-local.action",
      "/json/setup-restore-progress.action",
      "/json%2Fsetup-restore.action",
      "/json;x/setup-restore.action",
      "/json/%73etup-restore.action",
    ])("%s", async (path) => {
      for (const form of [undefined, { a: "b" }]) {
        const { status, body } = await wiki.ask(at, path, form);
        expect([400, 404]).toContain(status);
        // Traefik's own answers: Confluence's would have a page.
        expect(body).toMatch(/^(404 page not found\s*)?$/);
      }
    });
  });

  describe("a pod in a foreign namespace", () => {
    beforeAll(async () => {
      const { spec } = await pod(databasePod);
      await kubectl(
        ["apply", "-f", "-"],
        manifest([
          { apiVersion: "v1", kind: "Namespace", metadata: { name: foreign } },
          // Beside the database, where no other node's rules are in the way.
          podOf(caller, foreign, { image: agnhost, args: ["pause"] }, { nodeName: spec.nodeName }),
        ]),
      );
      const wait = ["--for=condition=Ready", "--timeout=90s"];
      await kubectl(["wait", "--namespace", foreign, `pod/${caller}`, ...wait]);
    });
    afterAll(() => kubectl(["delete", "namespace", foreign, "--ignore-not-found", "--wait=false"]));

    test("reaches the API, so that the refusals below are the policies'", async () => {
      const api = "kubernetes.default.svc.cluster.local:443";
      expect(await connects([CONNECTED], foreign, caller, api)).toBe("connected");
    });

    test.each([PORTS.postgres, PORTS.adminer])(
      "does not reach the database at %s",
      async (port) => {
        const { status } = await pod(databasePod);
        for (const at of [status.podIP, `${DATABASE_SERVICE}.${namespace}.svc.cluster.local`]) {
          expect(REFUSALS).toContain(await connects(REFUSALS, foreign, caller, `${at}:${port}`));
        }
      },
    );
  });

  test.each([
    ["Confluence", `${CONFLUENCE_SET}-0`],
    ["the database", databasePod],
  ])("the page is there again after the pod of %s is deleted", async (what, name) => {
    const before = await pod(name);
    await kubectl(["delete", "pod", ...inNamespace, name, "--timeout=100s"]);
    await eventually(["new"], async () =>
      (await pod(name).catch(() => before)).metadata.uid === before.metadata.uid ? "old" : "new",
    );
    await ready(name);
    const seconds = await canary(120);
    console.log(`${what}: the page is back ${seconds.toFixed(1)} s after its new pod is ready`);
  });
}

/** A pod of one container that satisfies level restricted. */
function podOf(name: string, namespace: string, container: object, spec: object): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: hardenedPod,
      containers: [{ name, securityContext: hardenedContainer, ...container }],
      ...spec,
    },
  };
}
