import type { Cluster, Infra } from "../../../environment/contracts";
import type { Series } from "../../e2e/apps/reads";
import { eventually } from "../../e2e/cluster/pods";
import { upWith } from "../../e2e/support/changedConfig";
import { docker, expectSuccess, make, onMachine, outputs } from "../../e2e/support/harness";
import { request, whileAsking } from "../../e2e/support/prober";

/** The machines of the pair; the API keeps the address it has. */
const PAIR = { devk8slb501: "172.30.10.46", devk8slb502: "172.30.10.47" };
const [FIRST, SECOND] = Object.keys(PAIR) as (keyof typeof PAIR)[];

/** Seconds without an answer when the address moves: keepalived gives a peer that says nothing three and a half. */
const MOVE_SECONDS = 6;

/**
 * The lab's load balancer as a pair, and back: `make up` on the committed configuration makes it one machine again. It proves
 * VRRP by unicast on a docker network; what a vSphere port group makes of it, it cannot.
 */
export function pair(): void {
  let api: Infra["api"];
  let ca: string;

  beforeAll(async () => {
    ({ api } = await outputs<Infra>("infra", "infra"));
    ({ caCertificate: ca } = await outputs<Cluster>("cluster", "cluster"));
    const made = await upWith("infra", (config) => {
      Object.assign(config["site:loadBalancer"], {
        address: PAIR[FIRST],
        pair: {
          name: SECOND,
          address: PAIR[SECOND],
          virtualAddress: api.address,
          routerId: 51,
        },
      });
    });
    expectSuccess(made);
  });

  afterAll(async () => {
    expectSuccess(await make("up"));
  });

  /** Which machines have the API's address. */
  async function holders(of: readonly string[] = [FIRST, SECOND]): Promise<string[]> {
    const have = await Promise.all(
      of.map(async (name) => {
        const addresses = await onMachine(name, "ip", "-4", "-oneline", "address", "show");
        return addresses.includes(` ${api.address}/`);
      }),
    );
    return of.filter((_, index) => have[index]);
  }

  const readyz = () =>
    request({ host: api.name, path: "/readyz" }, { ...api, ca }, { status: 200, body: "ok" });

  /** Asks the API at its address each 100 ms while something happens, until it is done and the API answers again. */
  async function whileReading(event: () => Promise<void>): Promise<Series> {
    return (await whileAsking({ api: readyz() }, event)).api;
  }

  /** Waits until only that machine has the address. */
  async function moved(to: string, among?: readonly string[]): Promise<void> {
    const held = async () => (await holders(among)).join(" ");
    expect(await eventually([to], held)).toBe(to);
  }

  test("one machine has the address, and both run HAProxy and keepalived", async () => {
    expect(await holders()).toEqual([FIRST]);
    for (const name of [FIRST, SECOND]) {
      expect(await onMachine(name, "systemctl", "is-active", "haproxy", "keepalived")).toBe(
        "active\nactive",
      );
    }
    expect(await readyz()()).toEqual({ ok: true, answer: "200 ok" });
  });

  test("a machine whose HAProxy is stopped gives the address up, and does not take it back", async () => {
    const seen = await whileReading(async () => {
      await onMachine(FIRST, "systemctl", "stop", "haproxy");
      await moved(SECOND);
    });
    expect(seen.longestGap).toBeLessThan(MOVE_SECONDS * 1000);
    const back = await whileReading(async () => {
      await onMachine(FIRST, "systemctl", "start", "haproxy");
      // Long enough for the health script to pass twice and for an election.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
    });
    expect(back.failed).toEqual([]);
    expect(await holders()).toEqual([SECOND]);
  });

  test("a machine that is lost is replaced by the other", async () => {
    const seen = await whileReading(async () => {
      await docker("kill", `sitewright-${SECOND}`);
      await moved(FIRST, [FIRST]);
    });
    expect(seen.longestGap).toBeLessThan(MOVE_SECONDS * 1000);
    console.log(`load balancer lost: no answer for ${seen.longestGap} ms`);
  });
}
