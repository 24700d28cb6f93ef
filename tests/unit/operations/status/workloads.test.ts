import type { Apps, Workload } from "../../../../environment/contracts";
import { REPLICAS_ANNOTATION } from "../../../../operations/backups/scale";
import { applicationsSection } from "../../../../operations/status/applications";
import {
  podsReady,
  readWorkloads,
  type Workloads,
  workloadsSection,
} from "../../../../operations/status/workloads";
import { FakeCluster } from "../cluster";

const consul: Workload = { kind: "StatefulSet", namespace: "sys", name: "consul" };
const wiki: Workload = { kind: "StatefulSet", namespace: "apps", name: "wiki" };
const whoami: Workload = { kind: "Deployment", namespace: "apps", name: "whoami" };

const object = (
  { kind, ...metadata }: Workload,
  replicas: number | undefined,
  readyReplicas?: number,
  annotations?: Record<string, string>,
) => ({
  kind,
  metadata: { ...metadata, annotations },
  spec: { replicas },
  status: { readyReplicas },
});

const faults = (urls: Parameters<typeof workloadsSection>[0], workloads?: Workloads): string[] =>
  workloadsSection(urls, workloads, "dev").missing;

/** What a cluster with these objects is told of. */
const read = (...objects: object[]) => readWorkloads(new FakeCluster(objects));

test("all are asked for at once, and shown as ready of wanted", async () => {
  const cluster = new FakeCluster([object(consul, 3, 2), object(whoami, undefined, 1)]);
  const list = jest.spyOn(cluster, "list");
  const workloads = await readWorkloads(cluster);
  expect(list.mock.calls).toEqual([["deployments,statefulsets", {}]]);
  const others = [wiki, { ...consul, namespace: "apps" }, { ...whoami, kind: "StatefulSet" }];
  expect(podsReady(consul, workloads)).toBe("2/3");
  expect(podsReady(whoami, workloads)).toBe("1/1");
  for (const other of others) {
    expect(podsReady(other as Workload, workloads)).toBe("missing");
  }
});

test("whose pods are all ready, or more while they are replaced, misses nothing", async () => {
  const workloads = await read(object(consul, 3, 3), object(whoami, 2, 3));
  const urls = [
    { name: "consul", workload: consul },
    { name: "whoami", workload: whoami },
  ];
  expect(faults(urls, workloads)).toEqual([]);
});

test.each([
  [
    "too few pods",
    object(consul, 3, 2),
    "consul has 2 of 3 pods ready (StatefulSet consul): kubectl --namespace sys get pods,events shows why",
  ],
  ["no pods", object(consul, 3), /^consul has 0 of 3 pods ready/],
  [
    "nothing that keeps pods",
    object(whoami, 1, 1),
    /^consul has no StatefulSet consul in namespace sys: .*refresh && make up STACK=apps ENV=dev$/,
  ],
  [
    "no pods because the workload was scaled to zero",
    object(consul, 0),
    /^consul is stopped: StatefulSet consul in namespace sys is to have no pods: .*refresh/,
  ],
  [
    "no pods because of a restore",
    object(consul, 0, undefined, { [REPLICAS_ANNOTATION]: "3" }),
    /^consul is stopped by a restore .*make up STACK=apps ENV=dev starts it again$/,
  ],
])("%s are missing", async (_, found, text) => {
  expect(faults([{ name: "consul", workload: consul }], await read(found))).toEqual([
    typeof text === "string" ? text : expect.stringMatching(text),
  ]);
});

describe("in the table", () => {
  const url = (name: string, workload?: Workload): Apps["urls"][number] => ({
    ...{ name, url: `https://${name}.test/`, version: "1.0.0", answers: [401] },
    ...(workload === undefined ? {} : { workload }),
  });
  const section = (urls: Apps["urls"], workloads?: Workloads) => ({
    missing: faults(urls, workloads),
    text: applicationsSection(
      { urls, backups: [] },
      {
        answers: new Map(urls.map(({ name }) => [name, { text: "HTTP 401", status: 401 }])),
        backups: new Map(),
        workloads,
        now: new Date(),
      },
    ).text,
  });

  test("a good answer does not hide that no pod is ready", async () => {
    const { text, missing } = section([url("consul", consul)], await read(object(consul, 3)));
    expect(text).toMatch(/^consul +\S+ +HTTP 401 +0\/3 +1\.0\.0 /m);
    expect(missing).toEqual([expect.stringMatching(/^consul has 0 of 3 pods ready/)]);
  });

  test("two URLs of the same are one fault", async () => {
    const urls = [url("wiki", wiki), url("public", wiki)];
    const { text, missing } = section(urls, await read(object(wiki, 1)));
    expect(text.match(/0\/1/g)).toHaveLength(2);
    expect(missing).toEqual([expect.stringMatching(/^wiki has 0 of 1/)]);
  });

  test("a stack that does not say misses nothing", async () => {
    const { text, missing } = section([url("consul")], await read());
    expect(text).toMatch(/HTTP 401 +- +1\.0\.0/);
    expect(missing).toEqual([]);
  });

  test("they are unknown when the API does not answer, and nothing more", () => {
    const { text, missing } = section([url("consul", consul)]);
    expect(text).toMatch(/HTTP 401 +unknown +1\.0\.0/);
    expect(missing).toEqual([]);
  });
});
