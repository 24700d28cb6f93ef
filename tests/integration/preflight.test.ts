import { readFileSync } from "node:fs";
import { createServer } from "node:net";

import { parseEnvironment } from "../environment";
import { bindings } from "../../vcenter/roleBindings";
import { rawSite } from "../unit/environment/site";
import { preflightSite, PROVISIONER } from "./support/preflightSite";
import type { Config } from "./support/checkout";

/**
 * What stands behind `make preflight` and `make up`, with the real engine and plugins, against the lab's vCenter: each thing that
 * would end an `up` half-way is one clear message before anything is created. More: tests/drills/preflight.test.ts.
 */
jest.setTimeout(600_000);

const { site, made, unchanged, refuses, permission, up } = preflightSite(18_991);

/** The environment whose account has no more rights than it needs. */
const leastPrivilege = (config: Config): void => {
  Object.assign(config["site:vsphere"], { user: PROVISIONER, manageAccess: false });
};

test("a vCenter that has everything", async () => {
  const { exitCode, output } = await made.run("preflight");
  expect(output).toContain("The vCenter has all that dev needs.");
  expect(exitCode).toBe(0);
  await unchanged();
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

test("a refused password", async () => {
  const passwords = { "vsphere:password": "not this one" };
  const output = await refuses(["is refused", "pulumi config set --secret"], undefined, {
    passwords,
  });
  expect(output).not.toContain("not this one");
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
  await unchanged();
});

describe("rights that infra gives", () => {
  const environment = parseEnvironment("dev", rawSite("dev"));

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
