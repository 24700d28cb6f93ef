import type { Apps, Infra } from "../../../environment/contracts";
import { checkout } from "../../../lib/paths";
import { ConsulServers } from "../../e2e/apps/consulServers";
import type { Series } from "../../e2e/apps/reads";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import { withChangedNode } from "../../e2e/support/environmentFile";
import {
  changesIn,
  environment,
  expectSuccess,
  kubectl,
  make,
  outputs,
} from "../../e2e/support/harness";
import { KvReader } from "../../e2e/support/kvReader";
import { request, told } from "../../e2e/support/prober";
import { readEnvironmentFile } from "../../environment";
import { LONGEST_GAP, survives } from "../survives";

/** What users see of the applications while machines of a whole site are replaced. */
export function applications(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { whoami, confluence, consul } = site.apps;
  const controlPlanes = site.nodes.filter(({ role }) => role === "control-plane");
  const reader = new KvReader(consul);
  const servers = new ConsulServers(consul, reader);
  let edited: EditedCheckout;

  beforeAll(async () => {
    edited = new EditedCheckout();
    // On a machine that stays.
    await reader.start(controlPlanes.at(-1)!.name);
    await servers.whole();
  });
  afterAll(async () => {
    await reader.stop();
    edited.remove();
  });

  /** Replaces a machine by `make up`. */
  async function replaced(name: string, shell: Record<string, string> = {}) {
    const { address } = (await outputs<Infra>("infra", "infra")).api;
    const { ingressCaCertificate: ca } = await outputs<Required<Apps>>("apps", "apps");
    const page = (host: string) => request({ host }, { address, ca });
    edited.edit(withChangedNode(name, { generation: 2 }));
    let kv: Series | undefined;
    const seen = await survives(
      `${name} is replaced beside the applications`,
      site.nodes,
      async () => {
        kv = await reader.during(async () => expectSuccess(await edited.make("up", { shell })));
      },
      { whoami: page(whoami.host), confluence: page(confluence.host) },
    );
    console.log(`Consul's KV: ${told(kv!)}`);
    return { ...seen, kv: kv! };
  }

  test("a control plane is replaced: no application is away", async () => {
    const { api, whoami: page, kv } = await replaced(controlPlanes[0]!.name);
    expect(api.longestGap).toBeLessThan(LONGEST_GAP);
    expect(page.failed).toEqual([]);
    expect(kv.failed).toEqual([]);
  });

  test("a worker with data on it alone stays until the data is given up; then what has two replicas is never away", async () => {
    const name = await withFewestVolumes();
    edited.edit(withChangedNode(name, { generation: 2 }));
    const refused = await edited.make("up");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(`GIVE_UP_VOLUMES=${name}`);
    expect(await kubectl(["get", "node", name, "--output=jsonpath={.spec.unschedulable}"])).toBe(
      "",
    );

    for (const APP of ["consul", "confluence", "confluence-files", "noticeboard"]) {
      expectSuccess(await make("backup", { variables: { APP } }));
    }
    const { api, whoami: page, kv } = await replaced(name, { SITEWRIGHT_GIVE_UP_VOLUMES: name });
    expect(api.longestGap).toBeLessThan(LONGEST_GAP);
    expect(page.failed).toEqual([]);
    expect(kv.failed).toEqual([]);
    await servers.whole();
  });

  test("a second update changes nothing", async () => {
    expect(changesIn(await edited.make("up"))).toEqual([]);
  });

  /** The worker of Consul's zone with the fewest volumes. */
  async function withFewestVolumes(): Promise<string> {
    const on = (
      await kubectl([
        ...["get", "persistentvolumes"],
        "--output=jsonpath={.items[*].spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0]}",
      ])
    ).split(" ");
    const count = (node: string) => on.filter((one) => one === node).length;
    const names = (await servers.pods()).map(({ spec }) => spec.nodeName);
    return names.sort((one, other) => count(one) - count(other))[0]!;
  }
}
