import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

import { OperatorError } from "../../../../lib/operatorError";
import type { Driver } from "../../../../operations/engine/stackState";
import { upWithAttempts } from "../../../../operations/recovery/attempts";
import {
  isPassing,
  perhapsCreated,
  readFailedUpdate,
} from "../../../../operations/recovery/failedSteps";
import { readUnconfirmedCreates } from "../../../../operations/recovery/unconfirmedCreates";
import { useStateFolder } from "../stateFolder";
import { vcenterWith } from "../vcenterWith";

const machine = "vsphere:index/virtualMachine:VirtualMachine";
const urn = (name: string) =>
  `urn:pulumi:dev::sitewright-infra::sitewright:infra:Machine$${machine}::${name}`;
const provider = "urn:pulumi:dev::sitewright-infra::pulumi:providers:vsphere::vcenter::1";

/** What the engine writes when the creation of a machine fails. */
const failedCreation = (name: string, message: string, id = "") => [
  { diagnosticEvent: { urn: urn(name), severity: "error", message } },
  {
    resOpFailedEvent: {
      metadata: {
        op: "create",
        urn: urn(name),
        type: machine,
        provider,
        new: { id, inputs: { name, folder: "kubernetes", extraConfig: "[secret]" } },
      },
    },
  },
];
const closing = { diagnosticEvent: { severity: "error", message: "update failed\n" } };

useStateFolder();

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "events-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function logged(...events: object[]) {
  const file = join(folder, "events.json");
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return readFailedUpdate(file);
}

const LOST = 'error cloning virtual machine: Post "https://vcenter/sdk": EOF';

test.each([
  ["a session that ended", "error: ServerFaultCode: The session is not authenticated."],
  ["a lost connection", LOST],
  ["a timeout", "timeout waiting for clone to complete"],
  ["a gateway", "503 Service Unavailable"],
])("%s passes by itself", (_, message) => {
  expect(isPassing(logged(...failedCreation("node1", message), closing), [])).toBe(true);
});

test.each([
  ["a missing privilege", "ServerFaultCode: Permission to perform this operation was denied."],
  ["a name that is taken", "the name 'node1' already exists"],
  ["a server that is not there", "dial tcp 127.0.0.1:1: connect: connection refused"],
])("%s does not", (_, message) => {
  expect(isPassing(logged(...failedCreation("node1", message), closing), [])).toBe(false);
});

test("one cause that stays is enough, and so is one elsewhere than in vCenter", () => {
  const lost = failedCreation("node1", LOST);
  expect(isPassing(logged(...lost, ...failedCreation("node2", "no licence")), [])).toBe(false);
  const ssh = {
    urn: "urn:pulumi:dev::sitewright-infra::command:remote:Command::x",
    severity: "error",
  };
  const failed = logged(...lost, { diagnosticEvent: { ...ssh, message: "connection reset" } });
  expect(isPassing(failed, [])).toBe(false);
});

test("a refusal of the program stays one, also where the cluster's API was silent", () => {
  const message =
    "Pulumi.dev.yaml asks for what the running cluster would not survive. Nothing was created or changed.\n  a: why: ETIMEDOUT, timed out";
  const refused = { diagnosticEvent: { urn: "", severity: "error", message } };
  expect(isPassing(logged(refused, closing), [])).toBe(false);
});

test("a name that is taken passes where an earlier attempt may have taken it", () => {
  const failed = logged(...failedCreation("node1", "the name 'node1' already exists"), closing);
  expect(isPassing(failed, [urn("node1")])).toBe(true);
});

test("an engine that wrote nothing has not failed in vCenter", () => {
  expect(isPassing(readFailedUpdate(join(folder, "none")), [])).toBe(false);
});

test("only a clone whose answer was lost may be there, and it is noted without secrets", () => {
  const failed = logged(
    ...failedCreation("node1", LOST),
    ...failedCreation("node2", "could not find resource pool ID: EOF"),
    ...failedCreation("node3", "error cloning virtual machine: the name 'node3' already exists"),
    ...failedCreation(
      "node5",
      "error cloning virtual machine: Permission to perform this operation was denied.",
    ),
    ...failedCreation("node4", "error powering on virtual machine: EOF", "its-uuid"),
  );
  expect(perhapsCreated(failed)).toEqual([
    { urn: urn("node1"), type: machine, provider, inputs: { name: "node1", folder: "kubernetes" } },
  ]);
});

describe("attempts", () => {
  const project = { name: "infra", directory: "/checkout/infra" };
  beforeEach(() => jest.spyOn(console, "log").mockImplementation());
  afterEach(() => jest.restoreAllMocks());

  /** An engine whose updates fail with these events, one after the other, and then succeed. */
  function engineThatFails(...attempts: object[][]): Driver {
    return {
      environment: "dev",
      backendUrl: "file:///state",
      capture: (_, args) => {
        if (args[0] === "import") {
          return Promise.resolve({ ok: false, stdout: "vm '/x' not found", stderr: "" });
        }
        const urn = provider.split("::").slice(0, -1).join("::");
        const stdout = JSON.stringify({ version: 3, deployment: { resources: [{ urn }] } });
        return Promise.resolve({ ok: true, stdout, stderr: "" });
      },
      run: (_, args) => {
        const events = attempts.shift();
        if (events === undefined) {
          return Promise.resolve();
        }
        writeFileSync(args.at(-1)!, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
        return Promise.reject(new OperatorError({ what: "pulumi up failed", next: "" }));
      },
    };
  }
  const lost = [...failedCreation("node1", LOST), closing];

  test("go on until one succeeds, and what is in doubt is written down", async () => {
    const engine = engineThatFails(lost, lost);
    await upWithAttempts(engine, project, vcenterWith(), [], { pauses: [0, 0] });
    expect(readUnconfirmedCreates("dev", "infra").map((one) => one.urn)).toEqual([urn("node1")]);
  });

  test("end in one message when they all fail", async () => {
    const attempts = upWithAttempts(engineThatFails(lost, lost), project, vcenterWith(), [], {
      pauses: [0],
    });
    await expect(attempts).rejects.toThrow(/^The vCenter failed in 2 attempts/);
  });

  test("of an engine that was ended from outside do not stumble over its lock", async () => {
    const locks = join(folder, ".pulumi/locks/organization/sitewright-infra/dev");
    mkdirSync(locks, { recursive: true });
    const seen: string[][] = [];
    const failing = engineThatFails(lost);
    const engine: Driver = {
      ...failing,
      backendUrl: `file://${folder}`,
      run: (...args) => {
        seen.push(readdirSync(locks));
        const holder = { pid: 2 ** 22 + 1, username: "root", hostname: hostname(), timestamp: "" };
        writeFileSync(join(locks, `${seen.length}.json`), JSON.stringify(holder));
        return failing.run(...args);
      },
    };
    const beforeNext = jest.fn(() => Promise.resolve());
    await upWithAttempts(engine, project, vcenterWith(), [], { beforeNext, pauses: [0] });
    expect(seen).toEqual([[], []]);
    expect(beforeNext).toHaveBeenCalledTimes(1);
  });

  test("are one when the cause stays", async () => {
    const engine = engineThatFails([...failedCreation("node1", "no licence"), closing], lost);
    await expect(
      upWithAttempts(engine, project, vcenterWith(), [], { pauses: [0] }),
    ).rejects.toThrow("pulumi up failed");
  });
});
