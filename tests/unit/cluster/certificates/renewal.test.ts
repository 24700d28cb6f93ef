import { programText } from "../../../../cluster/certificates/renewal";
import { run } from "../../ssh/bash";

/** Days for which a certificate is good that is due, and one that is not. */
const [DUE, GOOD] = [100, 365];

const CERTIFICATES = [
  "apiserver",
  "apiserver-kubelet-client",
  "apiserver-etcd-client",
  "front-proxy-client",
  "etcd/server",
  "etcd/peer",
  "etcd/healthcheck-client",
];
const KUBECONFIGS = ["admin", "controller-manager", "scheduler"];

/** Bash that makes a certificate with its key: `issue FILE DAYS NAMES`. */
const ISSUE = `issue() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$2" -subj /CN=test -addext "subjectAltName=$3" -keyout "$1.key" -out "$1.crt" 2>/dev/null
}`;

const NAMES = "DNS:kube.test,IP:10.0.0.9";

/** kubeadm with the commands that the program knows, for the folder that it is given as its root. */
const KUBEADM = `${ISSUE}
[[ $1 == --rootfs ]] || exit 9
cd "$2/etc/kubernetes"
shift 2
echo "$*" >>"$FOLDER/log"
case "$*" in
"init phase certs apiserver"*) issue pki/apiserver 365 "$NEW_NAMES" ;;
"certs renew all"*)
  for name in ${CERTIFICATES.join(" ")}; do
    issue new $DAYS "$(openssl x509 -in pki/$name.crt -noout -ext subjectAltName | tail -n 1 | sed 's/IP Address/IP/g; s/ //g')"
    cat new.key >pki/$name.key
    eval "$AFTER_KEY"
    cat new.crt >pki/$name.crt
  done
  for name in ${KUBECONFIGS.join(" ")}; do cat pki/apiserver.crt >$name.conf; done
  rm new.*
  ;;
esac`;

/** What a control plane was, is made of, and has afterwards. */
interface ControlPlane {
  /** Days that its certificates are good for. */
  days?: number;
  /** Days that kubeadm gives. */
  renewedDays?: number;
  /** Names that the API server's certificate must have, in the file's form. */
  names?: string[];
  /** Names that kubeadm gives to a new one. */
  newNames?: string;
  /** Bash that changes the machine before. */
  before?: string;
  /** Bash that kubeadm runs between a key and its certificate. */
  afterKey?: string;
  /** Programs that run with a kubeconfig which was replaced since. */
  outdated?: boolean;
  argument?: string;
}

