import type { Apps, Infra } from "../../../environment/contracts";
import { loadBalancerMachines } from "../../../environment/loadBalancers";
import { checkout } from "../../../lib/paths";
import { eventually } from "../../e2e/cluster/pods";
import { EditedCheckout } from "../../e2e/support/editedCheckout";
import { withKey } from "../../e2e/support/environmentFile";
import {
  changesIn,
  environment,
  expectSuccess,
  kubectl,
  onMachine,
  outputs,
} from "../../e2e/support/harness";
import { type Question, told, whileAsking } from "../../e2e/support/prober";
import { get, type Way } from "../../e2e/support/request";
import { readEnvironmentFile } from "../../environment";

/**
 * Milliseconds for an answer. HAProxy waits two seconds for a node port that a worker without a pod no longer answers, and then takes
 * another worker; it leaves that one out after three checks.
 */
const LIMIT = 20_000;

/** The ingress learns the clients' addresses on a running site, and forgets them again, without a failed answer. */
export function clientAddresses(): void {
  const site = readEnvironmentFile(environment, { directory: checkout });
  const { whoami, ingress } = site.apps;
  const machines = loadBalancerMachines(site.loadBalancer);
  /** This machine, as the load balancer sees it. */
  const client = site.zones[site.loadBalancer.zone]!.gateway;
  let way: Way;
  let edited: EditedCheckout;

  beforeAll(async () => {
    const { address } = (await outputs<Infra>("infra", "infra")).api;
    const { ingressCaCertificate } = await outputs<Required<Apps>>("apps", "apps");
    way = { address, ca: ingressCaCertificate };
    edited = new EditedCheckout();
  });
  afterAll(async () => {
    edited.revert();
    expectSuccess(await edited.make("up"));
    edited.remove();
  });

  async function seen(): Promise<string | undefined> {
    const { body } = await get({ host: whoami.host }, way);
    return /^X-Forwarded-For: (.*)$/m.exec(body)?.[1];
  }

  const asksWhoami: Question = async () => {
    try {
      const { status } = await get({ host: whoami.host, limit: LIMIT }, way);
      return { ok: status === 200, answer: String(status) };
    } catch (error) {
      return { ok: false, answer: (error as Error).message };
    }
  };

  /** Brings the site up while whoami is asked. */
  async function upWhileAsking(what: string): Promise<void> {
    const series = await whileAsking({ whoami: asksWhoami }, async () =>
      expectSuccess(await edited.make("up")),
    );
    console.log(`${what}: ${told(series.whoami)}`);
    expect(series.whoami.failed).toEqual([]);
  }

  test("one make up changes over, and the application learns the client's address", async () => {
    expect(await seen()).not.toBe(client);
    edited.edit(withKey(["site:loadBalancer", "proxyProtocol"], true));
    await upWhileAsking("addresses of clients, on");
    expect(await seen()).toBe(client);
    for (const { name } of machines) {
      const sends = await onMachine(
        name,
        "grep",
        "-c",
        "send-proxy-v2",
        "/etc/haproxy/haproxy.cfg",
      );
      expect(sends).toBe("2");
    }
    const again = await edited.make("up");
    expectSuccess(again);
    expect(changesIn(again)).toEqual([]);
  });

  test("HAProxy finds the workers with a pod of Traefik, and no others", async () => {
    const found = async () => {
      const nodes = await kubectl([
        ...["get", "pods", "--namespace", ingress.namespace, "--selector=app=traefik"],
        ...["--field-selector=status.phase=Running", "--output=jsonpath={.items[*].spec.nodeName}"],
      ]);
      const asked = [
        "bash",
        "-c",
        "echo 'show stat' | socat - UNIX-CONNECT:/run/haproxy/admin.sock",
      ];
      const stat = await onMachine(machines[0]!.name, ...asked);
      const up = stat
        .split("\n")
        .map((line) => line.split(","))
        .filter(([backend, , ...rest]) => backend === "https" && rest[15] === "UP")
        .map(([, server]) => server)
        .filter((server) => server !== "BACKEND");
      return `${[...new Set(nodes.split(" "))].sort().join()} ${up.sort().join()}`;
    };
    const same = async () => {
      const [pods, up] = (await found()).split(" ");
      return pods === up ? "same" : `${pods} / ${up}`;
    };
    expect(await eventually(["same"], same)).toBe("same");
  });

  test("without the key it is as it was", async () => {
    edited.revert();
    await upWhileAsking("addresses of clients, off");
    expect(await seen()).not.toBe(client);
  });
}
