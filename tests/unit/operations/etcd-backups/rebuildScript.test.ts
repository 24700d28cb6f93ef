import { parseAllDocuments } from "yaml";

import { immutableFactsText } from "../../../../cluster/state/immutableSettings";
import { verifyControlPlaneScript } from "../../../../cluster/kubeadm/init";
import { rebuildConfig, rebuildScript } from "../../../../operations/etcd-backups/rebuildScript";
import { answers, type FakeMachine, onMachine, said } from "../../cluster/member";
import { nodeOf } from "../../cluster/nodes";
import { site } from "../../environment/site";
import { archiveOf } from "./archives";

const environment = site("dev");
const node = nodeOf(environment, "control-plane", "lan");
const NEW = "4237558d-2231-78b9-e07e-e9028e7cf4a5";
const FROM = `${node.name}/20261130T120000Z.cms`;

const { path, sent } = archiveOf({
  "snapshot.db": "the snapshot\n",
  "init.yaml": "kind: InitConfiguration\n",
  "pki/ca.crt": "the CA\n",
  "pki/etcd/ca.key": "etcd's CA\n",
});

const READY = "get --raw /readyz";
const PROVIDER = "{.spec.providerID}";
const NODE = `get node ${node.name} --output name`;

/** Makes the control plane again on a machine; its files afterwards are on standard output. */
function rebuilt({
  files = "true",
  sends = `cp ${path} stdin`,
  kubectl = {},
  programs = {},
}: Partial<Pick<FakeMachine, "files" | "kubectl" | "programs">> & { sends?: string } = {}) {
  const script = rebuildScript(environment, node, { vmId: NEW, sent, from: FROM });
  const { status, stdout, stderr, log } = onMachine(
    `${script}
cd "$FOLDER"
find etc/kubernetes var/lib -type f | sort | grep --invert-match kept >&3
grep --recursive "" etc/kubernetes/pki etc/kubernetes/sitewright-complete >&3`,
    {
      files: `mkdir -p var/lib/etcd etc/kubernetes/manifests etc/kubernetes/apiserver
${files}
${sends}`,
      kubectl: {
        [READY]: ["echo ok"],
        [PROVIDER]: [`echo vsphere://${NEW}`],
        [NODE]: answers(said.member(node.name)),
        ...kubectl,
      },
      programs: {
        kubeadm: `echo "kubeadm $*" >>"$FOLDER/log"
case "$*" in
"config images list"*) printf '%s\\n' registry.k8s.io/pause:3 registry.k8s.io/etcd:3.6.8-0 ;;
"init --config"*)
  [[ -f $FOLDER/etc/kubernetes/pki/ca.crt && -f $FOLDER/var/lib/etcd/member/db ]] || exit 9
  touch "$FOLDER/etc/kubernetes/admin.conf" "$FOLDER"/etc/kubernetes/manifests/{etcd,kube-apiserver}.yaml ;;
esac`,
        ctr: `[[ $* == *" run "* ]] || exit 0
[[ $* == *"registry.k8s.io/etcd:3.6.8-0 etcd-recovery etcdutl snapshot restore $FOLDER/var/lib/sitewright/etcd-recovery/snapshot.db"*"--initial-cluster ${node.name}=https://${node.address}:2380"* ]] || exit 8
echo restored >>"$FOLDER/log"
data=$FOLDER/var/lib/sitewright/etcd-recovery/data
mkdir -p "$data/member"
echo recovered >"$data/member/db"`,
        df: "echo 99999999999",
        pidof: "exit 1",
        ...programs,
      },
    },
  );
  return { status, stderr, log, lines: stdout.split("\n") };
}

const COMPLETE = [
  "etc/kubernetes/admin.conf",
  "etc/kubernetes/manifests/etcd.yaml",
  "etc/kubernetes/manifests/kube-apiserver.yaml",
  "etc/kubernetes/pki/ca.crt",
  "etc/kubernetes/pki/etcd/ca.key",
  "etc/kubernetes/sitewright-complete",
  "var/lib/etcd/member/db",
  "var/lib/sitewright/member-version",
];

test("a machine with nothing on it becomes the control plane of the same cluster", () => {
  const { status, log, lines } = rebuilt();
  expect(status).toBe(0);
  expect(lines.filter((line) => /^(etc|var)[^:]*$/.test(line))).toEqual(COMPLETE);
  expect(lines).toContain("etc/kubernetes/pki/ca.crt:the CA");
  expect(log.split("\n").filter((line) => /^(kubeadm|restored)/.test(line))).toEqual([
    expect.stringMatching(/^kubeadm config images pull --config /),
    expect.stringMatching(/^kubeadm config images list --config /),
    "restored",
    expect.stringMatching(/^kubeadm init phase certs all --config /),
    expect.stringMatching(
      /^kubeadm init --config \S+ --skip-phases upload-config,upload-certs,bootstrap-token,addon,show-join-command /,
    ),
  ]);
  expect(log).not.toContain("delete node");
});

