import { MEMBER_FILES } from "../../../cluster/memberFiles";
import { run } from "../remote/bash";

/** A member in a folder that stands for the machine's root, whose files were remembered before something happened to them. */
function member(happening: string) {
  const functions = MEMBER_FILES.replaceAll(/(?<=[ "=])\/(etc|var)\//g, "$FOLDER/$1/");
  return run(
    `cd $FOLDER
mkdir -p etc/kubernetes/manifests var/lib/kubelet
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
    { systemctl: 'echo "systemctl $*" >>"$FOLDER/log"', bash: "exit 0" },
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

test("another manifest that somebody has added is left alone", () => {
  expect(member("echo x >etc/kubernetes/manifests/other.yaml").stdout).toBe(
    "etcd\napi\nx\nkind\n3\n",
  );
});
