import { type Canary, type CanaryObject, canaryObjects, lostOf } from "../../e2e/support/canaries";

const canaries: Canary[] = [
  { name: "t3-0", value: "one" },
  { name: "t3-1", value: "two" },
];
const found = () => canaryObjects(canaries, "t3") as CanaryObject[];

test("a canary is a ConfigMap and a Secret with its value and its group", () => {
  const [map, secret] = canaryObjects(canaries, "t3");
  expect(map).toMatchObject({ kind: "ConfigMap", data: { value: "one" } });
  expect(secret).toMatchObject({
    kind: "Secret",
    metadata: { name: "t3-0", labels: { "e2e-canary": "t3" } },
    data: { value: "b25l" },
  });
});

test("none is lost where all are there", () => {
  expect(lostOf(canaries, found())).toEqual([]);
});

test("one that is gone, and one with another value, are named with their kind", () => {
  const objects = found().filter(
    ({ kind, metadata }) => kind !== "ConfigMap" || metadata.name !== "t3-0",
  );
  objects.find(({ kind, metadata }) => kind === "Secret" && metadata.name === "t3-1")!.data = {
    value: "c3BvaWx0",
  };
  expect(lostOf(canaries, objects)).toEqual([
    "ConfigMap t3-0 is gone",
    "Secret t3-1 has another value",
  ]);
});
