import type { Apps, Infra } from "../../../environment/contracts";
import { checkout } from "../../../lib/paths";
import { eventually } from "../../e2e/cluster/pods";
import { type Configuration, previewWith, upWith } from "../../e2e/support/changedConfig";
import { environment, expectSuccess, kubectl, make, outputs } from "../../e2e/support/harness";
import { get, type Way } from "../../e2e/support/request";
import { readEnvironmentFile } from "../../environment";

interface Volume {
  metadata: { name: string };
  spec: { claimRef: { name: string } };
  status: { phase: string };
}

const KEEPING_CLASS = "vsphere-dts-ssd-retain";

/** Applications leave a running site, and their data does what its class says; the others go on, and all come back. */
export function applications(): void {
  const { whoami, confluence } = readEnvironmentFile(environment, { directory: checkout }).apps;
  let way: Way;

  const without =
    (...names: string[]) =>
    (configuration: Configuration): void =>
      names.forEach((name) => delete configuration["site:apps"][name]);
  const volumesOf = async (claim: string): Promise<Volume[]> => {
    const list = JSON.parse(await kubectl(["get", "pv", "-o", "json"])) as { items: Volume[] };
    return list.items.filter(({ spec }) => spec.claimRef.name === claim);
  };
  const whoamiAnswers = async (): Promise<void> => {
    expect((await get({ host: whoami.host }, way)).status).toBe(200);
  };

  beforeAll(async () => {
    const { address } = (await outputs<Infra>("infra", "infra")).api;
    const { ingressCaCertificate } = await outputs<Required<Apps>>("apps", "apps");
    way = { address, ca: ingressCaCertificate };
  });
  afterAll(async () => {
    expectSuccess(await make("up", { variables: { STACK: "apps" } }));
    expectSuccess(await make("status"));
  });

  test("a preview of a site without an application names what would go, its claims too", async () => {
    const previewed = await previewWith("apps", without("noticeboard"));
    expectSuccess(previewed);
    for (const name of ["noticeboard-data", "noticeboard-backup-volume", "noticeboard-secret"]) {
      expect(previewed.output).toMatch(new RegExp(`- +kubernetes:core\\S+ ${name} delete`));
    }
    expect(previewed.output).not.toMatch(/- +kubernetes:\S+ (whoami|confluence|consul)\S* delete/);
  });

  test("without Consul Traefik serves the certificates of hosts itself", async () => {
    expectSuccess(await upWith("apps", without("consul")));
    await whoamiAnswers();
    const { name } = confluence.publicHost;
    const { status, certificate } = await get({ host: name }, way);
    expect([200, 302]).toContain(status);
    expect(certificate?.subjectaltname).toBe(`DNS:${name}`);
    expect((await outputs<Apps>("apps", "apps")).kvCertificates).toBeUndefined();
  });

  test("a volume of a class that deletes goes with its application, one of a class that keeps stays", async () => {
    expectSuccess(await upWith("apps", without("noticeboard")));
    const left = async () =>
      (await volumesOf("pvc-noticeboard")).map(({ metadata }) => metadata.name).join();
    // The provisioner empties the folder first.
    expect(await eventually([""], left, { seconds: 120 })).toBe("");
    await whoamiAnswers();

    const keeping = (configuration: Configuration): void => {
      configuration["site:apps"]["noticeboard"].data.storageClass = KEEPING_CLASS;
    };
    expectSuccess(await upWith("apps", keeping));
    expectSuccess(await upWith("apps", without("noticeboard")));
    const [kept, ...others] = await volumesOf("pvc-noticeboard");
    expect(kept.status.phase).toBe("Released");
    expect(others).toEqual([]);
    await kubectl(["delete", "pv", kept.metadata.name]);
  });

  test("a site without any application has nothing of them", async () => {
    const all = ["consul", "ingress", "whoami", "outpost", "confluence", "dashboard"];
    expectSuccess(await upWith("apps", without(...all, "noticeboard")));
    const apps = await outputs<Apps>("apps", "apps");
    expect(apps).toEqual({ urls: [], internalCertificates: [], backups: [] });
  });
}
