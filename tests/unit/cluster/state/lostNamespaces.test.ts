import { refuseLostNamespaces } from "../../../../cluster/state/lostNamespaces";
import type { PreviousOutputs } from "../../../../cluster/state/previousOutputs";
import { rawSite, site } from "../../environment/site";
import { mockSite } from "../../mocks";
import { parseEnvironment } from "../../../environment";
import { run } from "../run";

const APPS = "organization/sitewright-apps/dev";
const namespaces = ["one", "two", "three"].map((name) => ({ ...site("dev").namespaces[0]!, name }));

const objectIn = (namespace: string) => ({
  urn: `urn:pulumi:dev::sitewright-apps::kubernetes:core/v1:Service::${namespace}`,
  type: "kubernetes:core/v1:Service",
  outputs: { metadata: { namespace, name: "x" } },
});

/** Why an environment with these namespaces is refused; undefined if it is not. Also which states were read. */
async function refusal(
  listed: readonly string[],
  { recorded, away = false }: { recorded?: string[]; away?: boolean } = {},
) {
  const read: unknown[] = [];
  await mockSite({
    project: "cluster",
    stack: "dev",
    calls: {
      "pulumi:pulumi:readStackResourceOutputs": ({ stackName }) => {
        read.push(stackName);
        if (away) {
          throw new Error("the backend is away");
        }
        const all = [objectIn("two"), objectIn("two"), objectIn("elsewhere")];
        return {
          outputs: Object.fromEntries(all.map(({ urn, ...rest }, i) => [`${urn}${i}`, rest])),
        };
      },
    },
  });
  const previous: PreviousOutputs = {
    joined: {},
    ...(recorded === undefined ? {} : { namespaces: recorded }),
  };
  const environment = {
    stack: "dev",
    namespaces: namespaces.filter(({ name }) => listed.includes(name)),
  };
  const message = await refuseLostNamespaces(environment, previous).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  return { message, read };
}

test("a namespace that has applications is not deleted, and one without them is", async () => {
  const recorded = ["one", "two"];
  const { message } = await refusal(["three"], { recorded });
  expect(message).toContain("site:namespaces, two: the stack apps has 2 objects there");
  expect(message).not.toContain("site:namespaces, one");
  expect(message).toMatch(
    /Nothing was touched\.[^]*take their applications out of site:apps first/,
  );
  expect((await refusal(["two"], { recorded })).message).toBeUndefined();
});

test("the state of apps is read only if a namespace goes, and what cannot be read is not taken for empty", async () => {
  expect(await refusal(["one", "two"], { recorded: ["one"] })).toEqual({ read: [] });
  expect(await refusal(["one"])).toEqual({ read: [] });
  const { message, read } = await refusal(["one"], { recorded: ["one", "three"], away: true });
  expect(read).toContain(APPS);
  expect(message).toContain("three: whether the stack apps has something there cannot be read");
});

test("the program reads its own record, and refuses before any resource", async () => {
  const raw = rawSite("dev");
  const cluster = {
    clusterName: "devk8sclu",
    kubernetesVersion: site("dev").kubernetes.version,
    namespaces: [...site("dev").namespaces.map(({ name }) => name), "gone"],
  };
  const environment = parseEnvironment("dev", raw);
  await expect(
    run({ raw, environment, cluster, stacks: { [APPS]: [objectIn("gone")] } }),
  ).rejects.toThrow("site:namespaces, gone: the stack apps has an object there");
});
