import * as pulumi from "@pulumi/pulumi";

import { infraContract } from "../../../environment/contracts";
import { configOf, rawSite } from "../environment/site";
import type { Registered } from "../mocks";
import { vmIdOf } from "../vmId";
import { committed, ofType, run } from "./run";
import { calls } from "./vcenter";

test("the vCenter is reached with its certificate verified", async () => {
  const { registered } = await committed();
  const [provider] = ofType(registered, "pulumi:providers:vsphere");
  expect(provider?.inputs).toMatchObject({
    vsphereServer: "172.30.10.1:8989",
    user: "administrator@vsphere.local",
    allowUnverifiedSsl: "false",
  });
});

test("any certificate passes where the environment says so, and nowhere else", async () => {
  const raw = rawSite("dev");
  raw["vsphere"].insecure = true;
  const warnings = jest.spyOn(pulumi.log, "warn").mockImplementation();
  const { registered } = await run({ config: configOf(raw) });
  const [provider] = ofType(registered, "pulumi:providers:vsphere");
  expect(provider?.inputs["allowUnverifiedSsl"]).toBe("true");
  expect(warnings).toHaveBeenCalledTimes(1);
  warnings.mockRestore();
});

test("the contract of the stack cluster is kept, and the key is secret", async () => {
  const { result, values } = await committed();
  expect(values.infra).toMatchObject({
    api: { name: "kube.coolcorp.test", address: "172.30.10.45", port: 6443 },
    loadBalancers: [
      {
        name: "devk8slb501",
        zone: "lan",
        address: "172.30.10.45",
        hostKey: "public devk8slb501-host-key",
        vmId: vmIdOf("devk8slb501-vm"),
      },
    ],
    sshUser: "sitewright",
  });
  expect(values.infra.nodes[4]).toEqual({
    name: "devk8swok511",
    role: "worker",
    zone: "dmz",
    address: "172.30.20.11",
    hostKey: "public devk8swok511-host-key",
    vmId: vmIdOf("devk8swok511-vm"),
  });
  expect(values.key).toBe("private ssh-user\n");
  expect(await pulumi.isSecret(result.sshPrivateKey)).toBe(true);
  expect(infraContract.safeParse(values.infra).error).toBeUndefined();
});

test("destroy asks first whether the cluster still lives on it", async () => {
  const { registered } = await committed();
  const guard = registered.find(({ name }) => name === "dependents-check");
  expect(guard?.inputs["delete"]).toBe("node ../operations/guard.js cluster dev");
});

test("one that cannot be found is looked up once for all zones that use it", async () => {
  const missing = () => {
    throw new Error("datastore 'ssd' not found");
  };
  await expect(
    run({ calls: { ...calls, "vsphere:index/getDatastore:getDatastore": missing } }),
  ).rejects.toThrow(/created or changed\.\n {2}datastore "ssd"[^\n]*\n {4}[^\n]*$/);
});

test("everything that cannot be found is reported at once, and nothing is created", async () => {
  const missing = (message: string) => () => {
    throw new Error(message);
  };
  const registered: Registered[][] = [];
  const attempt = run({
    calls: {
      ...calls,
      "vsphere:index/getVirtualMachine:getVirtualMachine": missing("vm 'photon-5' not found"),
      "vsphere:index/getDatastore:getDatastore": missing("datastore 'ssd' not found"),
    },
  }).then((done) => registered.push(done.registered));
  await expect(attempt).rejects.toThrow(
    /^The vCenter 172\.30\.10\.1:8989 does not give what Pulumi\.dev\.yaml names\. Nothing was created or changed\.\n {2}datastore "ssd" \(site:vsphere\.datastore\): [\s\S]*\n {2}template "photon-5" \(site:vsphere\.template\): [\s\S]*Correct site:vsphere\.template, or create the object in the vCenter\.$/,
  );
});

test("a refused password is one message that says how to set it", async () => {
  const refused = () => {
    throw new Error(
      "ServerFaultCode: Cannot complete login due to an incorrect user name or password.",
    );
  };
  await expect(
    run({ calls: { ...calls, "vsphere:index/getDatacenter:getDatacenter": refused } }),
  ).rejects.toThrow(/The account is refused[\s\S]*pulumi config set --secret vsphere:password/);
});
