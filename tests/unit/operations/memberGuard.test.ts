import type { Membership } from "../../../kubernetes/membership";
import type { Answer } from "../../../operations/engine/backend/backend";
import { refuseWhileMember } from "../../../operations/memberGuard";

const machine = { name: "devk8swok501", vmId: "uuid", role: "worker" } as const;

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});
const exported = (...resources: object[]): Answer => ({
  ok: true,
  stdout: JSON.stringify({ deployment: { resources } }),
  stderr: "",
});
const root = (outputs: object) => ({ urn: "root", type: "pulumi:pulumi:Stack", outputs });
const step = { urn: "urn::devk8sclu-prepare-a", type: "command:remote:Command" };
const standing = exported(root({ kubeconfig: secret("KUBECONFIG") }), step);

/** Whether the cluster was asked. */
let asked: number;
async function attempt(answer: Answer, says: Membership, ...lost: string[]): Promise<void> {
  asked = 0;
  const ask = (_: unknown, kubeconfig: string) => {
    expect(kubeconfig).toBe("KUBECONFIG");
    asked += 1;
    return Promise.resolve(says);
  };
  await refuseWhileMember(machine, answer, ask, new Set(lost));
}

const MEMBER: Membership = { kind: "member", node: true, etcd: false };
const SILENT: Membership = { kind: "unreadable", why: "ECONNREFUSED" };

test("a machine that the cluster still has is not deleted", async () => {
  await expect(attempt(standing, MEMBER)).rejects.toThrow(
    /^The machine devk8swok501 was not deleted\.[\s\S]*kubectl delete node devk8swok501/,
  );
  await expect(attempt(standing, MEMBER)).rejects.toThrow(/another generation[^]*make up, or/);
  await expect(attempt(standing, MEMBER, machine.name)).rejects.toThrow("has it as a Node");
});

test("one that it does not have is", async () => {
  await attempt(standing, { kind: "none" });
  expect(asked).toBe(1);
});

test("where there is no cluster nothing is asked", async () => {
  await attempt({ ok: false, stdout: "", stderr: "error: no stack named 'dev' found" }, MEMBER);
  await attempt(exported(), MEMBER);
  await attempt(exported(root({ kubeconfig: secret("KUBECONFIG") })), MEMBER);
  expect(asked).toBe(0);
});

test("what cannot be read refuses, unless the machine is given up by its name", async () => {
  const broken = { ok: false, stdout: "", stderr: "error: unexpected end of JSON input" };
  for (const [answer, says] of [
    [standing, SILENT],
    [broken, MEMBER],
    [exported(root({}), step), MEMBER],
  ] as const) {
    await expect(attempt(answer, says)).rejects.toThrow("make up LOST=devk8swok501");
    await expect(attempt(answer, says, "another")).rejects.toThrow("it is unknown");
    await attempt(answer, says, machine.name);
  }
});

test("a first update that did not finish has the kubeconfig in its step alone", async () => {
  const initialize = {
    ...step,
    urn: "urn::devk8sclu-initialize",
    outputs: { stdout: secret("KUBECONFIG") },
  };
  await expect(attempt(exported(root({}), initialize), MEMBER)).rejects.toThrow("as a Node");
});
