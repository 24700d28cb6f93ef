import { memberFiles } from "../../../../cluster/kubeadm/memberFiles";
import { site } from "../../environment/site";
import { run } from "../../ssh/bash";

/** A member in a folder that stands for the machine's root, whose files were remembered before something happened to them. */
function member(happening: string) {
  const functions = memberFiles(site("dev")).replaceAll(
    /(?<=[ "=><])\/(etc|var)\//g,
    "$FOLDER/$1/",
  );
  return run(
    `cd $FOLDER
mkdir -p etc/kubernetes/manifests var/lib/kubelet var/lib/sitewright
echo etcd >etc/kubernetes/manifests/etcd.yaml
echo api >etc/kubernetes/manifests/kube-apiserver.yaml
echo kind >var/lib/kubelet/config.yaml
${functions}
keep_member
${happening}
put_back_member
cat etc/kubernetes/manifests/*.yaml var/lib/kubelet/config.yaml
ls --almost-all etc/kubernetes/manifests | wc -l`,
    // The kubelet answers at once.
    {
      kubelet: 'cat "$FOLDER/kubelet" 2>/dev/null || echo Kubernetes v1.36.3',
      systemctl: 'echo "systemctl $*" >>"$FOLDER/log"',
      bash: "exit 0",
    },
    ["/bin/bash", "-c", 'exec /bin/bash "${@:2}"', "-"],
  );
}

test("what is right stays as it is, and nothing is restarted", () => {
  expect(member("true")).toMatchObject({ status: 0, stdout: "etcd\napi\nkind\n2\n", log: "" });
});

test("a manifest is put back for the kubelet to see, which is not restarted", () => {
  const { stdout, log } = member(
    "echo x >>etc/kubernetes/manifests/etcd.yaml; rm etc/kubernetes/manifests/kube-apiserver.yaml",
  );
  expect(stdout).toMatch(/^put back as this program had left them: .*\netcd\napi\nkind\n2\n$/);
  expect(log).toBe("");
});

test("for its own configuration the kubelet is restarted once", () => {
  const { stdout, log } = member("echo maxPods: 1 >>var/lib/kubelet/config.yaml");
  expect(stdout).toMatch(/\netcd\napi\nkind\n2\n$/);
  expect(log).toBe("systemctl restart kubelet\n");
});

test("another manifest that was added is left alone", () => {
  expect(member("echo x >etc/kubernetes/manifests/other.yaml").stdout).toBe(
    "etcd\napi\nx\nkind\n3\n",
  );
});

describe("a member that was upgraded by hand", () => {
  const image = (name: string, tag: string) =>
    `echo '  image: registry:5000/${name}:${tag}' >etc/kubernetes/manifests/${name}.yaml`;
  const upgraded = (etcd: string, api: string, kubelet: string) =>
    `rm etc/kubernetes/manifests/*
${image("etcd", "3.5.1")}; ${image("kube-apiserver", "v1.35.0")}; echo Kubernetes v1.35.0 >kubelet
keep_member
echo maxPods: 1 >>var/lib/kubelet/config.yaml
${image("etcd", etcd)}; ${image("kube-apiserver", api)}; echo Kubernetes ${kubelet} >kubelet`;

  test("to what the environment says is remembered as it is", () => {
    const { status, stdout, stderr } = member(
      `${upgraded("3.6.5", "v1.36.3", "v1.36.3")}
put_back_member
echo second >&2`,
    );
    expect(status).toBe(0);
    expect(stdout).toContain("etcd:3.6.5");
    expect(stdout).toContain("kube-apiserver:v1.36.3");
    expect(stdout).toContain("maxPods: 1");
    expect(stderr).toMatch(
      /upgraded by hand:\n {2}kubelet: Kubernetes v1.35.0, now Kubernetes v1.36.3\n/,
    );
    // Once remembered it is a member like any other.
    expect(stderr.split("second")[1]).toBe("\n");
  });

  test.each([
    ["all of it to another version", "3.6.5", "v1.37.2", "v1.37.2"],
    ["its kubelet not yet", "3.6.5", "v1.36.3", "v1.35.0"],
    ["its API server not yet", "3.6.5", "v1.35.0", "v1.36.3"],
  ])("%s: nothing is put back, and both versions are named", (_what, etcd, api, kubelet) => {
    const { status, stderr, stdout, log } = member(
      `trap 'cat etc/kubernetes/manifests/*.yaml var/lib/kubelet/config.yaml' EXIT
${upgraded(etcd, api, kubelet)}`,
    );
    expect(status).toBe(1);
    expect(stdout).toContain(`etcd:${etcd}`);
    expect(stdout).toContain("maxPods: 1");
    expect(stderr).toContain("etcd.yaml: 3.5.1, now 3.6.5");
    expect(stderr).toContain("The environment asks for 1.36.3.");
    expect(log).toBe("");
  });

  test("by its etcd alone, which may have changed its data: the older one is not started over it", () => {
    const { status, stdout } = member(
      `${image("etcd", "3.5.1")}; ${image("kube-apiserver", "v1.36.3")}; keep_member; ${image("etcd", "3.6.5")}`,
    );
    expect(status).toBe(0);
    expect(stdout).toContain("etcd:3.6.5");
  });

  test("a worker, which has no manifests, is known by its kubelet", () => {
    const { status, stdout } = member(
      "rm etc/kubernetes/manifests/*; echo Kubernetes v1.35.0 >kubelet; keep_member; rm kubelet; echo new >var/lib/kubelet/config.yaml; touch etc/kubernetes/manifests/none.yaml",
    );
    expect(status).toBe(0);
    expect(stdout).toContain("new\n");
  });
});
