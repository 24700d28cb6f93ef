import { initializeScript, verifyControlPlaneScript } from "../../../../cluster/kubeadm/init";
import { immutableFacts } from "../../../../cluster/state/immutableSettings";
import { site } from "../../environment/site";
import { answers, type FakeMachine, onMachine, said } from "../member";
import { nodeOf } from "../nodes";

const environment = site("dev");
const node = nodeOf(environment, "control-plane", "lan");

const FACTS = Object.entries(immutableFacts(environment))
  .map(([key, is]) => `${key}=${is}`)
  .join("\n");
const HALF_MADE =
  "mkdir -p etc/kubernetes/manifests var/lib/etcd/member; touch etc/kubernetes/manifests/etcd.yaml";
const COMPLETE = `${HALF_MADE}; touch etc/kubernetes/admin.conf etc/kubernetes/manifests/kube-apiserver.yaml; printf '%s\\n' '${FACTS}' >etc/kubernetes/sitewright-complete`;

const LIST = "get nodes --output name";
const SECOND_CLUSTER = "--insecure-skip-tls-verify";
const READY = "admin.conf --request-timeout=5s get --raw /readyz";
const OWN_NODE = "--ignore-not-found";

const KUBECTL = {
  [SECOND_CLUSTER]: answers(said.silent),
  [READY]: ["echo ok"],
  [OWN_NODE]: answers(said.member(node.name)),
  "config set-cluster": ["true"],
};

function done(script: string, machine: Pick<FakeMachine, "files" | "kubectl">) {
  const { status, log, stderr, stdout } = onMachine(script, {
    files: machine.files,
    kubectl: { ...KUBECTL, ...machine.kubectl },
    programs: {
      // It leaves what a finished control plane has.
      kubeadm: `echo "kubeadm $*" >>"$FOLDER/log"
[[ $* != "init --config"* ]] || echo kubeconfig >"$FOLDER/etc/kubernetes/admin.conf"
[[ $1 != kubeconfig ]] || echo "a kubeconfig"`,
    },
  });
  return {
    status,
    stdout,
    stderr,
    log,
    reset: log.includes("kubeadm reset"),
    made: log.includes("kubeadm init --config"),
    restarted: stderr.includes("its kubelet is restarted"),
  };
}
const initialize = (machine: Parameters<typeof done>[1]) =>
  done(initializeScript(environment, node), machine);
const verify = (machine: Parameters<typeof done>[1]) =>
  done(verifyControlPlaneScript(environment, node), machine);

test("a machine with nothing on it becomes the control plane", () => {
  expect(initialize({ files: "true", kubectl: {} })).toMatchObject({
    ...{ status: 0, reset: false, made: true, stdout: "a kubeconfig\n" },
  });
});

test("what this program has begun and not finished is cleared and started again", () => {
  const files = `${HALF_MADE}; touch etc/kubernetes/sitewright-begun`;
  for (const list of [answers(said.silent), answers(said.member(node.name))]) {
    expect(initialize({ files, kubectl: { [LIST]: list } })).toMatchObject({
      ...{ status: 0, reset: true, made: true },
    });
  }
  expect(initialize({ files, kubectl: { [LIST]: ["echo node/other"] } })).toMatchObject({
    ...{ status: 1, reset: false, made: false },
  });
});

test.each([
  ["data of etcd that another program made", HALF_MADE, "has not begun to make"],
  [
    "a finished control plane without its kubeconfig",
    `${COMPLETE}; rm etc/kubernetes/admin.conf`,
    "nothing is made anew",
  ],
  [
    "a finished one whose API server's manifest was moved away",
    `${COMPLETE}; rm etc/kubernetes/manifests/kube-apiserver.yaml`,
    "nothing is made anew",
  ],
])("%s is left as it is, whatever the API answers", (_what, files, why) => {
  for (const list of [said.otherServer, said.silent, said.member(node.name)]) {
    const { stderr, ...rest } = initialize({ files, kubectl: { [LIST]: answers(list) } });
    expect(rest).toMatchObject({ status: 1, reset: false, made: false });
    expect(stderr).toContain(why);
  }
});

test("the first control plane's own Node comes back when it was deleted, with its marks", () => {
  const there = verify({ files: COMPLETE, kubectl: {} });
  expect(there).toMatchObject({ status: 0, restarted: false });
  const AGAIN = `get node ${node.name} --output name`;
  const gone = verify({
    files: COMPLETE,
    kubectl: {
      [OWN_NODE]: ["true"],
      [AGAIN]: answers(said.notFound(node.name), said.member(node.name)),
    },
  });
  expect(gone).toMatchObject({ status: 0, restarted: true });
  expect(gone.log).toContain(`label --overwrite node ${node.name}`);
  expect(gone.log).toContain(`taint --overwrite node ${node.name}`);
});

test("an API that does not say whether its Node is there restarts nothing", () => {
  for (const answer of [said.otherServer, said.unauthorized, said.busy]) {
    const done = verify({ files: COMPLETE, kubectl: { [OWN_NODE]: answers(answer) } });
    expect(done.status).not.toBe(0);
    expect(done.restarted).toBe(false);
  }
});