/** Runs the program on such a machine. Of each file: whether it was replaced. */
function renewed({
  days = GOOD,
  renewedDays = GOOD,
  names = ["host kube.test", "ip 10.0.0.9"],
  newNames = NAMES,
  before = "",
  afterKey = "",
  outdated = false,
  argument = "locked",
}: ControlPlane = {}) {
  const program = programText(6443)
    .replaceAll(/(?<=[ "'=<>!({$\]])\/(etc|run)(?=\/)/g, "$FOLDER/$1")
    .replaceAll("/proc/", "$FOLDER/proc/")
    .replaceAll("sleep 0.5", "SECONDS=$((SECONDS + 30))");
  const { status, stdout, stderr, log } = run(
    `${ISSUE}
export DAYS=${renewedDays} NEW_NAMES=${newNames} AFTER_KEY='${afterKey}'
mkdir -p "$FOLDER"/etc/kubernetes/{pki/etcd,manifests,renewal} "$FOLDER/run"
cd "$FOLDER/etc/kubernetes"
touch sitewright-complete manifests/kube-apiserver.yaml renewal/kubeadm.yaml
printf '%s\\n' ${names.map((name) => `'${name}'`).join(" ")} >renewal/names
for name in ca ${CERTIFICATES.join(" ")}; do issue pki/$name ${days} ${NAMES}; done
for name in ${KUBECONFIGS.join(" ")}; do cp pki/apiserver.crt $name.conf; done
for id in 100 200; do
  mkdir -p "$FOLDER/proc/$id/root$FOLDER/etc/kubernetes"
  for name in controller-manager scheduler; do
    ${outdated ? "cp" : "ln"} $name.conf "$FOLDER/proc/$id/root$FOLDER/etc/kubernetes/$name.conf"
  done
done
# The kubelet starts another process, which mounts the present files.
kill() {
  touch "$FOLDER/killed"
  for name in controller-manager scheduler; do ln -f "$FOLDER/etc/kubernetes/$name.conf" "$FOLDER/proc/200/root$FOLDER/etc/kubernetes/"; done
}
export -f kill
${before}
cp -a . "$FOLDER/before"
code=0
bash -c "$(cat <<'PROGRAM'
${program}
PROGRAM
)" renewal ${argument} || code=$?
cd "$FOLDER/etc/kubernetes"
for file in $(cd "$FOLDER/before" && find pki -type f | sort) ${KUBECONFIGS.map((name) => `${name}.conf`).join(" ")}; do
  cmp -s "$file" "$FOLDER/before/$file" || echo "replaced $file"
done
for key in $(find pki -name '*.key'); do
  [[ $(openssl pkey -in $key -pubout) == "$(openssl x509 -in \${key%.key}.crt -noout -pubkey)" ]] || echo "torn $key"
done
compgen -G '.renewal.*' || true
exit $code`,
    {
      kubeadm: KUBEADM,
      // A kubeconfig is here its certificate.
      kubectl: 'base64 "$2"',
      hostname: "echo machine",
      flock: "exit ${FLOCK:-0}",
      // What is served is what lies there.
      openssl: `case $1 in
s_client) case $3 in *:6443) cat "$FOLDER/etc/kubernetes/pki/apiserver.crt" ;; *) cat "$FOLDER/etc/kubernetes/pki/etcd/server.crt" ;; esac ;;
*) exec /usr/bin/openssl "$@" ;;
esac`,
      pidof: "if [[ -f $FOLDER/killed ]]; then echo 200; else echo 100; fi",
    },
  );
  const lines = stdout.split("\n");
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  return {
    status,
    stderr,
    stdout,
    kubeadm: log.split("\n").filter(Boolean),
    replaced: of("replaced"),
    torn: of("torn"),
    left: of(".renewal"),
  };
}

const EVERYTHING = [
  ...CERTIFICATES.flatMap((name) => [`pki/${name}.crt`, `pki/${name}.key`]),
  ...KUBECONFIGS.map((name) => `${name}.conf`),
].sort();

test("nothing is done while more than a third of the time is left", () => {
  expect(renewed()).toMatchObject({ status: 0, stdout: "", stderr: "", kubeadm: [], replaced: [] });
});

test("all of kubeadm's are renewed with less, and the authorities stay", () => {
  const { replaced, ...rest } = renewed({ days: DUE });
  expect(rest).toMatchObject({ status: 0, torn: [], left: [], stderr: "" });
  expect(replaced.sort()).toEqual(EVERYTHING);
  expect(rest.kubeadm).toEqual([expect.stringMatching(/^certs renew all --config/)]);
});

test.each([
  ["one certificate", "issue pki/etcd/peer 3 DNS:x"],
  ["one kubeconfig", "issue old 3 DNS:x; mv old.crt scheduler.conf; rm old.key"],
  ["one that cannot be read", "echo nonsense >controller-manager.conf"],
])("%s is enough", (_what, before) => {
  expect(renewed({ before })).toMatchObject({ status: 0, torn: [], kubeadm: [expect.anything()] });
});

test("a name that the API server's certificate lacks is a reason, and it gets it", () => {
  const names = ["host kube.test", "ip 10.0.0.10"];
  const { status, kubeadm, replaced, stdout } = renewed({
    names,
    newNames: "DNS:kube.test,IP:10.0.0.10",
  });
  expect([status, kubeadm[0]]).toEqual([0, expect.stringContaining("init phase certs apiserver")]);
  expect(replaced).toContain("pki/apiserver.crt");
  expect(stdout).toContain("lacks 10.0.0.10");
});

test.each([
  ["certificates that end too soon", { days: DUE, renewedDays: DUE }, "apiserver.crt ends soon"],
  ["one without the name", { names: ["host other.test"] }, "lacks other.test"],
])("where kubeadm makes %s, nothing is replaced", (_what, machine, why) => {
  const { status, stderr, replaced, left } = renewed(machine);
  expect([status, replaced, left]).toEqual([1, [], []]);
  expect(stderr).toContain("nothing was replaced");
  expect(stderr).toContain(why);
});

test("a kubeadm that fails in the middle, as on a full disk, leaves everything as it was", () => {
  const full = renewed({ days: DUE, afterKey: "exit 1" });
  expect(full).toMatchObject({ status: 1, replaced: [], torn: [], left: [] });
});

test("a run that was killed is begun again by the next one, and leaves nothing", () => {
  const killed = "mkdir -p .renewal.abc/etc; touch .renewal.abc/etc/apiserver.key";
  expect(renewed({ days: DUE, before: killed })).toMatchObject({ status: 0, left: [], torn: [] });
  // Between a key and its certificate.
  const torn = "issue other 365 DNS:x; mv other.key pki/apiserver.key; rm other.crt";
  expect(renewed({ days: DUE, before: torn })).toMatchObject({ status: 0, torn: [] });
});

test.each([
  ["that is not finished", "rm sitewright-complete"],
  ["whose API server's manifest is away", "rm manifests/kube-apiserver.yaml"],
])("a control plane %s is left to the step that makes it", (_what, before) => {
  expect(renewed({ days: DUE, before })).toMatchObject({ status: 0, kubeadm: [], replaced: [] });
});

test("without the machine's lock nothing is done", () => {
  const held = renewed({ days: DUE, argument: "", before: "export FLOCK=1" });
  expect(held).toMatchObject({ status: 1, kubeadm: [], replaced: [] });
  expect(held.stderr).toContain("another run still works");
});

test("a controller manager and a scheduler that began with another kubeconfig are restarted, also in a later run", () => {
  const { status, stdout, kubeadm } = renewed({ outdated: true });
  expect([status, kubeadm]).toEqual([0, []]);
  expect(stdout).toMatch(/restarting kube-controller-manager/);
  expect(renewed().stdout).not.toContain("restarting");
});

test("one that does not come back is an error that says so", () => {
  const { status, stderr } = renewed({
    outdated: true,
    before: "kill() { true; }; export -f kill",
  });
  expect(status).toBe(1);
  expect(stderr).toContain("the program runs again with its renewed kubeconfig: not so after");
});
