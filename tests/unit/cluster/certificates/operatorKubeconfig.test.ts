import { operatorKubeconfigFunction } from "../../../../cluster/certificates/operatorKubeconfig";
import { site } from "../../environment/site";
import { run } from "../../ssh/bash";

const { kubernetes } = site("dev");

/** Prints the kubeconfig on a machine that may have one. A kubeconfig is here its certificate. */
function printed({
  generation = 1,
  before = "",
  apply = "cat >/dev/null",
}: {
  generation?: number;
  /** Bash that makes operator.conf. */
  before?: string;
  apply?: string;
} = {}) {
  const script = operatorKubeconfigFunction({
    kubernetes: { ...kubernetes, kubeconfigGeneration: generation },
  }).replaceAll("/etc/", "$FOLDER/etc/");
  return run(
    `mkdir -p "$FOLDER/etc/kubernetes"
issue() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$1" -subj "$2" -keyout /dev/null 2>/dev/null; }
export -f issue
${before}
${script}
operator_kubeconfig
[[ ! -e $FOLDER/etc/kubernetes/operator.conf.new ]]`,
    {
      kubeadm: `echo "issued $*" >>"$FOLDER/log"
[[ $* == *"--org "* ]] && issue 365 "/O=\${*: -1}/CN=$6"`,
      kubectl: `case "$*" in
*"config view"*) base64 "$2" ;;
*"create clusterrolebinding"*) echo "bound \${*: -5:2}" >>"$FOLDER/log"; echo binding ;;
*"apply --server-side"*) ${apply} ;;
esac`,
    },
  );
}

const file = (days: number, group: string) =>
  `issue ${days} "/O=${group}/CN=operator:before" >"$FOLDER/etc/kubernetes/operator.conf"`;
const GROUP = "sitewright:operators:1";

test("the first one is issued for the group of its generation, which alone is bound", () => {
  const { status, stdout, log, stderr } = printed();
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^-----BEGIN CERTIFICATE-----/);
  expect(log).toMatch(
    /^issued kubeconfig user .*--client-name operator:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ --org sitewright:operators:1\nbound --group sitewright:operators:1\n$/,
  );
});

test("one with more than a third of its time, and a day, left is kept", () => {
  expect(printed({ before: file(130, GROUP) }).log).toBe(`bound --group ${GROUP}\n`);
  expect(printed({ before: file(121, GROUP) }).log).toMatch(/^issued/);
});

test.each([
  ["of another generation", file(365, "sitewright:operators:2")],
  ["of a generation that begins with the same digits", file(365, "sitewright:operators:11")],
  ["of another group", file(365, "system:masters")],
  ["that cannot be read", 'echo nonsense >"$FOLDER/etc/kubernetes/operator.conf"'],
])("one %s is replaced", (_what, before) => {
  expect(printed({ before }).log).toMatch(/^issued.*\nbound/);
});

test("another generation takes the rights from the former ones", () => {
  const { log } = printed({ generation: 2, before: file(365, GROUP) });
  expect(log).toMatch(/--org sitewright:operators:2\nbound --group sitewright:operators:2\n$/);
});

test("without its rights none is given out", () => {
  const { status, stdout } = printed({ apply: "exit 1" });
  expect([status, stdout]).toEqual([1, ""]);
});
