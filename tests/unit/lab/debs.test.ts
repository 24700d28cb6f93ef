import { existsSync } from "node:fs";
import { join } from "node:path";

import { debsOf, renderControl } from "../../../lab/node/debs";
import { expectGolden } from "../golden";

const debs = debsOf({ kubernetes: "1.36.3", cniPlugins: "1.9.1" });

test("the packages have upstream's names and versions", () => {
  expect(debs.map(({ name, version }) => `${name}=${version}`)).toEqual([
    "kubectl=1.36.3-1.1",
    "kubernetes-cni=1.9.1-1.1",
    "kubelet=1.36.3-1.1",
    "kubeadm=1.36.3-1.1",
  ]);
});

test("control files", () => {
  expectGolden("control", debs.map((deb) => renderControl(deb, "amd64")).join("\n"));
});

test("a control file names the processor of the programs", () => {
  for (const deb of debs) {
    expect(renderControl(deb, "arm64")).toContain("\nArchitecture: arm64\n");
  }
});

test("the files beside the binaries are there", () => {
  for (const name of debs.flatMap(({ files }) => Object.values(files))) {
    expect(existsSync(join(__dirname, "../../../lab/node", name))).toBe(true);
  }
});
