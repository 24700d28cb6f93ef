import { EXCEPTIONS } from "../../../../cluster/hardening/exceptions";
import { nodeChecks } from "../../../../operations/hardening/checks";
import { FACTS_SCRIPT, type NodeFacts, parseFacts } from "../../../../operations/hardening/facts";
import { findings, judged } from "../../../../operations/hardening/findings";
import { site } from "../../environment/site";
import { run } from "../../ssh/bash";

const checks = nodeChecks(site("dev").kubernetes);
const controlPlane = { name: "one", role: "control-plane" } as const;

const resultOf = (id: string, node: NodeFacts, what = "") =>
  findings(checks, [node]).find((one) => one.id === id && one.what.includes(what));

test("what a node prints is read, line by line", () => {
  const facts = parseFacts(
    controlPlane,
    [
      "program\tetcd\t2379",
      "flag\tetcd\tinitial-cluster=one=https://10.0.0.1:2380",
      "file\t600\troot:root\t/etc/kubernetes/admin.conf",
      "secrets\tkey-0123456789\t7",
      "secrets\tnone\t0",
      "key\tkey-0123456789",
      "",
    ].join("\n"),
  );
  expect(facts.programs.get("etcd")).toEqual({
    uid: "2379",
    flags: new Map([["initial-cluster", "one=https://10.0.0.1:2380"]]),
  });
  expect(facts.files.get("/etc/kubernetes/admin.conf")).toEqual({
    mode: 0o600,
    owner: "root:root",
  });
  expect(facts.keys).toEqual(["key-0123456789"]);
  expect(facts.secrets.get("key-0123456789")).toBe(7);
});

test("the script that reads a node is bash, and ends well where there is nothing", () => {
  const programs = { pidof: "exit 1", systemctl: "echo", find: "exit 0" };
  const { status, stderr } = run(FACTS_SCRIPT, programs);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("a node of which nothing is known fails every check that it is asked", () => {
  const all = findings(checks, [parseFacts(controlPlane, "")]);
  const passed = all.filter(({ result }) => result === "PASS").map(({ id }) => id);
  // What must not be there is not there.
  expect(passed).toEqual(["F3"]);
});

describe("one check", () => {
  const withFile = (mode: string, owner: string, path: string) =>
    parseFacts(controlPlane, `file\t${mode}\t${owner}\t${path}`);
  const manifest = "/etc/kubernetes/manifests/etcd.yaml";

  test("of a file's mode: narrower is right; wider, or another owner, is not", () => {
    expect(resultOf("1.1.1", withFile("400", "root:root", manifest))?.result).toBe("PASS");
    expect(resultOf("1.1.1", withFile("640", "root:root", manifest))).toMatchObject({
      result: "FAIL",
      found: `one: ${manifest} 640 root:root`,
    });
    expect(resultOf("1.1.1", withFile("600", "etcd:etcd", manifest))?.result).toBe("FAIL");
  });

  test("of a flag: another value, none, and a program that does not run", () => {
    const withFlag = (flag: string) =>
      parseFacts(controlPlane, `program\tkube-apiserver\t0\nflag\tkube-apiserver\t${flag}`);
    expect(resultOf("1.2.15", withFlag("profiling=false"))?.result).toBe("PASS");
    expect(resultOf("1.2.15", withFlag("profiling=true"))?.found).toBe("one: true");
    expect(resultOf("1.2.15", withFlag("v=2"))?.found).toBe("one: not set");
    expect(resultOf("1.2.15", parseFacts(controlPlane, ""))?.found).toBe(
      "one: the program does not run",
    );
  });

  test("of the encryption: in the clear, by a previous key, with two keys", () => {
    const secrets = (...lines: string[]) =>
      resultOf("1.2.28", parseFacts(controlPlane, lines.join("\n")));
    const [key, present] = ["key\tkey-b", "secrets\tkey-b\t5"];
    expect(secrets(key, present, "secrets\tnone\t0")?.result).toBe("PASS");
    expect(secrets(key, present, "secrets\tnone\t1")?.found).toBe("one: 1 by key none");
    expect(secrets(key, present, "secrets\tkey-a\t2")?.found).toBe("one: 2 by key key-a");
    expect(secrets(key, "key\tkey-a", present)?.found).toBe("one: the API server has 2 keys");
  });

  test("of the kubelet: a field below another, one at its zero value, no answer", () => {
    const kubelet = { ...parseFacts({ name: "two", role: "worker" }, ""), kubelet: {} };
    const anonymous = { authentication: { anonymous: { enabled: true } } };
    expect(resultOf("4.2.1", kubelet)?.result).toBe("PASS");
    expect(resultOf("4.2.1", { ...kubelet, kubelet: anonymous })?.result).toBe("FAIL");
    expect(resultOf("4.2.13", { ...kubelet, kubelet: { podPidsLimit: -1 } })?.found).toBe(
      "two: -1",
    );
    expect(resultOf("4.2.13", { ...kubelet, kubelet: undefined })?.found).toBe(
      "two: it does not answer the API server",
    );
  });
});

test("an exception covers its own answer and no other", () => {
  const pki = (lines: string[]) => resultOf("1.1.19", parseFacts(controlPlane, lines.join("\n")));
  const key = "file\t600\tetcd:etcd\t/etc/kubernetes/pki/etcd/server.key";
  expect(pki([key])?.result).toBe("EXCEPTED");
  expect(pki([key, "file\t600\tetcd:etcd\t/etc/kubernetes/pki/ca.key"])?.result).toBe("FAIL");
  const anonymous = (fault: string) => judged({ id: "1.2.1", what: "", fault }).result;
  expect(anonymous("Kubernetes 1.27.16 cannot tell paths apart: /version HTTP 200")).toBe(
    "EXCEPTED",
  );
  expect(anonymous("/version HTTP 200")).toBe("FAIL");
});

test("every exception is of a check that there is", () => {
  const ids = new Set([...checks.map(({ id }) => id), "1.2.1"]);
  expect(EXCEPTIONS.filter(({ id }) => !ids.has(id))).toEqual([]);
});
