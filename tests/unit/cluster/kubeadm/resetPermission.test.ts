import { joinScript } from "../../../../cluster/kubeadm/join";
import type { NodeSpec } from "../../../../environment/schema";
import { site } from "../../environment/site";
import { caPem } from "../certificates";
import { answers, type FakeMachine, onMachine, said } from "../member";
import { nodeOf, threeControlPlanes } from "../nodes";

const worker = { environment: site("dev"), node: nodeOf(site("dev"), "worker", "lan") };
const three = threeControlPlanes();
const controlPlane = {
  environment: three,
  node: three.nodes.find(({ name }) => name === "devk8smst502")!,
};

const BY_KUBELET = "kubelet.conf --request-timeout=5s get node";
const BY_TOKEN = "sitewright-discovery.conf --request-timeout=5s get node";

const CA = `mkdir -p etc/kubernetes/pki; printf %s '${caPem}' >etc/kubernetes/pki/ca.crt`;
const CREDENTIALS = `mkdir -p var/lib/kubelet/pki; touch etc/kubernetes/kubelet.conf var/lib/kubelet/pki/kubelet-client-current.pem; ${CA}`;
const MEMBER = `${CREDENTIALS}; echo worker >etc/kubernetes/sitewright-complete`;
const ETCD = "mkdir -p var/lib/etcd/member/wal; echo data >var/lib/etcd/member/wal/0";

/** The result of a join on a machine. */
function join(
  { environment, node }: { environment: typeof three; node: NodeSpec },
  machine: Partial<FakeMachine> & { files: string; kubelet?: string[]; token?: string[] },
) {
  const { kubelet = [said.silent], token = [said.silent], kubectl = {}, ...rest } = machine;
  const { status, log, stderr } = onMachine(joinScript(environment, node), {
    ...rest,
    kubectl: {
      [BY_KUBELET]: answers(...kubelet),
      [BY_TOKEN]: answers(...token),
      ...kubectl,
    },
  });
  return {
    status,
    stderr,
    reset: log.includes("kubeadm reset"),
    joined: /kubeadm join --config/.test(log),
    restarted: stderr.includes("its kubelet is restarted"),
    log,
  };
}

const name = worker.node.name;
const untouched = { status: 1, reset: false, joined: false };

test("a member that the API server knows is left as it is; the token, which may have ended, is not tried", () => {
  const { stderr, ...done } = join(worker, {
    files: MEMBER,
    kubelet: [said.member(name)],
    token: [said.unauthorized],
  });
  expect(stderr).not.toContain("Unauthorized");
  expect(done).toMatchObject({ status: 0, reset: false, joined: false, restarted: false });
});

test.each([
  ["another TLS server behind the API's name", said.otherServer],
  ["an API certificate that has expired, or a clock a year ahead", said.expired],
  ["a clock a year behind", said.clockOff],
  ["credentials that are refused", said.unauthorized],
  ["missing rights", said.forbidden],
  ["429", said.busy],
  ["503", said.starting],
  ["no answer", said.silent],
  ["a 404 that is not about this node", said.noSuchPath],
  ["another node's absence", said.notFound("other")],
])("a member is left as it is on %s", (_what, answer) => {
  for (const kubelet of [answer, said.notFound(name), said.unauthorized]) {
    const { stderr, ...done } = join(worker, {
      files: MEMBER,
      kubelet: [kubelet],
      token: [answer],
    });
    expect(done).toMatchObject(untouched);
    expect(stderr).toContain(`${name} is left as it is`);
    expect(stderr).toContain(kubelet);
    expect(stderr).toContain(answer);
    expect(stderr).toContain("Next: ");
  }
});

test("an API server that is busy for two minutes is waited for", () => {
  const done = join(worker, {
    files: MEMBER,
    kubelet: [said.silent, said.starting, said.silent],
    token: [said.busy, said.busy, said.starting, said.notFound(name)],
  });
  expect(done).toMatchObject({ status: 1, reset: true, joined: true, restarted: true });
});

test("a deleted Node comes back by a restart of the kubelet, while its credentials are good", () => {
  const done = join(worker, {
    files: MEMBER,
    kubelet: [said.notFound(name), said.notFound(name), said.member(name)],
    token: [said.notFound(name)],
  });
  expect(done).toMatchObject({ status: 0, reset: false, joined: false, restarted: true });
});

