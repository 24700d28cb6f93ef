import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { site } from "../environment/site";

const folder = join(__dirname, "../../../lab/images");
const table = parse(readFileSync(join(folder, "images.yaml"), "utf8")) as {
  bases: Record<string, { packages: string[] }>;
  images: { name: string; tag: string; release?: string }[];
};
const served = table.images.map(({ name, tag }) => `${name}:${tag}`);

test("the registry has every image that the lab's environment asks for by version", () => {
  const { kubernetes, containerd, cni, volumes, apps, backups } = site("dev");
  const control = ["apiserver", "controller-manager", "scheduler", "proxy"];
  expect(served).toEqual(
    expect.arrayContaining(control.map((part) => `kube-${part}:v${kubernetes.version}`)),
  );
  expect(served).toContain(containerd.sandboxImage.replace(/^[^/]+\//, ""));
  expect(served).toContain(`library/traefik:v${apps.ingress.traefikVersion}`);
  expect(served).toContain(`traefik/whoami:v${apps.whoami.version}`);
  if (cni.type === "flannel") {
    expect(served).toContain(`flannel/flannel:v${cni.flannelVersion}`);
    const { image, version } = cni.conflist;
    expect(served).toContain(`${image.replace("docker.io/", "")}:${version}`);
    expect(served).toContain(`cloudnativelabs/kube-router:v${cni.kubeRouterVersion}`);
  }
  const { consul, confluence, dashboard } = apps;
  expect(served).toContain(`hashicorp/consul:${consul.version}`);
  expect(served).toContain(`library/postgres:${confluence.database.version}`);
  expect(served).toContain(`${backups.image.replace("docker.io/", "")}:${backups.version}`);
  expect(served).toContain(`library/adminer:${confluence.database.adminerVersion}`);
  const ours = /^docker\.io\//;
  expect(served).toContain(`${confluence.image.replace(ours, "")}:${confluence.version}`);
  expect(served).toContain(`${dashboard.image.replace(ours, "")}:v${dashboard.version}`);
  if (kubernetes.cloudProvider !== undefined) {
    const { version } = kubernetes.cloudProvider;
    expect(served).toContain(`cloud-pv-vsphere/cloud-provider-vsphere:v${version}`);
  }
  if (volumes.provisioner === "local-path") {
    expect(served).toContain(`rancher/local-path-provisioner:v${volumes.version}`);
  }
});

test("the README tells of every image what it is, in the table's order", () => {
  const rows = readFileSync(join(folder, "README.md"), "utf8").matchAll(
    /^\| (\S+:\S+) +\| +\S.*\|.*\|$/gm,
  );
  expect([...rows].map(([, reference]) => reference)).toEqual(served);
});

test("the Debian system has the packages that tags are named after", () => {
  const listed = readFileSync(join(folder, "packages"), "utf8").split("\n");
  const named = table.images.flatMap(({ release }) => release ?? []);
  expect(named).not.toEqual([]);
  expect(listed).toEqual(expect.arrayContaining(named));
});
