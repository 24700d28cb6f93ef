import { parse } from "smol-toml";

import { containerdConfig, registryMirrorHosts } from "../../../../cluster/node/containerd";
import { site } from "../../environment/site";

const cri = (stack: "dev" | "prd") =>
  (parse(containerdConfig(site(stack))) as any).plugins["io.containerd.grpc.v1.cri"]; // eslint-disable-line @typescript-eslint/no-explicit-any -- free form

test("the cgroup driver follows the kubelet's, which is systemd unless it says otherwise", () => {
  const driver = (stack: "dev" | "prd") =>
    cri(stack).containerd.runtimes.runc.options.SystemdCgroup;
  expect(driver("prd")).toBe(true);
  expect(driver("dev")).toBe(false);
});

test("sandbox image and oom score are the environment's", () => {
  expect(cri("prd")).toMatchObject({
    sandbox_image: "registry.k8s.io/pause:3.10.2",
    restrict_oom_score_adj: false,
  });
  expect(cri("dev")).toMatchObject({ restrict_oom_score_adj: true });
});

test("a mirror is asked for every image; without one there is no file", () => {
  expect(registryMirrorHosts(site("prd").containerd)).toBeUndefined();
  expect(parse(registryMirrorHosts(site("dev").containerd)!)).toEqual({
    host: { "http://registry.coolcorp.test:5000": { capabilities: ["pull", "resolve"] } },
  });
});
