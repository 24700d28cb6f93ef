import { checkout } from "../../../lib/paths";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import {
  edits,
  withChangedNode,
  withNodesLike,
  withoutNodes,
} from "../../e2e/support/environmentFile";
import { changesIn, environment, kubectl } from "../../e2e/support/harness";
import { readEnvironmentFile } from "../../environment";
import { bringUp } from "../bringUp";
import { survives } from "../survives";

/** Its address is free in the site's LAN. */
const ADDED = { name: "hak8swok504", address: "172.30.110.64" };

/** Members come, go and are replaced in one edit of the file. */
export function oneEdit(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const named = (role: string) => site.nodes.filter((node) => node.role === role);
  const [controlPlane] = named("control-plane").slice(-1);
  const [leaving, replaced] = named("worker");
  let edited: EditedCheckout;

  beforeAll(() => {
    edited = new EditedCheckout();
  });
  afterAll(() => edited.remove());

  const nodes = () => readEnvironmentFile(environment, { directory: edited.folder }).nodes;
  const there = async () =>
    (await kubectl(["get", "nodes", "--output=jsonpath={.items[*].metadata.name}"]))
      .split(" ")
      .sort();

  test("a worker is added, one removed, one replaced, and a control plane replaced", async () => {
    edited.edit(
      edits(
        withNodesLike(leaving!.name, [ADDED], 0),
        withoutNodes(leaving!.name),
        withChangedNode(replaced!.name, { generation: 2 }),
        withChangedNode(controlPlane!.name, { generation: 2 }),
      ),
    );
    await survives("one edit adds, removes and replaces", nodes(), () => bringUp(edited));
    expect(await there()).toEqual(
      nodes()
        .map(({ name }) => name)
        .sort(),
    );
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
  });

  test("and back", async () => {
    edited.revert();
    await survives("one edit takes it back", nodes(), () => bringUp(edited));
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
  });
}