test("before it comes back the cluster has removed the previous Node's pods, and their bridge is deleted", () => {
  const pods = "get pods --all-namespaces --field-selector spec.nodeName=" + name;
  const program = (what: string) => `echo "${what} $*" >>"$FOLDER/log"`;
  const { status, log } = join(worker, {
    files: MEMBER,
    kubelet: [said.notFound(name), said.member(name)],
    token: [said.notFound(name)],
    kubectl: { [pods]: ["echo pod/a; echo asked >>$FOLDER/log", "echo none >>$FOLDER/log"] },
    programs: { ip: program("ip") },
  });
  expect(status).toBe(0);
  expect(log.split("\n").slice(1)).toEqual([
    "systemctl stop kubelet",
    "asked",
    "none",
    "ip link delete cni0",
    "systemctl start kubelet",
    "",
  ]);
});

test("a deleted Node whose kubelet has no good credentials: cleared, and joined with the fresh token", () => {
  const done = join(worker, {
    files: MEMBER,
    kubelet: [said.unauthorized, said.unauthorized, said.member(name)],
    token: [said.notFound(name)],
  });
  expect(done).toMatchObject({ status: 0, reset: true, joined: true, restarted: true });
});

test("a Node that exists although the kubelet's credentials are refused: the error says how it joins again", () => {
  const { stderr, ...done } = join(worker, {
    files: MEMBER,
    kubelet: [said.unauthorized],
    token: [said.member(name)],
  });
  expect(done).toMatchObject(untouched);
  expect(stderr).toContain(`kubectl delete node ${name}, then the same command again`);
});

test("a member of another cluster is cleared when this one has no such node, and its kubelet is not restarted", () => {
  const files = `${MEMBER}; echo other >etc/kubernetes/pki/ca.crt`;
  const kubelet = [said.otherServer, said.member(name)];
  expect(join(worker, { files, kubelet, token: [said.notFound(name)] })).toMatchObject({
    ...{ status: 0, reset: true, joined: true, restarted: false },
  });
  expect(join(worker, { files, kubelet, token: [said.unauthorized] })).toMatchObject(untouched);
  expect(join(worker, { files, kubelet, token: [said.member(name)] })).toMatchObject(untouched);
});

test("a CA beside the cluster's own is no other cluster's", () => {
  const files = `${MEMBER}; echo second >>etc/kubernetes/pki/ca.crt`;
  const done = join(worker, {
    files,
    kubelet: [said.unauthorized, said.member(name)],
    token: [said.notFound(name)],
  });
  expect(done).toMatchObject({ status: 0, reset: false, restarted: true });
});

describe("a join that was stopped", () => {
  test("before the kubelet had credentials: cleared, whatever the API answers", () => {
    for (const files of [CA, "touch etc/kubernetes/bootstrap-kubelet.conf"]) {
      const done = join(worker, { files, kubelet: [said.member(name)], token: [said.silent] });
      expect(done).toMatchObject({ status: 0, reset: true, joined: true });
    }
  });

  test("before the Node was there: cleared", () => {
    const done = join(worker, {
      files: CREDENTIALS,
      kubelet: [said.notFound(name), said.member(name)],
      token: [said.notFound(name)],
    });
    expect(done).toMatchObject({ status: 0, reset: true, joined: true, restarted: false });
  });

  test("after the kubelet was known: complete", () => {
    const done = join(worker, {
      files: CREDENTIALS,
      kubelet: [said.member(name)],
      token: [said.member(name)],
    });
    expect(done).toMatchObject({ status: 0, reset: false, joined: false });
  });

  test("on a machine about which nothing can be told: left as it is", () => {
    for (const answer of [said.otherServer, said.unauthorized, said.starting]) {
      const done = join(worker, { files: CREDENTIALS, kubelet: [answer], token: [answer] });
      expect(done).toMatchObject(untouched);
    }
  });
});

