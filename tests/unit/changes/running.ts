import * as pulumi from "@pulumi/pulumi";

import apps from "../../../apps";
import { madeWith } from "../../../apps/madeWith";
import cluster from "../../../cluster";
import { immutableSettingsOf } from "../../../cluster/state/immutableSettings";
import { volumesOf } from "../../../environment/applications/exposed";
import type { Project } from "../../../environment/contracts";
import infra from "../../../infra";
import { offlineCluster } from "../../../operations/offline/outputs";
import { parseEnvironment } from "../../environment";
import { infraOf } from "../cluster/infra";
import { configOf } from "../environment/site";
import { recordedCluster } from "../infra/recorded";
import { stateOf } from "../infra/madeState";
import { calls } from "../infra/vcenter";
import { mockSite } from "../mocks";
import type { Base, Raw } from "./base";

const programs: Record<Project, () => Promise<unknown>> = { infra, cluster, apps };

/**
 * What a program says of an edited file on a site that is up by the file before; undefined if it does not refuse it.
 *
 * @param before - What the site was brought up with.
 */
export async function refusalOf(
  project: Project,
  stack: Base,
  before: Raw,
  edited: Raw,
): Promise<string | undefined> {
  const was = parseEnvironment(stack, before);
  const is = parseEnvironment(stack, edited);
  const stackName = (one: Project) => `organization/sitewright-${one}/${stack}`;
  const { plain, secret } = offlineCluster(was);
  const outputs: Record<string, Record<string, unknown>> = {
    [stackName("infra")]: { infra: infraOf(is), sshPrivateKey: "PEM" },
    [stackName("cluster")]: { ...plain, made: immutableSettingsOf(was, was.nodes) },
    [stackName("apps")]: { made: madeWith(was) },
  };
  await mockSite({
    project,
    stack,
    config: configOf(edited),
    calls: {
      ...calls,
      "pulumi:pulumi:readStackOutputs": ({ name }) => ({ outputs: outputs[name as string] ?? {} }),
    },
    stacks: {
      [stackName("infra")]: stateOf(before, { stack }),
      [stackName("cluster")]: recordedCluster(
        outputs[stackName("cluster")] ?? {},
        was.nodes.map(({ name }) => name),
      ),
      [stackName("apps")]: objectsOf(was),
    },
    outputs: {
      "pulumi:pulumi:StackReference": ({ inputs }) => ({
        outputs:
          project === "apps" ? { ...plain, ...secret } : (outputs[inputs["name"] as string] ?? {}),
        secretOutputNames: ["sshPrivateKey", ...Object.keys(secret)],
      }),
    },
  });
  try {
    await programs[project]();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await pulumi.runtime.disconnect();
  }
}

/** The volumes of all applications, and an object in every namespace, in the state of apps. */
function objectsOf(site: ReturnType<typeof parseEnvironment>) {
  const object = (type: string, namespace: string, name: string) => ({
    urn: `urn:pulumi:x::sitewright-apps::${type}::${namespace}-${name}`,
    type,
    outputs: { metadata: { namespace, name } },
  });
  return [
    ...site.namespaces.map(({ name }) => object("kubernetes:core/v1:Service", name, "service")),
    ...volumesOf(site).flatMap(({ application: { namespace }, name }) => [
      object("kubernetes:core/v1:PersistentVolumeClaim", namespace, name),
      object("kubernetes:apps/v1:StatefulSet", namespace, name),
    ]),
  ];
}
