import type { Driver } from "../../../operations/engine/stackState";
import { proxyProtocolIsDue } from "../../../operations/proxyProtocol";
import { pairSite } from "../environment/pair";

const BOTH = ["172.30.10.46", "172.30.10.47"];

/** An engine whose stacks have these outputs. */
function engineOf(outputs: Record<string, Record<string, unknown>>): Driver {
  return {
    environment: "dev",
    backendUrl: "s3://states",
    capture: ({ name }) =>
      Promise.resolve({
        ok: true,
        stdout: JSON.stringify({
          version: 3,
          deployment: {
            resources: [{ urn: "root", type: "pulumi:pulumi:Stack", outputs: outputs[name] }],
          },
        }),
        stderr: "",
      }),
    run: () => Promise.reject(new Error("nothing is to be run")),
  };
}

const isDue = (
  believed: string[] | undefined,
  senders: string[] | undefined,
  proxyProtocol = true,
) =>
  proxyProtocolIsDue(
    engineOf({
      infra: senders === undefined ? {} : { proxySenders: senders },
      apps: { apps: { urls: [], proxyProtocolFrom: believed } },
    }),
    { loadBalancer: { ...pairSite("dev").loadBalancer, proxyProtocol } },
  );

test("infra goes once more while Traefik believes a load balancer that does not send yet", async () => {
  expect(await isDue(BOTH, [])).toBe(true);
  expect(await isDue(BOTH, undefined)).toBe(true);
  expect(await isDue(BOTH, BOTH.slice(1))).toBe(true);
});

test("it does not where both agree, where Traefik does not believe it, and where the key is off", async () => {
  expect(await isDue(BOTH, BOTH)).toBe(false);
  expect(await isDue(undefined, [])).toBe(false);
  expect(await isDue(BOTH.slice(1), BOTH.slice(1))).toBe(false);
  expect(await isDue(BOTH, [], false)).toBe(false);
});
