import { standing } from "../../../../lab/network/standingNodes";
import { site } from "../../environment/site";

const [controlPlane, worker, ...others] = site("dev").nodes as [
  ReturnType<typeof site>["nodes"][number],
  ReturnType<typeof site>["nodes"][number],
  ...ReturnType<typeof site>["nodes"],
];
const all = [controlPlane, worker, ...others];
const containers = all.map(({ name }) => `sitewright-${name}`);

test("a node that is not listed any more keeps its flows as long as its machine is there", () => {
  const listed = [worker, ...others];
  expect(standing(all, listed, containers)).toEqual([controlPlane]);
  expect(standing(all, listed, containers.slice(1))).toEqual([]);
});

test("a node with another address keeps those of the old one; what is listed is not opened twice", () => {
  const readdressed = { ...worker, address: "172.30.10.99" };
  expect(standing(all, [controlPlane, readdressed, ...others], containers)).toEqual([worker]);
  expect(standing(all, all, containers)).toEqual([]);
});
