import * as pulumi from "@pulumi/pulumi";

import program from "../../../cluster";
import type { Infra } from "../../../environment/contracts";
import type { Environment } from "../../../environment/schema";
import { configOf, rawSite, site } from "../environment/site";
import { type Request, requestsOf } from "../graph";
import { mockSite, type MockSite, type Registered, valueOf } from "../mocks";
import { infraOf } from "./infra";
import { threeControlPlanes } from "./nodes";
import { clusterResources } from "./steps";

/** What differs from the first update of the committed lab. */
export interface Difference {
  raw?: ReturnType<typeof rawSite>;
  environment?: Environment;
  stack?: "dev" | "prd";
  /** Output `infra` of the stack infra. @default that of the environment */
  infra?: Infra;
  /** Output `joined` of the last update. */
  joined?: unknown;
  /** Output `cluster` of the last update. */
  cluster?: unknown;
  /** Output `made` of the last update. */
  made?: unknown;
  /** Output `renewal` of the last update. */
  renewal?: unknown;
  /** Output `leader` of the last update. */
  leader?: string;
  /** Output `kubeconfig` of the last update, a secret. */
  kubeconfig?: string;
  /** Resources that the state of this stack has from earlier updates. */
  resources?: { urn: string; type: string }[];
  /** Resources in the states of other stacks, by full name. */
  stacks?: MockSite["stacks"];
}

/** What a run of the program came to. */
export interface Run {
  registered: Registered[];
  /** What the engine was asked for: resources with their options. */
  requests: Request[];
  outputs: Awaited<ReturnType<typeof program>>;
  /** Values of the outputs. */
  values: Record<string, unknown>;
}

/** Runs the program as the engine does. */
export async function run({
  stack = "dev",
  raw = rawSite(stack),
  environment = site(stack),
  infra = infraOf(environment),
  joined,
  cluster,
  made,
  renewal,
  leader,
  kubeconfig,
  resources = [],
  stacks = {},
}: Difference): Promise<Run> {
  const upstream: Record<string, Record<string, unknown>> = {
    [`organization/sitewright-infra/${stack}`]: {
      infra,
      sshPrivateKey: "PEM",
    },
    [`organization/sitewright-cluster/${stack}`]: {
      joined,
      cluster,
      made,
      renewal,
      leader,
      kubeconfig,
    },
  };
  let result: Omit<Run, "requests"> | undefined;
  const requests = await requestsOf(async () => {
    const registered = await mockSite({
      project: "cluster",
      stack,
      config: configOf(raw),
      stacks: { ...stacks, [`organization/sitewright-cluster/${stack}`]: resources },
      outputs: {
        "pulumi:pulumi:StackReference": ({ inputs }) => ({
          outputs: upstream[inputs["name"]] ?? {},
          secretOutputNames: ["sshPrivateKey", "kubeconfig"],
        }),
        ...clusterResources,
      },
    });
    const outputs = await program();
    const values = Object.fromEntries(
      await Promise.all(
        Object.entries(outputs).map(async ([key, value]) => [key, await valueOf(value)] as const),
      ),
    );
    await pulumi.runtime.disconnect();
    result = { registered, outputs, values };
  });
  return { ...result!, requests };
}

const once = (work: () => Promise<Run>) => {
  let done: Promise<Run> | undefined;
  return () => (done ??= work());
};

/** The first update of the committed lab: one run for all tests of a file, which only look at it. */
export const committed = once(() => run({}));

/** The same with three control planes. */
export const withThreeControlPlanes = once(() => {
  const raw = rawSite("dev");
  raw["nodes"] = threeControlPlanes().nodes;
  return run({ raw, environment: threeControlPlanes() });
});

export const ofType = (registered: Registered[], type: string) =>
  registered.filter((one) => one.type === type);
export const named = (registered: Registered[], name: string) =>
  registered.find((one) => one.name === name)!;

/** Names of all that a resource waits for. */
export const waits = (requests: readonly Request[], name: string): string[] =>
  requests
    .find((request) => request.getName() === name)!
    .getDependenciesList()
    .map((urn: string) => urn.split("::").at(-1)!);
