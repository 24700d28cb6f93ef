import {
  type Condition,
  CONDITION_SCRIPT,
  conditionOf,
} from "../../../../operations/etcd-backups/condition";
import { refusal } from "../../../../operations/etcd-backups/lostControlPlane";
import { run } from "../../ssh/bash";

/** What a machine says on which bash has made such files. */
function conditionWith(files: string, { pidof = "exit 1", health = "true" } = {}): Condition {
  const script = CONDITION_SCRIPT.replaceAll(
    /(?<=[ '])\/(etc|var)(?=\/)/g,
    "$FOLDER/$1",
  ).replaceAll(
    "'$FOLDER/etc/kubernetes/manifests/*.yaml'",
    '"$FOLDER/etc/kubernetes/manifests/*.yaml"',
  );
  const { status, stdout, stderr } = run(
    `cd "$FOLDER"; mkdir -p etc/kubernetes/manifests var/lib/etcd; ${files}\n${script}`,
    {
      pidof,
      ctr: `case "$*" in *"tasks list"*) echo "task 42 RUNNING" ;; *) ${health} ;; esac`,
    },
  );
  return conditionOf({ ok: status === 0, stdout, stderr });
}

const COMPLETE = "touch etc/kubernetes/sitewright-complete etc/kubernetes/admin.conf";

test.each<[string, Parameters<typeof conditionWith>[1], string]>([
  ["no etcd", { pidof: "exit 1" }, "no etcd runs"],
  ["one with a quorum", { pidof: "echo 42" }, "healthy"],
  [
    "one without",
    { pidof: "echo 42", health: "echo deadline exceeded; exit 1" },
    "deadline exceeded",
  ],
])("a control plane with %s says so", (_what, machine, says) => {
  expect(conditionWith(COMPLETE, machine)).toEqual({
    standing: "complete",
    healthy: says === "healthy",
    says,
  });
});

test.each<[string, string, Condition["standing"]]>([
  ["nothing", "true", "empty"],
  ["what the program cluster prepares", "mkdir etc/kubernetes/apiserver", "empty"],
  ["a finished control plane", COMPLETE, "complete"],
  ["a recovery that was cut off", "touch etc/kubernetes/sitewright-recovering", "begun"],
  [
    "a recovery that is finished",
    `${COMPLETE}; touch etc/kubernetes/sitewright-recovering`,
    "complete",
  ],
  [
    "a new cluster, begun after a recovery",
    "touch etc/kubernetes/sitewright-recovering etc/kubernetes/sitewright-begun etc/kubernetes/admin.conf",
    "foreign",
  ],
  ["data of etcd alone", "mkdir var/lib/etcd/member", "foreign"],
  ["a manifest alone", "touch etc/kubernetes/manifests/etcd.yaml", "foreign"],
  ["a kubelet that has joined", "touch etc/kubernetes/kubelet.conf", "foreign"],
  ["the marker alone", "touch etc/kubernetes/sitewright-complete", "foreign"],
])("a machine with %s", (_what, files, standing) => {
  expect(conditionWith(files).standing).toBe(standing);
});

test("a machine that does not answer is silent, and so is one that says something else", () => {
  const answer = { stdout: "", stderr: "noise\nssh: connect to host: timed out\n" };
  expect(conditionOf({ ...answer, ok: false })).toEqual({
    standing: "silent",
    healthy: false,
    says: "does not answer: ssh: connect to host: timed out",
  });
  expect(conditionOf({ ok: true, stdout: "Welcome!\n", stderr: "" }).standing).toBe("silent");
});

describe("nothing is recovered", () => {
  const machine = (name: string, condition: Partial<Condition>) => ({
    machine: { name } as Parameters<typeof refusal>[0][number]["machine"],
    condition: {
      standing: "complete",
      healthy: false,
      says: "no etcd runs",
      ...condition,
    } as Condition,
  });
  test.each<[string, ReturnType<typeof machine>[], string | undefined, string | undefined]>([
    ["etcd is lost", [machine("cp1", {})], undefined, undefined],
    ["its machine is gone", [machine("cp1", { standing: "silent" })], undefined, undefined],
    ["its machine is new", [machine("cp1", { standing: "empty" })], undefined, undefined],
    ["etcd has a quorum", [machine("cp1", { healthy: true })], undefined, "has a quorum"],
    [
      "one of several has a quorum",
      [machine("cp1", { standing: "silent" }), machine("cp2", { healthy: true })],
      undefined,
      "has a quorum",
    ],
    [
      "the machine is out of reach, and the API answers",
      [machine("cp1", { standing: "silent" })],
      "it answers, with 5 nodes",
      "has a quorum",
    ],
    [
      "a recovery was cut off at its end",
      [machine("cp1", { standing: "begun", healthy: true })],
      undefined,
      undefined,
    ],
    ["there are several", [machine("cp1", {}), machine("cp2", {})], undefined, "has several"],
    [
      "something else is there",
      [machine("cp1", { standing: "foreign" })],
      undefined,
      "not finished",
    ],
  ])("where not: %s", (_what, looked, life, why) => {
    const fault = refusal(looked, life);
    if (why === undefined) {
      expect(fault).toBeUndefined();
    } else {
      expect(fault?.fault.what).toContain(why);
      expect(fault?.fault.what).toContain("Nothing was touched");
    }
  });
});
