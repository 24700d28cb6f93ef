import { execa } from "execa";

import { toolchain } from "../../../lib/paths";
import { Checkout, type Config } from "./checkout";
import { EXCLUDED, type Finished, password, Site } from "./vcenter";

export const PROVISIONER = "provisioner@vsphere.local";
export const CSI = "csi@vsphere.local";

/**
 * What stands behind `make preflight` and `make up`, with a vCenter of their own in which nothing is made.
 *
 * @param port - Where the vCenter listens.
 */
export function preflightSite(port: number) {
  const site = new Site(port, [
    { user: PROVISIONER },
    { user: CSI },
    { user: "cloud-provider@vsphere.local" },
    { user: "late@vsphere.local", passwordExpired: true },
  ]);
  const made = new Checkout(site);
  let before: string;
  /** Remembers what the vCenter has now: a refusal must leave exactly that. */
  const remember = async (): Promise<void> => {
    before = await site.inventory();
  };
  const unchanged = async (): Promise<void> => expect(await site.inventory()).toBe(before);

  beforeAll(async () => {
    await site.start({
      templates: [{ name: "photon-5" }, { name: "photon-3", hardwareVersion: 14 }],
    });
    made.prepare();
    await remember();
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
    await unchanged();
    return output;
  }

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

  /** An update of infra without its step over SSH. */
  const up = (): Promise<Finished> => made.pulumi("up", "--yes", "--skip-preview", ...EXCLUDED);

  return { site, made, remember, unchanged, refuses, permission, up };
}
