import { checkout } from "../../../lib/paths";
import { poll } from "../../../lib/poll";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import {
  edits,
  withChangedNode,
  withNodesLike,
  withoutNodes,
} from "../../e2e/support/environmentFile";
import { etcdMembers } from "../../e2e/support/etcdMembers";
import {
  changesIn,
  type Cut,
  docker,
  environment,
  expectSuccess,
  kubectl,
} from "../../e2e/support/harness";
import { deleteMachine } from "../../e2e/support/vcenter";
import { readEnvironmentFile } from "../../environment";
import { bringUp } from "../bringUp";
import { LONGEST_GAP, survives } from "../survives";

/** Its address is free in the site's LAN. */
const ADDED = { name: "hak8swok504", address: "172.30.110.64" };

/** Machines are lost for good: each is made again or leaves, and no other one is touched. */
export function lost(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const [, second, third] = site.nodes.filter(({ role }) => role === "control-plane");
  const worker = site.nodes.find(({ role }) => role === "worker")!.name;
  let edited: EditedCheckout;

  beforeAll(() => {
    edited = new EditedCheckout();
  });
  afterAll(() => edited.remove());

  const uids = async () =>
    JSON.parse(
      `{${(
        await kubectl([
          ...["get", "nodes"],
          '--output=jsonpath={range .items[*]}"{.metadata.name}":"{.metadata.uid}",{end}',
        ])
      ).replace(/,$/, "")}}`,
    ) as Record<string, string>;

  /** Runs a change after which exactly these nodes are others than before, or gone. */
  async function changing(names: readonly string[], change: () => Promise<void>): Promise<void> {
    const before = await uids();
    await change();
    const after = await uids();
    expect(Object.keys(before).filter((name) => before[name] !== after[name])).toEqual(names);
  }

  test("a control plane that was deleted in the vCenter is made again, and joins", () =>
    changing([third.name], async () => {
      const { api } = await survives("a control plane is lost", site.nodes, async () => {
        await deleteMachine(site.vsphere, third.name);
        await bringUp(edited);
      });
      expect(api.longestGap).toBeLessThan(LONGEST_GAP);
      expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
    }));

  test("one that is lost while it is a learner is made again, and no learner is left", () =>
    changing([second.name], async () => {
      edited.edit(withChangedNode(second.name, { generation: 2 }));
      await survives("a learner is lost", site.nodes, async () => {
        const learner = `${second.name} is a learner`;
        const cut: Cut = {
          signal: "SIGKILL",
          when: new RegExp(learner),
          watch: (tell) => whenLearner(second.address, () => tell(learner)),
        };
        expectSuccess(await edited.make("up", { stack: "infra" }));
        for (const stack of ["cluster", "infra"] as const) {
          expectSuccess(await edited.make("up", { stack }));
        }
        expect((await edited.make("up", { stack: "cluster", cut })).signal).toBe("SIGKILL");
        await deleteMachine(site.vsphere, second.name);
        await bringUp(edited);
      });
      expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
    }));

  test("a worker that is off for good leaves when another one is listed in its place, and comes back", async () => {
    await changing([worker], async () => {
      edited.edit(edits(withNodesLike(worker, [ADDED]), withoutNodes(worker)));
      await docker("kill", `sitewright-${worker}`);
      const { nodes } = readEnvironmentFile(environment, { directory: edited.folder });
      await survives("a dead worker leaves", nodes, () => bringUp(edited));
      expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
    });
    edited.revert();
    await bringUp(edited);
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
  });

  /** Calls when the member of etcd at an address is a learner. */
  function whenLearner(address: string, call: () => void): { stop: () => void } {
    let stopped = false;
    const others = site.nodes.filter(
      (node) => node.role === "control-plane" && node.address !== address,
    );
    const look = async () =>
      (await etcdMembers(others.map(({ name }) => name)).catch(() => [])).some(
        ({ isLearner, peerURLs }) => isLearner && peerURLs.join().includes(`//${address}:`),
      );
    void poll(look, (found) => found || stopped, { deadline: 600_000, interval: 200 }).then(
      (found) => found && call(),
    );
    return { stop: () => (stopped = true) };
  }
}
