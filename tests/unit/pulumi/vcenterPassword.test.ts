import { execFileSync } from "node:child_process";

import * as pulumi from "@pulumi/pulumi";

import { vcenterPassword } from "../../../pulumi/vcenterPassword";
import { mockSite, PASSWORD_SINCE, valueOf } from "../mocks";

const password = pulumi.secret("unspeakable");
const used = { user: "csi@vsphere.local", key: "cluster:csiPassword" };

async function recorded(passwordLifetimeDays?: number) {
  const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  const registered = await mockSite({ project: "cluster", stack: "dev" });
  const output = vcenterPassword("csi-password-since", {
    ...{ ...used, password },
    vsphere: passwordLifetimeDays === undefined ? {} : { passwordLifetimeDays },
  });
  const value = await valueOf(output);
  const isSecret = await pulumi.isSecret(output);
  await pulumi.runtime.disconnect();
  const warnings = warn.mock.calls.map(([text]) => text);
  warn.mockRestore();
  return { value, isSecret, warnings, command: registered[0]! };
}

test("another password is another time, and the command does not get it", async () => {
  const { command, value, isSecret } = await recorded();
  expect(command.inputs).toMatchObject({ triggers: [used.user, "unspeakable"] });
  expect(command.secretInputs).toContain("triggers");
  expect(command.inputs["update"]).toBeUndefined();
  expect(value).toEqual({ ...used, since: PASSWORD_SINCE });
  expect(isSecret).toBe(false);
  const printed = execFileSync("sh", ["-c", command.inputs["create"] as string], {
    encoding: "utf8",
  });
  expect(Math.abs(Date.parse(printed.trim()) - Date.now())).toBeLessThan(60_000);
});

test("the program warns of one that ends, and of no other", async () => {
  jest.useFakeTimers({
    now: Date.parse(PASSWORD_SINCE) + 80 * 86_400_000,
    doNotFake: [
      "nextTick",
      "queueMicrotask",
      "setImmediate",
      "setTimeout",
      "setInterval",
      "clearTimeout",
      "clearInterval",
      "clearImmediate",
      "hrtime",
      "performance",
    ],
  });
  try {
    expect((await recorded(90)).warnings).toEqual([
      expect.stringMatching(/csi@vsphere.local.* ends in 10 days/),
    ]);
    expect((await recorded(120)).warnings).toEqual([]);
    expect((await recorded()).warnings).toEqual([]);
  } finally {
    jest.useRealTimers();
  }
});
