import * as pulumi from "@pulumi/pulumi";

import type { Infra } from "../../../environment/contracts";
import program from "../../../infra";
import { configOf, rawSite } from "../environment/site";
import { mockSite, type MockSite, type Registered, valueOf } from "../mocks";
import { calls, outputs } from "./vcenter";

/** What infra exports. */
interface Outputs {
  infra: pulumi.Output<Infra>;
  sshPrivateKey: pulumi.Output<string>;
}

/** What a run of the program came to. */
interface Run {
  registered: Registered[];
  result: Outputs;
  values: { infra: Infra; key: string };
}

/** Runs the program as the engine does. */
export async function run(overrides: Partial<MockSite>): Promise<Run> {
  const registered = await mockSite({
    project: "infra",
    stack: "dev",
    config: configOf(rawSite("dev")),
    calls,
    outputs,
    ...overrides,
  });
  const result: Outputs = await program();
  const values = { infra: await valueOf(result.infra), key: await valueOf(result.sshPrivateKey) };
  await pulumi.runtime.disconnect();
  return { registered, result, values };
}

let first: Promise<Run> | undefined;

/** The first update of the committed lab: one run for all tests of a file, which only look at it. */
export const committed = (): Promise<Run> => (first ??= run({}));

export const ofType = (registered: Registered[], type: string) =>
  registered.filter((one) => one.type === type);

export const VM = "vsphere:index/virtualMachine:VirtualMachine";
