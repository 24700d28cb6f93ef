import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

import { fingerprintOf } from "../../../../lib/digests/certificateFingerprint";
import { type Answer, probe } from "../../../../lib/probe";
import { applicationsSection } from "../../../../operations/status/applications";
import { type BackupState, readBackupStates } from "../../../../operations/status/backupStates";
import { listing } from "../../../../lib/statusSection";
import { CA, SERVER, SERVER_KEY } from "../certificates";
import { FakeCluster } from "../cluster";

const now = new Date("2026-11-21T12:00:00Z");
const days = (count: number): Date => new Date(now.getTime() + count * 86_400_000);
const own = "a".repeat(64);
const other = "b".repeat(64);

const whoami = { name: "whoami", url: "https://whoami.test/", version: "1.11.0", answers: [200] };
const consul = { name: "consul", url: "https://consul.test/", version: "1.22.3", answers: [401] };
const publicHost = {
  ...{ name: "confluence", url: "https://confluence.test/", version: "9.2.0", answers: [200] },
  certificateSha256: own,
};
const saved = { app: "consul", namespace: "sys", maximumAgeHours: 2 };

const well = (status: number, sha256 = other): Answer => ({
  ...{ text: `HTTP ${status}`, status },
  certificate: { sha256, expires: days(300.5) },
});

function judge(
  answers: Record<string, Answer>,
  options: { urls?: (typeof publicHost | typeof whoami)[]; backup?: BackupState } = {},
) {
  const { urls = [whoami], backup } = options;
  return applicationsSection(
    { urls, backups: backup === undefined ? [] : [saved] },
    {
      answers: new Map(Object.entries(answers)),
      backups: new Map(backup === undefined ? [] : [["consul", backup]]),
      now,
    },
  );
}

test("a site that is well misses nothing", () => {
  const section = judge(
    { whoami: well(200), consul: well(401), confluence: well(200, own) },
    {
      urls: [whoami, consul, publicHost],
      backup: { newest: new Date(now.getTime() - 600_000), since: days(-3), readable: 0 },
    },
  );
  expect(section).toEqual({
    text:
      "APPLICATION  URL                       ANSWER    READY  VERSION  CERTIFICATE  BACKUP\n" +
      "whoami       https://whoami.test/      HTTP 200  -      1.11.0   300 days     -\n" +
      "consul       https://consul.test/      HTTP 401  -      1.22.3   300 days     10 min\n" +
      "confluence   https://confluence.test/  HTTP 200  -      9.2.0    300 days     -",
    missing: [],
    warnings: [],
  });
});

test.each([
  [
    "another answer than its own",
    { ...well(200), ...{ text: "HTTP 503", status: 503 } },
    "HTTP 503",
  ],
  ["a page without a password where one is asked for", well(401), "HTTP 401"],
  ["no answer", { text: "connect ECONNREFUSED" }, "connect ECONNREFUSED"],
])("%s is missing", (_, answer, text) => {
  expect(judge({ whoami: answer }).missing).toEqual([
    `whoami answers ${text} at https://whoami.test/`,
  ]);
});

test("another certificate than the host's own is missing, whoever signed it", () => {
  expect(judge({ confluence: well(200, other) }, { urls: [publicHost] }).missing).toEqual([
    expect.stringMatching(
      /^confluence is served by another certificate than its own \(SHA-256 bbbbbbbbbbbb, not aaaaaaaaaaaa\): .*traefik\/tls\/certificates/,
    ),
  ]);
});

test("an untrusted certificate is missing, unless the operator has set it", () => {
  const untrusted = (sha256: string): Answer => ({
    ...well(200),
    certificate: { sha256, expires: days(300), fault: "self-signed certificate" },
  });
  expect(judge({ whoami: untrusted(other) }).missing).toEqual([
    "the certificate of whoami is not trusted: self-signed certificate",
  ]);
  const section = judge({ confluence: untrusted(own) }, { urls: [publicHost] });
  expect(section).toMatchObject({
    missing: [],
    warnings: ["the certificate of confluence is not trusted: self-signed certificate"],
  });
});

test.each([
  [13.5, /^the certificate of whoami expires in 13 days 12 h: make up STACK=apps renews/],
  [-1, /^the certificate of whoami has expired/],
])("a certificate that ends in %d days is missing", (left, text) => {
  const answer = { ...well(200), certificate: { sha256: other, expires: days(left) } };
  expect(judge({ whoami: answer }).missing).toEqual([expect.stringMatching(text)]);
});

