import { readStackResources } from "../../../pulumi/stackResources";
import { mockSite } from "../mocks";

const downstream = { project: "infra", stack: "dev" };
const urn = "urn:pulumi:dev::cluster::command:remote:Command::devk8sclu-join-devk8swok501";
const type = "command:remote:Command";

test("the resources in another stack's state, with their outputs", async () => {
  await mockSite({
    ...downstream,
    stacks: {
      "organization/cluster/dev": [
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
