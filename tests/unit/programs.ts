import * as pulumi from "@pulumi/pulumi";

import apps from "../../apps";
import cluster from "../../cluster";
import type { Project } from "../../environment/contracts";
import type { RawSite } from "../../environment/load/parse";
import type { Environment } from "../../environment/schema";
import infra from "../../infra";
import { offlineCluster } from "../../operations/offline/outputs";
import { providers } from "./apps/objects";
import { infraOf } from "./cluster/infra";
import { clusterResources } from "./cluster/steps";
import { configOf } from "./environment/site";
import { calls, outputs as machines } from "./infra/vcenter";
import { mockSite, type MockSite, type Registered, valueOf } from "./mocks";

type Outputs = NonNullable<MockSite["outputs"]>;

/** A stack reference that finds these outputs. */
const upstream = (plain: object, secret: Record<string, string>): Outputs => ({
  "pulumi:pulumi:StackReference": ({ inputs }) =>
    // A stack that reads itself was never up before.
    String(inputs["name"]).split("/")[1] === SELF
      ? { outputs: {}, secretOutputNames: [] }
      : { outputs: { ...plain, ...secret }, secretOutputNames: Object.keys(secret) },
});
const SELF = "cluster";

/** What of a resource's outputs the plugins keep secret. */
const SECRET = /^(private|result$|bcryptHash$|hex$|base64$|stdout$)/;

/** The same answers, secret where the real ones are. */
function secretly(outputs: Outputs): Outputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([type, answer]) => [
      type,
      (resource: Registered) =>
        Object.fromEntries(
          Object.entries(answer(resource)).map(([key, value]) => [
            key,
            SECRET.test(key) && !type.endsWith(":RandomUuid") ? pulumi.secret(value) : value,
          ]),
        ),
    ]),
  );
}

const programs: Record<
  Project,
  { main: () => Promise<object>; outputs: (environment: Environment) => Outputs }
> = {
  infra: { main: infra, outputs: () => secretly(machines) },
  cluster: {
    main: cluster,
    outputs: (environment) => ({
      ...upstream({ infra: infraOf(environment) }, { sshPrivateKey: "PEM" }),
      ...secretly(clusterResources),
    }),
  },
  apps: {
    main: apps,
    outputs: (environment) => {
      const { plain, secret } = offlineCluster(environment);
      return {
        "pulumi:pulumi:StackReference": () => ({
          outputs: { ...plain, ...secret },
          secretOutputNames: Object.keys(secret),
        }),
        ...secretly(providers),
      };
    },
  },
};

/** Runs one of the three programs as the engine does, to its last resource, as the first `up` of an environment would. */
export async function runProgram(
  project: Project,
  raw: RawSite,
  environment: Environment,
): Promise<void> {
  const { main, outputs } = programs[project];
  await mockSite({
    project,
    stack: environment.stack,
    config: configOf(raw),
    calls,
    outputs: outputs(environment),
  });
  const exported = await main();
  await Promise.all(Object.values(exported).map((output) => valueOf(output)));
  await pulumi.runtime.disconnect();
}
