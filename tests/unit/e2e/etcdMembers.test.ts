import { readMembers, votersOf } from "../../e2e/support/etcdMembers";

const nodes = [
  { name: "hak8smst502", address: "172.30.110.57" },
  { name: "hak8smst501", address: "172.30.110.56" },
];
const [second, first] = nodes.map(({ name, address }) => ({
  name,
  peerURLs: [`https://${address}:2380`],
}));

test("control planes that are members with a vote are as expected, in any order", () => {
  expect(readMembers(JSON.stringify({ members: [second, first] }))).toEqual(votersOf(nodes));
});

test("a learner, a stranger and one that has not started are not", () => {
  const unstarted = { peerURLs: second!.peerURLs };
  for (const members of [
    [first, { ...second, isLearner: true }],
    [first, second, { name: "other", peerURLs: ["https://172.30.110.99:2380"] }],
    [first, unstarted],
    [first],
  ]) {
    expect(readMembers(JSON.stringify({ members }))).not.toEqual(votersOf(nodes));
  }
});
