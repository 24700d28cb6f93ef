import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { site } from "../environment/site";

const table = parse(readFileSync(join(__dirname, "../../../lab/images/images.yaml"), "utf8")) as {
  images: { name: string; tag: string }[];
};
const served = table.images.map(({ name, tag }) => `${name}:${tag}`);

test("the registry has every image that the lab's environment asks for by version", () => {
  const { kubernetes, containerd, cni, apps } = site("dev");
  const control = ["apiserver", "controller-manager", "scheduler", "proxy"];
  expect(served).toEqual(
    expect.arrayContaining(control.map((part) => `kube-${part}:v${kubernetes.version}`)),
  );
  expect(served).toContain(containerd.sandboxImage.replace(/^[^/]+\//, ""));
  expect(served).toContain(`library/traefik:v${apps.ingress.traefikVersion}`);
  expect(served).toContain(`traefik/whoami:v${apps.whoami.version}`);
  if (cni.type === "flannel") {
    expect(served).toContain(`flannel/flannel:v${cni.flannelVersion}`);
    expect(served).toContain(`cloudnativelabs/kube-router:v${cni.kubeRouterVersion}`);
  }
});
