import { X509Certificate } from "node:crypto";
import https from "node:https";

import * as pulumi from "@pulumi/pulumi";

import { STORED_TRIGGER } from "../../../../cluster/state/previousOutputs";
import { site } from "../../environment/site";
import { type Authority, kubeconfigOf, withAuthority } from "../../kubernetes/authority";
import { status, withServer } from "../../kubernetes/server";
import { vmIdOf } from "../../vmId";
import { named, run } from "../run";

/** What a program makes of a cluster that it has recorded. */

const { nodes, kubernetes } = site("dev");
const [first, ...others] = nodes.map(({ name }) => name) as [string, ...string[]];
const joined = Object.fromEntries(
  others.map((name) => [name, { vmId: vmIdOf(name), [STORED_TRIGGER]: "long ago" }]),
);
const recorded = { joined, cluster: { kubernetesVersion: kubernetes.version } };

const asNode = (name: string, vmId: string | undefined = vmIdOf(name)) => ({
  metadata: {
    name,
    uid: name,
    labels: {},
    annotations: vmId === undefined ? {} : { "sitewright/vm-id": vmId },
  },
  status: { nodeInfo: { systemUUID: name, kubeletVersion: `v${kubernetes.version}` } },
});
const list = (items: object[]) => JSON.stringify({ kind: "NodeList", items });
const all = nodes.map(({ name }) => asNode(name));

/** Runs the program with an API server that answers so, behind the kubeconfig in the state. */
function withApi(
  code: number,
  body: string,
  {
    days,
    host,
    kubeconfig = (url: string, authority: Authority) =>
      kubeconfigOf(url, authority.ca, authority.issue("/CN=kubernetes-admin")),
  }: {
    days?: { from: number; to: number };
    /** Name in the server's certificate. */
    host?: string;
    kubeconfig?: (url: string, authority: Authority) => string;
  } = {},
) {
  return withAuthority((authority) => {
    const server = authority.issue("/CN=kube-apiserver", days, host);
    return withServer(
      server,
      authority.ca,
      (_, response) => response.writeHead(code).end(body),
      async (url) => ({
        ...(await ran(kubeconfig(url, authority))),
        fingerprint: fingerprintOf(server),
      }),
    );
  });
}

/** As it is recorded of the API server's certificate. */
const fingerprintOf = ({ cert }: { cert: string | Buffer }): string =>
  new X509Certificate(cert).fingerprint256.replaceAll(":", "").toLowerCase();

/** What is triggered, and what was said. */
async function ran(kubeconfig?: string, before: object = {}) {
  const warned = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  try {
    const { registered, requests, values } = await run({
      ...recorded,
      ...before,
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
    });
    const steps = (step: string) => named(registered, `devk8sclu-${step}`).inputs["triggers"];
    return {
      warnings: warned.mock.calls.map(([text]) => text),
      mint: Object.fromEntries(others.map((name) => [name, steps(`mint-${name}`)[2]])),
      initialize: steps("initialize") as string[],
      wait: named(registered, "cloud-provider-initialized").inputs["triggers"] as string[],
      revision: (name: string): string =>
        named(registered, `node-${name}`).inputs["metadata"].annotations["sitewright/revision"],
      // A preview looks for a Node unless something of its patch is not known before the join.
      waitsForJoin: (name: string): boolean =>
        requests
          .find((request) => request.getName() === `node-${name}`)!
          .getPropertydependenciesMap()
          .get("metadata")!
          .getUrnsList()
          .some((urn: string) => urn.endsWith(`-join-${name}`)),
      joined: values["joined"] as typeof joined,
    };
  } finally {
    warned.mockRestore();
  }
}

const asRecorded = Object.fromEntries(others.map((name) => [name, "long ago"]));

test("nodes that are all there: everything is as recorded", async () => {
  const { mint, initialize, joined: after, warnings } = await withApi(200, list(all));
  expect(mint).toEqual(asRecorded);
  expect(initialize).toEqual([vmIdOf(first)]);
  expect(after).toEqual(joined);
  expect(warnings).toEqual([]);
});

test.each<[string, (node: string) => object[]]>([
  ["is deleted", () => []],
  ["was created again since", (name) => [asNode(name, "")]],
  ["belongs to another machine", (name) => [asNode(name, vmIdOf("another"))]],
])(
  "a Node that %s: this machine joins again, its labels and taints with it",
  async (_what, its) => {
    const [lost, ...rest] = others as [string, ...string[]];
    const before = await withApi(200, list(all));
    const {
      mint,
      initialize,
      wait,
      revision,
      waitsForJoin,
      joined: after,
    } = await withApi(
      200,
      list([...all.filter(({ metadata }) => metadata.name !== lost), ...its(lost)]),
    );
    const joinTrigger = mint[lost]!;
    expect(Date.parse(joinTrigger)).not.toBeNaN();
    expect(mint).toEqual({ ...asRecorded, [lost]: joinTrigger });
    expect(initialize).toEqual([vmIdOf(first)]);
    expect(wait).toContain(joinTrigger);
    expect([lost, ...rest].filter(waitsForJoin)).toEqual([lost]);
    expect(revision(lost)).not.toBe(before.revision(lost));
    expect(rest.map(revision)).toEqual(rest.map(before.revision));
    expect(after[lost]).toEqual({ vmId: vmIdOf(lost), [STORED_TRIGGER]: joinTrigger });
  },
);

