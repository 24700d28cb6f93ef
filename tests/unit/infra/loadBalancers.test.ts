import { infraContract } from "../../../environment/contracts";
import { renderHaproxy } from "../../../infra/load-balancer/haproxy";
import { renderKeepalived } from "../../../infra/load-balancer/keepalived";
import { pairSite, rawPair } from "../environment/pair";
import { configOf, site } from "../environment/site";
import { vmIdOf } from "../vmId";
import { committed, ofType, run } from "./run";

test("HAProxy gets its configuration through standard input, over a pinned connection", async () => {
  const { registered } = await committed();
  const [command] = ofType(registered, "command:remote:Command");
  expect(command?.inputs).toMatchObject({
    stdin: renderHaproxy(site("dev")),
    triggers: [vmIdOf("devk8slb501-vm")],
    logging: "none",
    addPreviousOutputInEnv: false,
    connection: {
      host: "172.30.10.45",
      user: "sitewright",
      hostKey: "public devk8slb501-host-key",
      privateKey: "private ssh-user\n",
    },
  });
  expect(command?.inputs["delete"]).toBeUndefined();
  expect(command?.inputs["create"]).not.toContain("172.30");
});

test("each load balancer tells clients' addresses as soon as Traefik believes it, and infra exports which do", async () => {
  const raw = rawPair("dev");
  raw["loadBalancer"].proxyProtocol = true;
  const output = { urls: [], proxyProtocolFrom: ["172.30.10.46"] };
  const stacks = {
    "organization/sitewright-apps/dev": [
      { urn: "urn:root", type: "pulumi:pulumi:Stack", outputs: { apps: output } },
    ],
  };
  const { registered, result } = await run({ config: configOf(raw), stacks });
  const told = ofType(registered, "command:remote:Command")
    .filter(({ inputs }) => inputs["stdin"].includes("send-proxy-v2"))
    .map(({ name }) => name);
  expect(told).toEqual(["load-balancer-haproxy"]);
  expect(result).toMatchObject({ proxySenders: ["172.30.10.46"] });
});

describe("a pair of load balancers", () => {
  let made: ReturnType<typeof run> | undefined;
  const pair = () => (made ??= run({ config: configOf(rawPair("dev")) }));

  test("is two machines with HAProxy and keepalived, of which the contract names both", async () => {
    const { registered, values } = await pair();
    const steps = ofType(registered, "command:remote:Command").map(({ name, inputs }) => [
      ...[name, inputs["connection"].host, inputs["connection"].hostKey],
    ]);
    expect(steps).toEqual([
      ["load-balancer-haproxy", "172.30.10.46", "public devk8slb501-host-key"],
      ["load-balancer-keepalived", "172.30.10.46", "public devk8slb501-host-key"],
      ["load-balancer-2-haproxy", "172.30.10.47", "public devk8slb502-host-key"],
      ["load-balancer-2-keepalived", "172.30.10.47", "public devk8slb502-host-key"],
    ]);
    expect(values.infra).toMatchObject({
      api: { address: "172.30.10.45" },
      loadBalancers: [{ address: "172.30.10.46" }, { address: "172.30.10.47" }],
    });
    expect(infraContract.safeParse(values.infra).error).toBeUndefined();
  });

  test("is changed one after the other: nothing of the second is asked for before the first is done", async () => {
    const { registered } = await pair();
    const at = (name: string) => registered.findIndex((one) => one.name === name);
    expect(at("load-balancer-keepalived")).toBeGreaterThan(at("load-balancer-haproxy"));
    expect(at("devk8slb502-vm")).toBeGreaterThan(at("load-balancer-keepalived"));
    expect(at("load-balancer-2-haproxy")).toBeGreaterThan(at("devk8slb502-vm"));
  });

  test("gives keepalived its configuration through standard input, and calls no machine when it is deleted", async () => {
    const { registered } = await pair();
    const { inputs } = registered.find(({ name }) => name === "load-balancer-2-keepalived")!;
    expect(inputs["stdin"]).toBe(renderKeepalived({ name: "devk8slb502" }, pairSite("dev")));
    // The machine may be gone with its address; one that stays is told by its HAProxy step.
    expect(inputs).not.toHaveProperty("delete");
    const alone = (await committed()).registered.find(
      ({ name }) => name === "load-balancer-haproxy",
    )!;
    expect(alone.inputs["create"]).toContain("systemctl disable --quiet --now keepalived");
  });
});
