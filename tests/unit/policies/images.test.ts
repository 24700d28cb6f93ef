import { imageDigest, imageVersion } from "../../../policies/rules/images";
import type { Resource } from "../../../policies/resource";
import { DEPLOYMENT, deployment, made, podSpec } from "./made";
import { testPolicy } from "./testPolicy";

const pod = (container: object, spec: object = {}): Resource[] => [
  made(DEPLOYMENT, deployment(podSpec({ ...container }, { ...spec }))),
];
/** Without a file, which counts as production that asks for digests; that of prd waits for its lockfile. */
const image = (reference: string, environment = "nowhere"): Resource[] => [
  made(DEPLOYMENT, deployment(podSpec({ image: reference })), { environment }),
];

testPolicy(imageVersion, {
  fires: [
    ["latest", image("docker.io/library/app:latest"), /app:latest is whatever is newest/],
    ["no tag", image("registry.example:5000/app"), /registry\.example:5000\/app is/],
    [
      "an image of a preparing container",
      pod({}, { initContainers: [{ name: "i", image: "x" }] }),
      /image x/,
    ],
  ],
  silent: [
    ["a release", image("registry.example:5000/app:1.2.3")],
    ["a digest", image("registry.example/app@sha256:00")],
  ],
});

testPolicy(imageDigest, {
  fires: [
    [
      "a release in production",
      image("registry.example/app:1.2.3"),
      /with make images ENV=nowhere/,
    ],
  ],
  silent: [
    ["a release elsewhere", image("registry.example/app:1.2.3", "dev")],
    ["a release where no lockfile was made yet", image("registry.example/app:1.2.3", "prd")],
    ["a digest", image("registry.example/app:1.2.3@sha256:00")],
  ],
});