describe("a control plane", () => {
  const own = controlPlane.node.name;
  const { address } = controlPlane.node;
  const MEMBERS = "exec etcd-devk8smst501";
  // Itself, one that does not answer, and one that does.
  const PODS = {
    "get pods --namespace kube-system": [`echo ${own} silent devk8smst501`],
    "exec etcd-silent": ["exit 1"],
  };
  const FOUNDER =
    "1, started, devk8smst501, https://172.30.10.56:2380, https://172.30.10.56:2379, false";
  const row = (state: string, learner: boolean) =>
    `echo '${FOUNDER}'; echo '2, ${state}, , https://${address}:2380, , ${learner}'`;

  test("is not cleared while etcd on it may have a vote", () => {
    for (const members of [
      row("started", false),
      row("unstarted", false),
      "exit 1",
      "echo nonsense",
    ]) {
      const { stderr, ...done } = join(controlPlane, {
        files: `${MEMBER}; ${ETCD}`,
        kubelet: [said.unauthorized],
        token: [said.notFound(own)],
        kubectl: { ...PODS, [MEMBERS]: [members] },
      });
      expect(done).toMatchObject(untouched);
      expect(stderr).toContain("may have a vote");
    }
  });

  test("of another cluster is not cleared while there is data of etcd", () => {
    const done = join(controlPlane, {
      files: `${MEMBER}; ${ETCD}; echo other >etc/kubernetes/pki/ca.crt`,
      kubelet: [said.unauthorized],
      token: [said.notFound(own)],
      kubectl: { ...PODS, [MEMBERS]: [`echo '${FOUNDER}'`] },
    });
    expect(done).toMatchObject(untouched);
  });

  test.each([
    ["a learner", row("started", true)],
    ["none any more", `echo '${FOUNDER}'`],
  ])("is cleared when etcd on it is %s, by the word of the cluster's own", (_what, members) => {
    const done = join(controlPlane, {
      files: `${CREDENTIALS}; ${ETCD}`,
      kubelet: [said.member(own)],
      token: [said.member(own)],
      kubectl: { ...PODS, [MEMBERS]: [members], "get --raw /readyz": ["exit 1"] },
    });
    expect(done).toMatchObject({ status: 0, reset: true, joined: true });
  });

  test("whose join was stopped at its end is completed: it is marked, and nothing is cleared", () => {
    const done = join(controlPlane, {
      files: `${CREDENTIALS}; ${ETCD}`,
      kubelet: [said.member(own)],
      token: [said.member(own)],
      kubectl: { ...PODS, [MEMBERS]: [row("started", false)], "get --raw /readyz": ["echo ok"] },
    });
    expect(done).toMatchObject({ status: 0, reset: false, joined: false });
    expect(done.log).toContain(
      `taint --overwrite node ${own} node-role.kubernetes.io/control-plane`,
    );
  });

  test("whose Node was deleted is marked again", () => {
    const done = join(controlPlane, {
      files: `${MEMBER}; ${ETCD}`,
      kubelet: [said.notFound(own), said.member(own)],
      token: [said.notFound(own)],
    });
    expect(done).toMatchObject({ status: 0, reset: false, restarted: true });
    expect(done.log).toContain(
      `label --overwrite node ${own} node-role.kubernetes.io/control-plane=`,
    );
  });
});

test("a machine with nothing on it joins without a question", () => {
  const done = join(worker, { files: "true", kubelet: [said.member(name)] });
  expect(done).toMatchObject({ status: 0, reset: false, joined: true });
});

test("a name that is taken for a while: each further attempt begins without what the one before has left", () => {
  const kubeadm = `echo "kubeadm $*" >>"$FOLDER/log"
[[ "$1 $2" == "join --config" ]] || exit 0
[[ ! -e "$FOLDER/etc/kubernetes/bootstrap-kubelet.conf" ]] || { echo "bootstrap-kubelet.conf already exists"; exit 1; }
touch "$FOLDER/etc/kubernetes/bootstrap-kubelet.conf"
[[ -e "$FOLDER/tried" ]] && exit 0
touch "$FOLDER/tried"
echo 'a Node with name "x" and status "Ready" already exists in the cluster'
exit 1`;
  const done = join(worker, {
    files: "true",
    kubelet: [said.member(name)],
    programs: { kubeadm },
  });
  expect(done).toMatchObject({ status: 0, joined: true });
  expect(done.log.match(/kubeadm join --config/g)).toHaveLength(2);
});

test.each([
  ["of a certificate that it does not trust", `error: tls: ${said.clockOff}`, true],
  ["of something else", "error execution phase kubelet-start", false],
])(
  "a new machine whose join fails because %s names its clock only where it may matter",
  (_, output, named) => {
    const { stderr, status, reset } = join(worker, {
      files: "true",
      programs: { kubeadm: `echo '${output}' >&2; exit 1` },
    });
    expect([status, reset]).toEqual([1, false]);
    expect(stderr).toContain(output);
    expect(/The clock of \S+ says \d{4}-.*timedatectl/.test(stderr)).toBe(named);
  },
);
