import { mkdtempSync } from "node:fs";

import { CSI, preflightSite } from "../integration/support/preflightSite";
import { EXCLUDED } from "../integration/support/vcenter";

/** More faults that would end an `up` half-way, each reported in one clear message before anything is created. No lab is needed. */
jest.setTimeout(600_000);

const { site, made, remember, refuses, permission, up } = preflightSite(18_946);

test("a refused password of the CSI driver's account", async () => {
  const passwords = { "cluster:csiPassword": "not this one" };
  const output = await refuses(
    ["(site:vsphere.accounts.csi) is refused", "pulumi config set --secret"],
    undefined,
    { passwords },
  );
  expect(output).not.toContain("not this one");
});

test("an expired password", async () => {
  await refuses(
    ["late@vsphere.local (site:vsphere.user) has a password that has expired"],
    (config) => {
      config["site:vsphere"].user = "late@vsphere.local";
    },
  );
});

test("a user that does not exist", async () => {
  await refuses(["unknown@vsphere.local (site:vsphere.accounts.csi) is refused"], (config) => {
    config["site:vsphere"].accounts.csi = "unknown@vsphere.local";
  });
});

test("another certificate than the thumbprint says", async () => {
  await refuses(["is another one than site:vsphere.thumbprint", "SHA-256"], (config) => {
    config["site:vsphere"].thumbprint = `${"AB:".repeat(19)}AB`;
  });
});

test("a vCenter that is not there", async () => {
  await refuses(["Nothing answers at 127.0.0.1:1 (site:vsphere.server)"], (config) => {
    config["site:vsphere"].server = "127.0.0.1:1";
  });
});

test("a template without the snapshot of a linked clone and too old for the CSI driver, a policy there is none of", async () => {
  await refuses(
    [
      "photon-3 (site:vsphere.template) has 0 snapshots",
      "has hardware version 14",
      "There is no storage policy gold (site:storageClasses[0].parameters.storagepolicyname)",
      "3 faults.",
    ],
    (config) => {
      Object.assign(config["site:vsphere"], { template: "photon-3", clone: "linked" });
      config["site:volumes"] = { provisioner: "vsphere-csi", version: "3.8.0" };
      config["site:storageClasses"].forEach((storageClass: object, index: number) =>
        Object.assign(storageClass, {
          provisioner: "csi.vsphere.vmware.com",
          parameters: { storagepolicyname: index === 0 ? "gold" : "vSAN Default Storage Policy" },
        }),
      );
    },
  );
});

describe("rights that infra gives", () => {
  beforeAll(async () => {
    await made.run("access");
    expect((await up()).output).toContain("access-CNS-VM created");
  });

  test("are enough; machines of another state are not ours; a right that is taken away is named", async () => {
    const { output } = await made.run("preflight");
    expect(output).toContain("The vCenter has all that dev needs.");
    await remember();
    await refuses(
      ["has a machine devk8swok511 (site:nodes[4].name) that is none of ours"],
      undefined,
      {
        backend: mkdtempSync(site.path("backend-")),
      },
    );
    await permission("revoke", {
      ...{ entity: { kind: "datastore", name: "nfs" }, user: CSI },
      ...{ role: "devk8sclu-CNS-DATASTORE" },
    });
    const missing = await refuses([
      "csi@vsphere.local (site:vsphere.accounts.csi) lacks a privilege:",
    ]);
    expect(missing.match(/datastore nfs: .*/g)).toEqual([
      "datastore nfs: Datastore.FileManagement",
    ]);
    expect(missing).toContain("1 fault.");
  });

  test("one that was taken away is shown by a preview and given again, and that is all that changes", async () => {
    const changes = async (): Promise<string[]> => {
      const { output } = await made.pulumi("preview", "--json", ...EXCLUDED);
      const { steps } = JSON.parse(output.slice(output.indexOf("{"))) as {
        steps: { op: string; urn: string }[];
      };
      return steps
        .filter(({ op }) => op !== "same")
        .map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`);
    };
    expect(await changes()).toEqual(["update access-csi-datastore-nfs"]);
    expect((await up()).output).toContain("access-csi-datastore-nfs updated");
    expect(await changes()).toEqual([]);
    const { output } = await made.run("preflight");
    expect(output).toContain("The vCenter has all that dev needs.");
  });
});
