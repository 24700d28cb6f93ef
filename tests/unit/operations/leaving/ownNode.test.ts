import type { ListedMember } from "../../../../kubernetes/etcdMembers";
import { isOwnMember, ownershipOf } from "../../../../operations/leaving/ownNode";
import { machine, node } from "./objects";

const c1 = machine("c1");
const member = (name: string, address: string): ListedMember => ({
  ...{ id: "1", name, isLearner: name === "", clientURLs: [] },
  peerURLs: [`https://${address}:2380`],
});

describe("the Node of a machine", () => {
  test("is the one with its UUID, whatever the case of its letters and its address", () => {
    const own = node("c1", { address: "10.0.0.77" });
    expect(ownershipOf(c1, [node("c2"), own])).toEqual({ kind: "own", node: own });
  });
  test("is not one of the same name with another UUID, even at the same address", () => {
    expect(ownershipOf(c1, [node("c1", { vmId: "another" })])).toEqual({
      kind: "foreign",
      why: "it was made for the machine another, this one is vm-of-c1",
    });
  });
  test("without a UUID is one that has no other address", () => {
    expect(ownershipOf(c1, [node("c1", { vmId: "" })]).kind).toBe("own");
    expect(ownershipOf(c1, [node("c1", { vmId: "", address: "" })]).kind).toBe("own");
    expect(ownershipOf(c1, [node("c1", { vmId: "", address: "10.0.0.77" })])).toEqual({
      kind: "foreign",
      why: "its address is 10.0.0.77, this machine's is 10.0.0.1",
    });
  });
  test("may be gone", () => {
    expect(ownershipOf(c1, [node("c2")])).toEqual({ kind: "absent" });
  });
});

describe("a member of etcd is this machine's", () => {
  const own = [node("c1"), node("c2")];
  const foreign = [node("c1", { vmId: "another", address: "10.0.0.77" }), node("c2")];
  test.each([
    ["by its peer URL, without a name", own, member("", "10.0.0.1"), true],
    ["by its peer URL, without a Node", [node("c2")], member("c1", "10.0.0.1"), true],
    ["by its name, where the Node is its own", own, member("c1", "10.0.0.77"), true],
    [
      "by its address, where the Node has moved to another machine",
      foreign,
      member("c1", "10.0.0.1"),
      true,
    ],
  ])("%s", (_, nodes, one, is) => {
    expect(isOwnMember(c1, nodes, one)).toBe(is);
  });
  test.each([
    ["of another Node's address", own, member("c1", "10.0.0.2")],
    ["of the machine that has its name now", foreign, member("c1", "10.0.0.77")],
    [
      "of the machine that has its name and its address now",
      [node("c1", { vmId: "another" })],
      member("c1", "10.0.0.1"),
    ],
    ["whose address only begins alike", own, member("", "10.0.0.11")],
    ["of its name, without a Node", [node("c2")], member("c1", "10.0.0.77")],
  ])("but not one %s", (_, nodes, one) => {
    expect(isOwnMember(c1, nodes, one)).toBe(false);
  });
});
