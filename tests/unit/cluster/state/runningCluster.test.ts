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
    before,
    kubeconfig = (url: string, authority: Authority) =>
      kubeconfigOf(url, authority.ca, authority.issue("/CN=kubernetes-admin")),
  }: {
    days?: { from: number; to: number };
    /** Name in the server's certificate. */
    host?: string;
    /** What the update before has recorded beside the rest. */
    before?: object;
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
        ...(await ran(kubeconfig(url, authority), before)),
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
    const steps = (step: string) => named(registered, step).inputs["triggers"];
    return {
      warnings: warned.mock.calls.map(([text]) => text),
      mint: Object.fromEntries(others.map((name) => [name, steps(`mint-${name}`)[2]])),
      initialize: steps("initialize") as string[],
      harden: steps(`harden-${first}`) as string[],
      renewal: values["renewal"] as string | undefined,
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
          .some((urn: string) => urn.endsWith(`::join-${name}`)),
      joined: values["joined"] as typeof joined,
    };
  } finally {
    warned.mockRestore();
  }
}

/** What the update records: the control plane that initialized the cluster too, which older programs left out. */
const asJoined = { ...joined, [first]: { vmId: vmIdOf(first) } };
const asRecorded = Object.fromEntries(others.map((name) => [name, "long ago"]));

test("nodes that are all there: everything is as recorded", async () => {
  const { mint, initialize, joined: after, warnings } = await withApi(200, list(all));
  expect(mint).toEqual(asRecorded);
  expect(initialize).toEqual([vmIdOf(first)]);
  expect(after).toEqual(asJoined);
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
  ["404", () => withApi(404, status("NotFound", "x")), /no nodes/],
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
  expect(after).toEqual(asJoined);
  expect(warnings).toEqual([expect.stringMatching(why)]);
});

test("a broken kubeconfig in the state is replaced by another one of the first control plane, and it is said", async () => {
  const { mint, initialize, warnings } = await ran("{{ no kubeconfig");
  expect(mint).toEqual(asRecorded);
  expect(initialize).toEqual([vmIdOf(first), expect.any(String)]);
  expect(warnings).toEqual([expect.stringMatching(/no YAML.*asked for another/)]);
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

/** Days that are less than a third of a year, and more. */
const [DUE, LONG] = [120, 130].map((to) => ({ from: -1, to })) as [
  { from: number; to: number },
  { from: number; to: number },
];

describe("a kubeconfig whose certificate is due", () => {
  /** Runs the program with a kubeconfig of so many days. */
  const withDays = (days: typeof DUE, before: (fingerprint: string) => object = () => ({})) =>
    withAuthority((authority) => {
      const client = authority.issue("/CN=operator", days);
      const server = authority.issue("/CN=kube-apiserver");
      const fingerprint = fingerprintOf(client);
      return withServer(
        server,
        authority.ca,
        (_, response) => response.writeHead(200).end(list(all)),
        async (url) => ({
          ...(await ran(kubeconfigOf(url, authority.ca, client), before(fingerprint))),
          fingerprint,
        }),
      );
    });

  test("is issued again, and no machine joins again because of it", async () => {
    const { initialize, joined: after, mint, harden, warnings, fingerprint } = await withDays(DUE);
    expect(initialize).toEqual([vmIdOf(first), fingerprint]);
    expect(after[first]).toEqual({ vmId: vmIdOf(first), [STORED_TRIGGER]: fingerprint });
    expect(mint).toEqual(asRecorded);
    expect(harden).toEqual([vmIdOf(first)]);
    expect(warnings).toEqual([]);
  });

  test("is a reason once: where it stays, the next update changes nothing", async () => {
    const record = (fingerprint: string) => ({
      joined: { ...joined, [first]: { vmId: vmIdOf(first), [STORED_TRIGGER]: fingerprint } },
    });
    const { initialize, joined: after, fingerprint } = await withDays(DUE, record);
    expect(initialize).toEqual([vmIdOf(first), fingerprint]);
    expect(after).toEqual(record(fingerprint).joined);
  });

  test("is not due a little before", async () => {
    expect((await withDays(LONG)).initialize).toEqual([vmIdOf(first)]);
  });
});

describe("an API server's certificate that is due", () => {
  test("makes the control planes renew, in one update", async () => {
    const due = await withApi(200, list(all), { days: DUE });
    expect(due.harden).toEqual([vmIdOf(first), due.fingerprint]);
    expect(due.renewal).toBe(due.fingerprint);
    expect(due.initialize).toEqual([vmIdOf(first)]);
    expect(due.warnings).toEqual([expect.stringMatching(/certificate is due/)]);
    const next = await withApi(200, list(all), { days: LONG, before: { renewal: due.renewal } });
    expect(next.harden).toEqual(due.harden);
    expect(next.renewal).toBe(due.renewal);
    expect(next.warnings).toEqual([]);
  });

  test("makes them renew also when it has expired, and nothing else is decided", async () => {
    const over = await withApi(200, list([]), { days: { from: -9, to: -1 } });
    expect(Date.parse(over.harden[1] ?? "")).not.toBeNaN();
    expect(over.renewal).toBe(over.harden[1]);
    expect([over.mint, over.initialize, over.joined]).toEqual([
      asRecorded,
      [vmIdOf(first)],
      asJoined,
    ]);
    expect(over.warnings).toEqual([
      expect.stringMatching(/EXPIRED/),
      expect.stringMatching(/certificate is due/),
    ]);
  });

  test("is nothing that an update records while all is well", async () => {
    const { harden, renewal } = await withApi(200, list(all));
    expect(harden).toEqual([vmIdOf(first)]);
    expect(renewal).toBeUndefined();
  });
});

test.each([
  [401, "Unauthorized"],
  [403, "Forbidden"],
])(
  "a kubeconfig that the cluster refuses (HTTP %d) is replaced by another one of the first control plane",
  async (code, reason) => {
    const {
      initialize,
      mint,
      harden,
      joined: after,
      warnings,
    } = await withApi(code, status(reason, "x"));
    expect(initialize).toEqual([vmIdOf(first), expect.any(String)]);
    expect([mint, harden]).toEqual([asRecorded, [vmIdOf(first)]]);
    expect(after).toEqual({ ...joined, [first]: expect.anything() });
    expect(warnings).toEqual([
      expect.stringMatching(new RegExp(`HTTP ${code}.*asked for another`)),
    ]);
  },
);
