import { type MemberHealth, quorumFaults, quorumOf } from "../../../../operations/leaving/quorum";

const member = (name: string, { fault = "", isLearner = false } = {}): MemberHealth => ({
  member: {
    id: `id-${name}`,
    name,
    isLearner,
    peerURLs: [`https://${name || "10.0.0.9"}:2380`],
    clientURLs: [],
  },
  ...(fault === "" ? {} : { fault }),
});
const dead = (name: string) => member(name, { fault: "context deadline exceeded" });
const learner = (name: string) => member(name, { isLearner: true, fault: "a learner" });

test("the quorum", () => {
  expect([1, 2, 3, 4, 5].map(quorumOf)).toEqual([1, 2, 2, 3, 3]);
});

test("a healthy member leaves healthy voters behind, two of them too", () => {
  expect(quorumFaults(member("a"), [member("b")])).toEqual([]);
  expect(quorumFaults(member("a"), [member("b"), member("c")])).toEqual([]);
  expect(quorumFaults(member("a"), [member("b"), member("c"), member("d")])).toEqual([]);
});

test.each([
  ["is dead", dead("c"), "c: voter, context deadline exceeded"],
  ["has no vote yet", learner("c"), "c: learner, without a vote, a learner"],
  [
    "has never started",
    member("", { isLearner: true, fault: "x" }),
    "the member at https://10.0.0.9:2380: learner",
  ],
])("a healthy member stays while another one %s, and the text names all", (_, other, text) => {
  const [fault] = quorumFaults(member("a"), [member("b"), other]);
  expect(fault).toContain(text);
  expect(fault).toContain("a: voter, healthy");
  expect(fault).toContain("b: voter, healthy");
});

test("also where the rest would have a quorum", () => {
  const rest = [member("b"), member("c"), member("d"), dead("e")];
  expect(quorumFaults(member("a"), rest)).toHaveLength(1);
});

test("a dead member leaves if the others have the quorum, which counts it", () => {
  expect(quorumFaults(dead("a"), [member("b"), member("c")])).toEqual([]);
  expect(quorumFaults(dead("a"), [member("b"), member("c"), member("d"), dead("e")])).toEqual([]);
  expect(quorumFaults(dead("a"), [member("b")])[0]).toContain(
    "2 healthy voters are needed, and there are 1",
  );
  expect(quorumFaults(dead("a"), [member("b"), dead("c")])).toHaveLength(1);
  expect(quorumFaults(dead("a"), [member("b"), learner("c")])).toHaveLength(1);
});

test("a learner leaves if the voters have a quorum, and is not counted", () => {
  expect(quorumFaults(learner("a"), [member("b")])).toEqual([]);
  expect(quorumFaults(learner("a"), [member("b"), member("c"), dead("d")])).toEqual([]);
  expect(quorumFaults(learner("a"), [member("b"), dead("c")])).toHaveLength(1);
  expect(quorumFaults(learner("a"), [learner("b")])).toHaveLength(1);
});

test("the last one never leaves", () => {
  for (const one of [member("a"), dead("a"), learner("a")]) {
    expect(quorumFaults(one, [])[0]).toContain("a is the last member of etcd");
  }
});