test.each([
  [14.5, []],
  [13.5, [/^the certificate of Consul's servers expires in 13 days 12 h: make up STACK=apps/]],
  [-1, [/^the certificate of Consul's servers has expired: make up STACK=apps/]],
])("one that no URL shows and that ends in %d days", (left, texts) => {
  const internalCertificates = [{ name: "Consul's servers", notAfter: days(left).toISOString() }];
  const { missing, warnings } = applicationsSection(
    { urls: [], backups: [], internalCertificates },
    { answers: new Map(), backups: new Map(), now },
  );
  expect(missing).toEqual(texts.map((text) => expect.stringMatching(text)));
  expect(warnings).toEqual([]);
});

describe("backups", () => {
  const answers = { whoami: well(200) };

  test("one that was never made yet is a warning, with the command", () => {
    const section = judge(answers, { backup: { since: new Date(now.getTime() - 600_000) } });
    expect(section).toMatchObject({
      missing: [],
      warnings: ["consul has no backup yet: make backup APP=consul"],
    });
    expect(section.text).toMatch(/^consul +- +- +- +- +- +never$/m);
  });

  test("one that was not made in time is missing", () => {
    const never = judge(answers, { backup: { since: days(-3) } });
    expect(never.missing).toEqual([
      "consul was never saved, at most 2 h are expected: make backup APP=consul; " +
        "kubectl --namespace sys get jobs shows the last tries",
    ]);
    const old = judge(answers, { backup: { newest: days(-2), since: days(-3) } });
    expect(old.missing).toEqual([
      expect.stringMatching(/^the newest backup of consul is 2 days old, at most 2 h/),
    ]);
  });

  test.each([
    [0, []],
    [
      3,
      [/^backups of consul that older programs made are not encrypted, 3 in number: make backups/],
    ],
    [
      undefined,
      [/^how many backups of consul are not encrypted is not known: make backup APP=consul/],
    ],
  ])("of which %s can be read by others", (readable, expected) => {
    const newest = new Date(now.getTime() - 600_000);
    const backup = { newest, since: days(-3), ...(readable === undefined ? {} : { readable }) };
    expect(judge(answers, { backup })).toMatchObject({
      missing: [],
      warnings: expected.map((text) => expect.stringMatching(text) as string),
    });
  });

  test("are asked for in one request, and the newest pod that says it counts", async () => {
    const labels = (app: string) => ({ "sitewright/backup": app });
    const pod = (app: string, minute: number, message?: string) => ({
      kind: "Pod",
      metadata: {
        ...{ name: `${app}-${minute}`, namespace: "sys", labels: labels(app) },
        creationTimestamp: `2026-11-21T11:0${minute}:00Z`,
      },
      status: { containerStatuses: [{ state: { terminated: { ...(message && { message }) } } }] },
    });
    const cronJob = (app: string) => ({
      kind: "CronJob",
      metadata: {
        ...{ name: `backup-${app}`, namespace: "sys", labels: labels(app) },
        creationTimestamp: days(-3).toISOString(),
      },
      status: { lastSuccessfulTime: now.toISOString() },
    });
    const api = new FakeCluster([
      ...[cronJob("consul"), cronJob("other")],
      ...[pod("consul", 2, "readable=7\n"), pod("consul", 1, "readable=9\n"), pod("consul", 3)],
      pod("other", 1),
    ]);
    const list = jest.spyOn(api, "list");
    const states = await readBackupStates(api, [saved, { ...saved, app: "other" }]);
    expect(Object.fromEntries(states)).toEqual({
      consul: { since: days(-3), newest: now, readable: 7 },
      other: { since: days(-3), newest: now },
    });
    expect(list).toHaveBeenCalledTimes(1);
  });

  test("are unknown when the API does not answer, and nothing more", () => {
    const section = applicationsSection(
      { urls: [], backups: [saved] },
      { answers: new Map(), backups: new Map(), now },
    );
    expect(section).toMatchObject({ missing: [], warnings: [] });
    expect(section.text).toMatch(/unknown$/);
  });
});

test("lines stand under their heading", () => {
  expect(listing("Missing", ["a", "b"])).toBe("\nMissing:\n  - a\n  - b");
  expect(listing("Missing", [])).toBe("");
});

describe("a probe", () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer({ cert: SERVER, key: SERVER_KEY }, (_, response) => {
      response.writeHead(401).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => server.close());

  test("says status, certificate and its end", async () => {
    const answer = await probe(`https://app.coolcorp.test:${port}/`, "127.0.0.1", [CA]);
    expect(answer).toMatchObject({
      text: "HTTP 401",
      status: 401,
      certificate: { sha256: fingerprintOf(SERVER) },
    });
    expect(answer.certificate?.fault).toBeUndefined();
    expect(answer.certificate?.expires.getUTCFullYear()).toBeGreaterThan(2030);
  });

  test("of another name says that the certificate is not for it", async () => {
    const answer = await probe(`https://app.other.test:${port}/`, "127.0.0.1", [CA]);
    expect(answer).toMatchObject({
      status: 401,
      certificate: { fault: expect.stringMatching(/altnames|ALTNAME/) },
    });
  });

  test("of a host whose authority is unknown says so", async () => {
    const answer = await probe(`https://app.coolcorp.test:${port}/`, "127.0.0.1", []);
    expect(answer).toMatchObject({
      status: 401,
      certificate: { fault: expect.stringMatching(/unable to (verify|get)|UNABLE_TO/) },
    });
  });

  test("of a port at which nothing listens says what happened", async () => {
    const answer = await probe("https://app.coolcorp.test:1/", "127.0.0.1", [CA]);
    expect(answer).toEqual({ text: expect.stringMatching(/ECONNREFUSED/) });
  });
});
