import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";

import { execa } from "execa";

import { bindings } from "../../vcenter/roleBindings";
import { parseEnvironment } from "../../environment/load/parse";
import { toolchain } from "../../lib/paths";
import { rawSite } from "../unit/environment/site";
import { Checkout, type Config } from "./support/checkout";
import { EXCLUDED, password, Site } from "./support/vcenter";

/**
 * What stands behind `make preflight` and `make up`, with the real engine and plugins, against the lab's vCenter: each thing that
 * would end an `up` half-way is one clear message before anything is created.
 */
jest.setTimeout(600_000);

const PROVISIONER = "provisioner@vsphere.local";
const CSI = "csi@vsphere.local";
const site = new Site(18_991, [
  { user: PROVISIONER },
  { user: CSI },
  { user: "cloud-provider@vsphere.local" },
  { user: "late@vsphere.local", passwordExpired: true },
]);
const made = new Checkout(site);
let before: string;

beforeAll(async () => {
  await site.start({
    templates: [{ name: "photon-5" }, { name: "photon-3", hardwareVersion: 14 }],
  });
  made.prepare();
  before = await site.inventory();
});

afterAll(() => site.stop());

/** Expects a refusal that says all of this, and nothing made. */
async function refuses(
  texts: (string | RegExp)[],
  edit?: (config: Config) => void,
  options?: Parameters<Checkout["run"]>[2],
): Promise<string> {
  const { exitCode, output } = await made.run("preflight", edit, options);
  expect(exitCode).not.toBe(0);
  for (const text of texts) {
    expect(output).toEqual(
      text instanceof RegExp ? expect.stringMatching(text) : expect.stringContaining(text),
    );
  }
  expect(output).toContain("Nothing was created or changed.");
  expect(output).not.toContain(password);
  expect(await site.inventory()).toBe(before);
  return output;
}

/** The environment whose account is to have no more rights than it needs. */
const leastPrivilege = (config: Config): void => {
  Object.assign(config["site:vsphere"], { user: PROVISIONER, manageAccess: false });
};

/** Gives or takes one permission, as the administrator. */
async function permission(command: "grant" | "revoke", request: object): Promise<void> {
  await execa(`${toolchain}/bin/vcenter-access`, [command], {
    env: site.variables(true),
    input: JSON.stringify({
      vcenter: { server: site.address, user: "administrator@vsphere.local", password },
      datacenter: "coolcorp",
      ...request,
    }),
  });
}

test("a vCenter that has everything", async () => {
  const { exitCode, output } = await made.run("preflight");
  expect(output).toContain("The vCenter has all that dev needs.");
  expect(exitCode).toBe(0);
  expect(await site.inventory()).toBe(before);
});

test("every missing privilege of all three accounts is named at once, with its entity", async () => {
  await refuses(
    [
      /The account provisioner@vsphere\.local \(site:vsphere\.user\) lacks [0-9]+ privileges:/,
      "folder /coolcorp/vm: VirtualMachine.Inventory.CreateFromExisting",
      "port group vm-dmz: Network.Assign",
      "virtual machine photon-5: VirtualMachine.Provisioning.DeployTemplate",
      /The account cloud-provider@vsphere\.local .* lacks 2 privileges:/,
      "datacenter coolcorp: System.Read",
      "datastore nfs: Datastore.FileManagement",
      "vCenter: Cns.Searchable",
      "make access ENV=dev",
    ],
    leastPrivilege,
  );
});

test.each([
  ["a refused password", { "vsphere:password": "not this one" }, "is refused"],
  [
    "a refused password of the CSI driver's account",
    { "cluster:csiPassword": "not this one" },
    "(site:vsphere.accounts.csi) is refused",
  ],
])("%s", async (_, passwords, text) => {
  const output = await refuses([text, "pulumi config set --secret"], undefined, { passwords });
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
  await refuses(["nobody@vsphere.local (site:vsphere.accounts.csi) is refused"], (config) => {
    config["site:vsphere"].accounts.csi = "nobody@vsphere.local";
  });
});

test("a certificate that is not trusted, unless the environment lets any pass: then it warns", async () => {
  await refuses(["is not trusted", "No password was sent", "SSL_CERT_FILE"], undefined, {
    trusted: false,
  });
  const insecure = (config: Config) => (config["site:vsphere"].insecure = true);
  const { exitCode, output } = await made.run("preflight", insecure, { trusted: false });
  expect(output).toContain("warning: The vCenter's certificate is not verified");
  expect(exitCode).toBe(0);
});