test("the program cluster takes it for the control plane that it knows", () => {
  const files = `mkdir -p etc/kubernetes/manifests; touch etc/kubernetes/admin.conf etc/kubernetes/manifests/kube-apiserver.yaml
printf '%s\\n' '${immutableFactsText(environment)}' >etc/kubernetes/sitewright-complete`;
  const { status } = onMachine(verifyControlPlaneScript(environment, node), {
    files,
    kubectl: {
      [READY]: ["echo ok"],
      "--ignore-not-found": answers(said.member(node.name)),
      "config set-cluster": ["true"],
    },
    programs: { kubeadm: `[[ $1 != kubeconfig ]] || echo "a kubeconfig"` },
  });
  expect(status).toBe(0);
  const { lines } = rebuilt();
  const marker = "etc/kubernetes/sitewright-complete:";
  expect(
    lines.filter((line) => line.startsWith(marker)).map((line) => line.slice(marker.length)),
  ).toEqual(immutableFactsText(environment).split("\n"));
});

test("before that, the program cluster names the command", () => {
  const { status, stderr } = onMachine(verifyControlPlaneScript(environment, node), {
    files: "true",
    kubectl: {},
  });
  expect(status).toBe(1);
  expect(stderr).toContain("make recover ENV=dev");
});

test.each([
  ["data of etcd", "mkdir -p var/lib/etcd/member; echo old >var/lib/etcd/member/db"],
  ["a kubelet that is part of a cluster", "touch etc/kubernetes/kubelet.conf"],
  ["a finished control plane", "touch etc/kubernetes/sitewright-complete"],
  [
    "a finished one that a recovery has made",
    "touch etc/kubernetes/sitewright-complete etc/kubernetes/sitewright-recovering",
  ],
  [
    "another cluster that was begun after a recovery",
    "touch etc/kubernetes/sitewright-begun etc/kubernetes/sitewright-recovering etc/kubernetes/admin.conf",
  ],
])("a machine with %s is left as it is", (_what, files) => {
  const { status, stderr, log } = rebuilt({ files });
  expect([status, log]).toEqual([1, ""]);
  expect(stderr).toContain("It is left as it is");
});

const BEGUN = `echo before >etc/kubernetes/sitewright-recovering
mkdir -p etc/kubernetes/pki var/lib/etcd/member
echo half >var/lib/etcd/member/db
echo another >etc/kubernetes/pki/ca.key
touch etc/kubernetes/admin.conf etc/kubernetes/kubelet.conf etc/kubernetes/manifests/etcd.yaml`;

test("a run that was cut off before the API answered is repeated, and its data put aside", () => {
  const { status, lines, log } = rebuilt({
    files: BEGUN,
    kubectl: { [READY]: ["exit 1", "echo ok"] },
  });
  expect(status).toBe(0);
  expect(lines.filter((line) => /^(etc|var)[^:]*$/.test(line))).toEqual(
    [...COMPLETE, expect.stringMatching(/^var\/lib\/etcd\/before-\d{8}T\d{6}Z\/db$/)].sort((a, b) =>
      `${a}`.localeCompare(`${b}`),
    ),
  );
  expect(log).toMatch(/systemctl stop kubelet[^]*restored/);
});

test("one that was cut off after that is only finished: what the cluster has written since stays", () => {
  const { status, lines, log } = rebuilt({ files: BEGUN });
  expect(status).toBe(0);
  expect(log).not.toMatch(/restored|kubeadm init|stop kubelet/);
  expect(lines[0]).toContain("the control plane that a recovery from before has made answers");
  expect(lines).toContain("etc/kubernetes/sitewright-complete");
  expect(lines).not.toContain("etc/kubernetes/sitewright-recovering");
});

test("the Node of a machine that the vCenter has no more is made again", () => {
  const { status, log } = rebuilt({
    kubectl: { [PROVIDER]: ["echo vsphere://99999999-2231-78b9-e07e-e9028e7cf4a5"] },
  });
  expect(status).toBe(0);
  expect(log).toMatch(
    new RegExp(
      `delete node ${node.name}\n[^]*systemctl stop kubelet\n[^]*systemctl start kubelet\n[^]*label --overwrite node ${node.name}`,
    ),
  );
});

test.each([
  ["without a cloud provider", "true"],
  ["of this machine, in capitals", `echo vsphere://${NEW.toUpperCase()}`],
])("a Node %s stays", (_what, says) => {
  const { status, log } = rebuilt({ kubectl: { [PROVIDER]: [says] } });
  expect(status).toBe(0);
  expect(log).not.toContain("delete node");
});

test("a Node of which the API says nothing is not deleted, and the rest is done by the next run", () => {
  const { status, log } = rebuilt({ kubectl: { [PROVIDER]: answers(said.silent) } });
  expect(status).not.toBe(0);
  expect(log).not.toContain("delete node");
});

test.each([
  ["that arrived in part", { sends: `head --bytes=900 ${path} >stdin` }, "did not arrive whole"],
  ["for which there is no room", { programs: { df: "echo 5" } }, "machine has 5 bytes free"],
])("a backup %s touches nothing", (_what, machine, why) => {
  const { status, stderr, log } = rebuilt(machine);
  expect([status, log]).toEqual([1, ""]);
  expect(stderr).toContain(why);
});

test("kubeadm takes the folder with the data, and all else is as at the first time", () => {
  const documents = (text: string) =>
    parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
  const [init] = documents(rebuildConfig(environment, node));
  expect(init).toMatchObject({
    nodeRegistration: {
      ignorePreflightErrors: ["SystemVerification", "DirAvailable--var-lib-etcd"],
    },
  });
  const all = {
    ...environment,
    kubernetes: { ...environment.kubernetes, ignorePreflightErrors: ["all"] },
  };
  expect(documents(rebuildConfig(all, node))[0]).toMatchObject({
    nodeRegistration: { ignorePreflightErrors: ["all"] },
  });
});
