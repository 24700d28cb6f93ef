import { execa } from "execa";

import { entryAddress } from "../../../environment/loadBalancers";
import { checkout } from "../../../lib/paths";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import { withNodesLike } from "../../e2e/support/environmentFile";
import { changesIn, environment, kubectl, logins } from "../../e2e/support/harness";
import { readEnvironmentFile } from "../../environment";
import { bringUp, tryUp } from "../bringUp";

/** Its address is free in the site's DMZ. */
const ADDED = { name: "hak8swok512", address: "172.30.120.12" };

/** A firewall that lacks a flow of a new machine: the join is refused by name, and goes on when the flow is open. */
export function closedFlow(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const model = site.nodes.find(({ zone }) => zone === "dmz")!.name;
  const workers = site.nodes.filter(({ role }) => role === "worker").map(({ name }) => name);
  const api = entryAddress(site.loadBalancer);
  // Before the lab's own rules, which each make up puts in force again.
  const rule = [
    ...["FORWARD", "--source", ADDED.address, "--destination", api, "--protocol", "tcp"],
    ...["--dport", String(site.kubernetes.apiPort), "--jump", "DROP"],
  ];
  const iptables = (what: string, { reject = true } = {}) =>
    execa("iptables", ["--wait", what, ...rule], {
      reject,
      env: { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
    });
  let edited: EditedCheckout;

  beforeAll(() => {
    edited = new EditedCheckout();
  });
  afterAll(async () => {
    await iptables("--delete", { reject: false });
    edited.remove();
  });

  const known = () => kubectl(["get", "nodes", ADDED.name, "--ignore-not-found", "--output=name"]);

  test("a closed flow is named, nothing is prepared, and no other worker is asked", async () => {
    await iptables("--insert");
    edited.edit(withNodesLike(model, [ADDED]));
    const before = await logins(workers);
    const refused = await tryUp(edited);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(
      `zone dmz ${ADDED.address} -> API ${api} tcp ${site.kubernetes.apiPort} (API at the load balancer): no answer within 10 s`,
    );
    expect(refused.output).toContain(`${ADDED.name} does not join`);
    expect((await logins(workers)) - before).toBe(0);
    expect(await known()).toBe("");
  });

  test("with the flow open the same command makes it a member; then nothing is tried again, and it leaves", async () => {
    await iptables("--delete");
    await bringUp(edited);
    expect(await known()).toContain(ADDED.name);
    expect((await bringUp(edited)).flatMap(changesIn)).toEqual([]);
    edited.revert();
    await bringUp(edited);
    expect(await known()).toBe("");
  });
}