test("another certificate than the thumbprint says", async () => {
  await refuses(["is another one than site:vsphere.thumbprint", "SHA-256"], (config) => {
    config["site:vsphere"].thumbprint = `${"AB:".repeat(19)}AB`;
  });
});

test("a vCenter that is not there", async () => {
  await refuses(["Nobody answers at 127.0.0.1:1 (site:vsphere.server)"], (config) => {
    config["site:vsphere"].server = "127.0.0.1:1";
  });
});

test("unknown datastore, network, template and cluster are reported at once", async () => {
  await refuses(
    [
      "There is no datastore tape (site:vsphere.datastore)",
      "There is no datastore glass (site:vsphere.volumeDatastores[0])",
      "There is no port group vm-wan (site:zones.lan.portGroup)",
      "There is no virtual machine photon-6 (site:vsphere.template)",
      "There is no resource pool k9s/Resources (site:vsphere.cluster)",
      "There is no folder /coolcorp/vm/missing (site:vsphere.folder)",
    ],
    (config) => {
      Object.assign(config["site:vsphere"], {
        ...{ datastore: "tape", volumeDatastores: ["glass"], template: "photon-6" },
        ...{ cluster: "k9s", folder: "missing/dev" },
      });
      config["site:zones"].lan.portGroup = "vm-wan";
    },
  );
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

test("an address that answers already; a proxy that accepts everything is none", async () => {
  // As loopback.ts turns them: the worker's API port; the load balancer's, where even an unused port is open.
  const listeners = [
    createServer().listen(26_443, "127.30.10.61"),
    createServer().listen(20_022, "127.30.10.45"),
    createServer().listen(20_001, "127.30.10.45"),
  ];
  try {
    const output = await refuses([
      /The address 172\.30\.10\.61 \(site:nodes\[1\]\.address\) is taken/,
    ]);
    expect(output).toContain("1 fault.");
  } finally {
    listeners.forEach((listener) => listener.close());
  }
});

test("up asks first, and stops before the engine begins", async () => {
  const { exitCode, output } = await made.run("up", (config) => {
    config["site:vsphere"].template = "photon-6";
  });
  expect(exitCode).not.toBe(0);
  expect(output).toContain("There is no virtual machine photon-6");
  expect(output).not.toContain("creating");
  expect(await site.inventory()).toBe(before);
});

describe("rights that infra gives", () => {
  const environment = parseEnvironment("dev", rawSite("dev"));
  const up = () => made.pulumi("up", "--yes", "--skip-preview", ...EXCLUDED);

  test("are those of the list, and stay beside those of others", async () => {
    await made.run("access");
    const others = {
      ...{ entity: { kind: "datastore", name: "ssd" }, user: PROVISIONER, role: "ReadOnly" },
    };
    await permission("grant", others);
    expect((await up()).output).toContain("access-CNS-VM created");
    expect((await up()).output).not.toMatch(/access\S* (creat|updat|replac|delet)/);

    const { access } = JSON.parse(
      `{"access": ${readFileSync(site.path("state/access.json"), "utf8")}}`,
    ) as { access: { roles: { name: string }[]; permissions: { principal: string }[] } };
    const ofInfra = access.permissions.filter(
      ({ principal }) => !principal.includes("provisioner"),
    );
    expect(ofInfra).toHaveLength(bindings(environment).length);
    expect(access.permissions).toHaveLength(ofInfra.length + 1);
    expect(access.roles.map(({ name }) => name)).toContain("devk8sclu-CNS-DATASTORE");
  });

  test("are enough; machines of another state are not ours; a right that is taken away is named", async () => {
    const { output } = await made.run("preflight");
    expect(output).toContain("The vCenter has all that dev needs.");
    before = await site.inventory();
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

  test("go with infra, those of others stay", async () => {
    const { exitCode, output } = await made.pulumi("destroy", "--yes", "--skip-preview");
    expect(output).not.toContain("error");
    expect(exitCode).toBe(0);
    const { roles, permissions } = JSON.parse(
      readFileSync(site.path("state/access.json"), "utf8"),
    ) as { roles: object[]; permissions: { principal: string }[] };
    expect(roles).toEqual([]);
    expect(permissions.map(({ principal }) => principal)).toEqual(["VSPHERE.LOCAL\\provisioner"]);
  });
});