test("the first control plane's Node is deleted: its step runs again, and no bootstrap token is created", async () => {
  const before = await withApi(200, list(all));
  const { mint, initialize, revision, joined: after } = await withApi(200, list(all.slice(1)));
  expect(mint).toEqual(asRecorded);
  expect(initialize).toEqual([vmIdOf(first), expect.any(String)]);
  expect(revision(first)).not.toBe(before.revision(first));
  expect(after[first]).toEqual({ vmId: vmIdOf(first), [STORED_TRIGGER]: initialize[1] });
});

test.each<[string, () => ReturnType<typeof withApi>, RegExp]>([
  ["429", () => withApi(429, status("TooManyRequests", "x")), /HTTP 429/],
  ["503", () => withApi(503, ""), /HTTP 503/],
  ["401", () => withApi(401, status("Unauthorized", "x")), /HTTP 401/],
  ["404", () => withApi(404, status("NotFound", "x")), /no nodes/],
  [
    "an expired certificate",
    () => withApi(200, list([]), { days: { from: -9, to: -1 } }),
    /EXPIRED/,
  ],
  [
    "a clock that is a year off",
    () => withApi(200, list([]), { days: { from: 365, to: 400 } }),
    /NOT_YET_VALID/,
  ],
  [
    "another TLS server",
    () =>
      withAuthority((other) =>
        withApi(200, list([]), {
          kubeconfig: (url) => kubeconfigOf(url, other.ca, other.issue("/CN=admin")),
        }),
      ),
    /certificate/,
  ],
])("on %s nothing is decided, and it is said in one line", async (_what, read, why) => {
  const { mint, initialize, joined: after, warnings } = await read();
  expect(mint).toEqual(asRecorded);
  expect(initialize).toEqual([vmIdOf(first)]);
  expect(after).toEqual(joined);
  expect(warnings).toEqual([expect.stringMatching(why)]);
});

test("a broken kubeconfig in the state is read again from the first control plane, and it is said", async () => {
  const { mint, initialize, warnings } = await ran("{{ no kubeconfig");
  expect(mint).toEqual(asRecorded);
  expect(initialize).toEqual([vmIdOf(first), expect.any(String)]);
  expect(warnings).toEqual([expect.stringMatching(/no YAML.*It is read again/)]);
});

test("without a recorded kubeconfig no API server is asked", async () => {
  const dialled = jest.spyOn(https, "request");
  const { warnings } = await ran();
  expect(dialled).not.toHaveBeenCalled();
  expect(warnings).toEqual([]);
  await withApi(200, list(all));
  expect(dialled).toHaveBeenCalled();
  dialled.mockRestore();
});

describe("a kubeconfig that is older than the certificates of the first control plane", () => {
  const renewed = { days: { from: -1, to: 3 }, host: first };

  test.each([200, 401])(
    "is read again from there, also where it has expired (HTTP %d)",
    async (code) => {
      const {
        initialize,
        joined: after,
        mint,
        warnings,
        fingerprint,
      } = await withApi(code, code === 200 ? list(all) : status("Unauthorized", ""), renewed);
      expect(initialize).toEqual([vmIdOf(first), fingerprint]);
      expect(after[first]).toEqual({ vmId: vmIdOf(first), [STORED_TRIGGER]: fingerprint });
      // No machine joins again because of it.
      expect(mint).toEqual(asRecorded);
      expect(warnings.at(-1)).toMatch(/^The certificates of devk8smst501 were renewed/);
    },
  );

  test("is a reason once: the next update changes nothing, whether it got a newer one or not", async () => {
    await withAuthority(async (authority) => {
      const server = authority.issue("/CN=kube-apiserver", renewed.days, first);
      const fingerprint = fingerprintOf(server);
      const before = {
        joined: { ...joined, [first]: { vmId: vmIdOf(first), [STORED_TRIGGER]: fingerprint } },
      };
      for (const days of [
        { from: -1, to: 3 },
        { from: -1, to: 1 },
      ]) {
        const client = authority.issue("/CN=kubernetes-admin", days);
        const {
          initialize,
          joined: after,
          warnings,
        } = await withServer(
          server,
          authority.ca,
          (_, response) => response.writeHead(200).end(list(all)),
          (url) => ran(kubeconfigOf(url, authority.ca, client), before),
        );
        expect(initialize).toEqual([vmIdOf(first), fingerprint]);
        expect(after).toEqual(before.joined);
        expect(warnings).toEqual([]);
      }
    });
  });

  test.each([
    ["another control plane answers", { ...renewed, host: "devk8smst502" }],
    ["they end together", { ...renewed, days: { from: -1, to: 1 } }],
    ["the server's ends before", { ...renewed, days: { from: -1, to: 0.5 } }],
  ])("cannot be told where %s", async (_, server) => {
    const { initialize, warnings } = await withApi(200, list(all), server);
    expect(initialize).toEqual([vmIdOf(first)]);
    expect(warnings).toEqual([]);
  });
});
