import { readStackResources, refuseFormerName } from "../../../pulumi/stackResources";
import { mockSite } from "../mocks";

const downstream = { project: "infra", stack: "dev" };
const urn =
  "urn:pulumi:dev::sitewright-cluster::command:remote:Command::devk8sclu-join-devk8swok501";
const type = "command:remote:Command";

test("the resources in another stack's state, with their outputs", async () => {
  await mockSite({
    ...downstream,
    stacks: {
      "organization/sitewright-cluster/dev": [
        { urn, type, outputs: { triggers: ["a"] } },
        { urn: `${urn}2`, type },
      ],
    },
  });
  expect(await readStackResources("cluster")).toEqual({
    kind: "read",
    resources: [
      { urn, type, outputs: { triggers: ["a"] } },
      { urn: `${urn}2`, type, outputs: {} },
    ],
  });
});

test("a stack that still has its former name is read, somebody else's of that name is not", async () => {
  const former = (ownType: string) => ({
    ...downstream,
    stacks: {
      "organization/cluster/dev": [
        { urn: `urn:pulumi:dev::cluster::${ownType}::x`, type: ownType },
      ],
    },
  });
  await mockSite(former("sitewright:cluster:KubeadmCluster"));
  expect(await readStackResources("cluster")).toMatchObject({ kind: "read", resources: [{}] });
  await mockSite(former("eks:index:Cluster"));
  expect(await readStackResources("cluster")).toEqual({ kind: "absent" });
});

test("a program refuses while the stack of the former name has resources of this project", async () => {
  const type = "sitewright:apps:Consul";
  const stacks = (name: string) => ({
    [name]: [{ urn: `urn:pulumi:dev::apps::${type}::x`, type }],
  });
  await mockSite({ ...downstream, stacks: stacks("organization/apps/dev") });
  await expect(refuseFormerName("apps")).rejects.toThrow(
    /^There is a stack organization\/apps\/dev with 1 resources\. Nothing was created or changed\.[\s\S]*cd apps && pulumi stack rename organization\/sitewright-apps\/dev --stack organization\/apps\/dev$/,
  );
  await mockSite({ ...downstream, stacks: stacks("organization/sitewright-apps/dev") });
  await expect(refuseFormerName("apps")).resolves.toBeUndefined();
});

test("no such stack is told from one that cannot be read", async () => {
  await mockSite(downstream);
  expect(await readStackResources("cluster")).toEqual({ kind: "absent" });
  const answers = (answer: () => Record<string, unknown>) =>
    mockSite({ ...downstream, calls: { "pulumi:pulumi:readStackResourceOutputs": answer } });
  await answers(() => {
    throw new Error("failed to load checkpoint: unexpected end of JSON input");
  });
  expect(await readStackResources("cluster")).toEqual({
    kind: "unreadable",
    why: "failed to load checkpoint: unexpected end of JSON input",
  });
  await answers(() => ({ outputs: { [urn]: "x" } }));
  expect(await readStackResources("cluster")).toHaveProperty("kind", "unreadable");
});
