import * as pulumi from "@pulumi/pulumi";

import { configOf, rawSite } from "../../environment/site";
import { committed, ofType, run } from "../run";
import { calls } from "../vcenter";

describe("access", () => {
  const ROLE = "vsphere:index/role:Role";

  test("is made of the list: every role, and a permission of its own for each place", async () => {
    const { registered } = await committed();
    expect(ofType(registered, ROLE).map(({ inputs }) => inputs["name"])).toContain(
      "devk8sclu-CNS-VM",
    );
    expect(
      registered
        .filter(({ inputs }) => inputs["create"] === "vcenter-access grant")
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      "access-cloudProvider-datacenter",
      "access-cloudProvider-vcenter",
      "access-csi-datacenter",
      "access-csi-datastore-nfs",
      "access-csi-datastore-ssd",
      "access-csi-folder",
      "access-csi-vcenter",
    ]);
  });

  test("takes the administrator's password through standard input, as a secret", async () => {
    const { registered } = await committed();
    const disks = registered.find(({ name }) => name === "access-csi-folder");
    expect(JSON.parse(disks?.inputs["stdin"] as string)).toEqual({
      vcenter: {
        server: "172.30.10.1:8989",
        insecure: false,
        user: "administrator@vsphere.local",
        password: "secret",
      },
      datacenter: "coolcorp",
      entity: { kind: "folder", name: "/coolcorp/vm/kubernetes" },
      user: "csi@vsphere.local",
      role: "access-CNS-VM-id",
      propagate: true,
    });
    expect(disks?.secretInputs).toContain("stdin");
    expect(disks?.inputs).toMatchObject({ delete: "vcenter-access revoke", logging: "none" });
  });

  test("is given again where the vCenter lacks it, and there only", async () => {
    const asked: { user: string; role: string }[] = [];
    const { registered } = await run({
      calls: {
        ...calls,
        "command:local:run": ({ command, stdin }) => {
          expect(command).toBe("vcenter-access granted");
          const request = JSON.parse(stdin);
          expect(request).toMatchObject({
            datacenter: "coolcorp",
            vcenter: { password: "secret" },
          });
          asked.push(...request.permissions);
          const given = request.permissions.map(
            ({ entity }: { entity: { name: string } }) => entity.name !== "nfs",
          );
          return { stdout: JSON.stringify(given) };
        },
      },
    });
    expect(asked).toContainEqual({
      ...{ entity: { kind: "datastore", name: "nfs" }, user: "csi@vsphere.local" },
      ...{ role: "devk8sclu-CNS-DATASTORE", propagate: false },
    });
    const marked = registered.filter(({ inputs }) => inputs["environment"] !== undefined);
    expect(marked.map(({ name }) => name)).toEqual(["access-csi-datastore-nfs"]);
    expect(Date.parse(marked[0]?.inputs["environment"].MISSING_AT)).not.toBeNaN();
  });

  test("is refused in one message where the vCenter does not say what it has", async () => {
    const failing = () => {
      throw new Error("invocation of command:local:run returned an error: exit status 1");
    };
    await expect(run({ calls: { ...calls, "command:local:run": failing } })).rejects.toThrow(
      /does not say which permissions it has: exit status 1\nNothing was created/,
    );
    await pulumi.runtime.disconnect();
  });

  test("is left to an administrator unless infra manages it", async () => {
    const raw = rawSite("dev");
    raw["vsphere"].manageAccess = false;
    const { registered } = await run({ config: configOf(raw) });
    expect(registered.filter(({ name }) => name.startsWith("access"))).toEqual([]);
  });
});
