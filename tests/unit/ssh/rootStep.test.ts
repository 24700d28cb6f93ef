import * as pulumi from "@pulumi/pulumi";

import { rootStep } from "../../../ssh/rootStep";
import { requestsOf } from "../graph";
import { mockSite } from "../mocks";

/** What the engine is asked for a step with these triggers. */
async function asked(triggers?: pulumi.Input<string>[]) {
  const [request] = await requestsOf(async () => {
    await mockSite({ project: "cluster", stack: "dev" });
    rootStep("step", {
      host: { address: "192.0.2.1", user: "u", privateKey: "PEM", hostKey: "ssh-ed25519 A" },
      script: "make",
      updateScript: "renew",
      ...(triggers === undefined ? {} : { triggers }),
      deadlineSeconds: 1,
    });
    await pulumi.runtime.disconnect();
  });
  const { create, update, triggers: recorded } = request!.getObject().toJavaScript();
  return { create, update, recorded, ignored: request!.getIgnorechangesList() };
}

test("a trigger is part of what a step runs, and what is recorded as its triggers never changes", async () => {
  const [one, two] = [
    await asked(["machine-1", pulumi.output("trigger")]),
    await asked(["machine-2", pulumi.output("trigger")]),
  ];
  const line = (machine: string) =>
    `\n# Runs again when one of these changes: ${machine} trigger\n`;
  for (const [{ create, update }, machine] of [
    [one, "machine-1"],
    [two, "machine-2"],
  ] as const) {
    expect(create).toContain(`${line(machine)}make\n`);
    expect(update).toContain(`${line(machine)}renew\n`);
  }
  expect(one.ignored).toEqual(["triggers"]);
});

test("a step without triggers is its script alone", async () => {
  const { create, recorded } = await asked();
  expect(create).not.toContain("Runs again");
  expect(recorded).toEqual([]);
});
