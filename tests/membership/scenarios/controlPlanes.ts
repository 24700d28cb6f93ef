import { checkout } from "../../../lib/paths";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import {
  type Edit,
  edits,
  withChangedNode,
  withNodesLike,
  withoutNodes,
} from "../../e2e/support/environmentFile";
import { changesIn, environment, kubectl } from "../../e2e/support/harness";
import { readEnvironmentFile } from "../../environment";
import { bringUp } from "../bringUp";
import { LONGEST_GAP, survives } from "../survives";

/** Seconds that a change may take, twice the goal: machines differ by a factor of two. */
const CHANGE_SECONDS = 360;

/** Its address is free in the site's LAN. */
const SUCCESSOR = { name: "hak8smst504", address: "172.30.110.59" };

/** The control plane that made the cluster is replaced. */
export function founder(): void {
  const { change, first } = ofSite();

  test("the one that made the cluster is replaced under its own name", () =>
    change("the founder is replaced", withChangedNode(first.name, { generation: 2 })));
}

/** Control planes come and go, down to one and back. */
export function controlPlanes(): void {
  const { change, first, second, third } = ofSite();

  test("three become one, in one edit, and that one is none that made the cluster", () =>
    change("three control planes become one", withoutNodes(first.name, third.name)));

  test("the only one is replaced by a successor, and leaves last", () =>
    change(
      "the only control plane is replaced",
      edits(
        withNodesLike(second.name, [SUCCESSOR]),
        withoutNodes(first.name, second.name, third.name),
      ),
    ));

  test("one becomes three, and it is none of them", () =>
    change("one control plane becomes three", undefined));
}

/** The control planes of the site, and how it is changed. */
function ofSite() {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const [first, second, third] = site.nodes.filter(({ role }) => role === "control-plane");
  let edited: EditedCheckout;

  beforeAll(() => {
    edited = new EditedCheckout();
  });
  afterAll(() => edited.remove());

  /** Edits the committed file, undefined for not at all, and brings the cluster to it. */
  async function change(title: string, edit: Edit | undefined): Promise<void> {
    edited.revert();
    if (edit !== undefined) {
      edited.edit(edit);
    }
    const { nodes } = readEnvironmentFile(environment, { directory: edited.folder });
    const before = await identity();
    const begun = Date.now();
    const { api } = await survives(title, nodes, () => bringUp(edited));
    expect((Date.now() - begun) / 1000).toBeLessThan(CHANGE_SECONDS);
    expect(api.longestGap).toBeLessThan(LONGEST_GAP);
    expect(await identity()).toEqual(before);
    const again = await bringUp(edited);
    expect(again.flatMap(changesIn)).toEqual([]);
  }

  return { change, first, second, third };
}

/** What tells this cluster from another one: its CA, and the UID of a namespace that cannot be made again. */
async function identity(): Promise<string[]> {
  const ca = "jsonpath={.clusters[0].cluster.certificate-authority-data}";
  return [
    await kubectl(["config", "view", "--raw", `--output=${ca}`]),
    await kubectl(["get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"]),
  ];
}
