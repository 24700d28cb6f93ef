import * as pulumi from "@pulumi/pulumi";

import type { Infra } from "../../../environment/contracts";
import { readApps, readCluster, readInfra } from "../../../pulumi/stackReferences";
import { appsOutput } from "../environment/appsOutput";
import { mockSite, valueOf } from "../mocks";

const infra: Infra = {
  api: { name: "kube.coolcorp.test", address: "172.30.10.45", port: 6443 },
  loadBalancers: [
    {
      name: "devk8slb501",
      zone: "lan",
      address: "172.30.10.45",
      hostKey: "ssh-ed25519 AAAA",
      vmId: "4215e1de-26bb-0a1b-8f0e-2b6d3c1a9f41",
    },
  ],
  sshUser: "sitewright",
  nodes: [
    {
      name: "devk8smst501",
      role: "control-plane",
      zone: "lan",
      address: "172.30.10.56",
      hostKey: "ssh-ed25519 AAAA",
      vmId: "4215e1de-26bb-0a1b-8f0e-2b6d3c1a9f42",
    },
  ],
  held: [],
};

/** Makes a stack whose upstream has these outputs. */
async function upstream(
  outputs: Record<string, unknown>,
  secretOutputNames: string[] = [],
  organization = "organization",
) {
  return mockSite({
    organization,
    project: "downstream",
    stack: "dev",
    outputs: { "pulumi:pulumi:StackReference": () => ({ outputs, secretOutputNames }) },
  });
}

test("infra is read by its full name, its key stays secret", async () => {
  const registered = await upstream({ infra, sshPrivateKey: "PEM" }, ["sshPrivateKey"]);
  const { sshPrivateKey, ...rest } = await readInfra();
  expect(rest).toEqual(infra);
  expect(await pulumi.isSecret(sshPrivateKey)).toBe(true);
  expect(await valueOf(sshPrivateKey)).toBe("PEM");
  // The name of the resource is what running sites have in their states: another one would be another resource.
  expect(registered.map(({ name, inputs }) => [name, inputs["name"] as string])).toEqual([
    ["organization/infra/dev", "organization/sitewright-infra/dev"],
  ]);
});

test("infra of an older program holds no machines", async () => {
  await upstream({ infra: { ...infra, held: undefined }, sshPrivateKey: "PEM" }, ["sshPrivateKey"]);
  expect((await readInfra()).held).toEqual([]);
});

test("in a backend with organizations it is the stack of the same one", async () => {
  const registered = await upstream({ infra, sshPrivateKey: "PEM" }, ["sshPrivateKey"], "coolcorp");
  await readInfra();
  expect(registered.map(({ inputs }) => inputs["name"] as string)).toEqual([
    "coolcorp/sitewright-infra/dev",
  ]);
});

test("an upstream that is not up is one message with the command to run", async () => {
  await upstream({});
  await expect(readInfra()).rejects.toThrow(
    'The stack dev of project infra has no output "infra": it is not up, or its last update did not finish.\n' +
      "Bring it up first: make up STACK=infra ENV=dev   (or: cd infra && pulumi up --stack dev)",
  );
  await expect(readCluster()).rejects.toThrow(
    /project cluster[\s\S]*make up STACK=cluster ENV=dev/,
  );
  await expect(readApps()).rejects.toThrow(/project apps[\s\S]*make up STACK=apps ENV=dev/);
});

test("an upstream that was never made is one message with the command to run", async () => {
  await mockSite({
    project: "cluster",
    stack: "dev",
    calls: {
      "pulumi:pulumi:readStackOutputs": ({ name }) => {
        throw new Error(`unknown stack "${String(name)}"`);
      },
    },
  });
  await expect(readInfra()).rejects.toThrow(
    'The stack dev of project infra cannot be read: unknown stack "organization/sitewright-infra/dev"\n' +
      "Bring it up first: make up STACK=infra ENV=dev   (or: cd infra && pulumi up --stack dev)",
  );
});

test("an upstream that still has its former name is one message with the commands that rename it", async () => {
  await mockSite({
    project: "cluster",
    stack: "dev",
    calls: {
      "pulumi:pulumi:readStackOutputs": ({ name }) => {
        throw new Error(`unknown stack "${String(name)}"`);
      },
    },
    stacks: {
      "organization/infra/dev": [
        {
          urn: "urn:pulumi:dev::infra::sitewright:infra:Machine::x",
          type: "sitewright:infra:Machine",
        },
      ],
    },
  });
  await expect(readInfra()).rejects.toThrow(
    "make up ENV=dev renames all stacks; or, in each folder:\n" +
      "cd infra && pulumi stack rename organization/sitewright-infra/dev --stack organization/infra/dev",
  );
});

test("a key that is not a secret is not accepted", async () => {
  await upstream({ infra, sshPrivateKey: "PEM" });
  await expect(readInfra()).rejects.toThrow(/no output "sshPrivateKey"/);
});

test("outputs of another version of the programs are refused with what differs", async () => {
  await upstream({ infra: { ...infra, nodes: [{ name: "devk8smst501" }], loadbalancers: [] } });
  await expect(readInfra()).rejects.toThrow(
    /The output "infra" of stack dev of project infra is not what this version[\s\S]*nodes\[0\]\.role[\s\S]*make up STACK=infra/,
  );
});

test("the errors end the program with their text alone", async () => {
  await upstream({});
  const refusal: unknown = await readInfra().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(pulumi.RunError);
  expect((refusal as Error).stack).toBeUndefined();
});

test("apps is read as it promises", async () => {
  await upstream({ apps: appsOutput });
  expect(await readApps()).toEqual(appsOutput);
});
