import * as pulumi from "@pulumi/pulumi";

import { imageDigests } from "../../../kubernetes/imageDigests";

const DIGEST = `sha256:${"a".repeat(64)}`;
const lock = { "docker.io/library/app:1": DIGEST };
const LOCKED = `docker.io/library/app:1@${DIGEST}`;

function transformed(type: string, props: object, by = lock): object | undefined {
  const args = { type, props, opts: {}, name: "x", resource: {} as pulumi.Resource };
  return imageDigests(by)(args)?.props as object | undefined;
}

const container = (image: pulumi.Input<string>) => ({ name: "a", image });
const spec = {
  initContainers: [container("docker.io/library/app:1")],
  containers: [container("other.test/b:2")],
};
const locked = { initContainers: [container(LOCKED)], containers: [container("other.test/b:2")] };

test.each([
  ["kubernetes:core/v1:Pod", { spec }, { spec: locked }],
  [
    "kubernetes:apps/v1:Deployment",
    { spec: { template: { spec } } },
    { spec: { template: { spec: locked } } },
  ],
  [
    "kubernetes:batch/v1:CronJob",
    { spec: { jobTemplate: { spec: { template: { spec } } } } },
    { spec: { jobTemplate: { spec: { template: { spec: locked } } } } },
  ],
])("a pod of %s runs the images that the lockfile says", (type, props, expected) => {
  expect(transformed(type, props)).toEqual(expected);
});

test("a digest that is there stays, and nothing changes without a lockfile or pods", () => {
  const own = {
    spec: { containers: [container(`docker.io/library/app:1@sha256:${"b".repeat(64)}`)] },
  };
  expect(transformed("kubernetes:core/v1:Pod", own)).toEqual(own);
  expect(transformed("kubernetes:core/v1:Pod", { spec }, {} as typeof lock)).toBeUndefined();
  expect(transformed("kubernetes:core/v1:Service", { spec })).toBeUndefined();
});

test("an image that is known later gets its digest then", async () => {
  const later = pulumi.output("docker.io/library/app:1");
  const props = transformed("kubernetes:core/v1:Pod", {
    spec: { containers: [container(later)] },
  }) as {
    spec: { containers: { image: pulumi.Output<string> }[] };
  };
  const image = await new Promise((resolve) => props.spec.containers[0]!.image.apply(resolve));
  expect(image).toBe(LOCKED);
});
