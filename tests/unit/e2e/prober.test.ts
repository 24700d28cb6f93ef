import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { type Question, request, told, whileAsking } from "../../e2e/support/prober";

/** Good but between two times, milliseconds from now. */
function goodExcept(from: number, to: number): Question {
  const begun = Date.now();
  return async () => {
    const since = Date.now() - begun;
    const ok = since < from || since > to;
    return { ok, answer: ok ? "200 ok" : "connection refused" };
  };
}
const good = () => goodExcept(Infinity, Infinity);
const fast = { interval: 10 };

test("a time without a good answer is a gap, and its failures are counted", async () => {
  const questions = { away: goodExcept(50, 300), there: good() };
  const { away, there } = await whileAsking(questions, () => delay(400), fast);
  expect(away.failed.length).toBeGreaterThan(0);
  expect(away.longestGap).toBeGreaterThanOrEqual(250);
  expect(told(away)).toMatch(
    /^[0-9]+ of [0-9]+ failed, longest time without an answer [0-9]+ ms, last: connection refused$/,
  );
  expect(there.failed).toEqual([]);
  expect(there.longestGap).toBeLessThan(away.longestGap);
  expect(there.reads).toBeGreaterThan(5);
});

test("it goes on after the event until there is a good answer", async () => {
  const { back } = await whileAsking({ back: goodExcept(0, 300) }, () => delay(100), fast);
  expect(back.longestGap).toBeGreaterThanOrEqual(250);
  expect(back.reads).toBeGreaterThan(back.failed.length);
});

test("it ends with its patience where none comes", async () => {
  const pace = { ...fast, patience: 200 };
  const { gone } = await whileAsking({ gone: goodExcept(0, 60_000) }, () => delay(100), pace);
  expect(gone.failed).toHaveLength(gone.reads);
  expect(gone.longestGap).toBeGreaterThanOrEqual(250);
});

test("a question without an answer does not keep the next from being asked", async () => {
  let asked = 0;
  const slowOnce: Question = async () => {
    asked += 1;
    await delay(asked === 3 ? 1_000 : 0);
    return { ok: true, answer: "200 ok" };
  };
  const { slow } = await whileAsking({ slow: slowOnce }, () => delay(300), fast);
  expect(slow.reads).toBeGreaterThan(5);
  expect(slow.slowest).toBeGreaterThanOrEqual(950);
});

test("an event that fails ends it, with its own error", async () => {
  let asked = 0;
  const question: Question = async () => ({ ok: true, answer: `${(asked += 1)}` });
  const failing = () => Promise.reject(new Error("the change has failed"));
  await expect(whileAsking({ one: question }, failing, fast)).rejects.toThrow(
    "the change has failed",
  );
  const before = asked;
  await delay(50);
  expect(asked).toBe(before);
});

describe("a request", () => {
  let server: Server;
  let port: number;
  let hosts: (string | undefined)[];

  beforeAll(async () => {
    hosts = [];
    server = createServer((asked, answer) => {
      hosts.push(asked.headers.host);
      answer.statusCode = asked.url === "/readyz" ? 200 : 503;
      answer.end("ok");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const way = () => ({ address: "127.0.0.1", port });

  test("goes to an address by the name of a host", async () => {
    const ask = request({ host: "kube.hasite.test", path: "/readyz" }, way());
    expect(await ask()).toEqual({ ok: true, answer: "200 ok" });
    expect(hosts).toContain("kube.hasite.test");
  });

  test("is good with the expected status and text only", async () => {
    const of = (path: string, expected: { status: number; body?: string }) =>
      request({ host: "a.test", path }, way(), expected)();
    expect(await of("/other", { status: 200 })).toEqual({ ok: false, answer: "503 ok" });
    expect(await of("/other", { status: 503 })).toMatchObject({ ok: true });
    expect(await of("/readyz", { status: 200, body: "not there" })).toMatchObject({ ok: false });
  });

  test("that nobody takes is an answer too", async () => {
    const ask = request({ host: "a.test" }, { address: "127.0.0.1", port: 1 });
    expect(await ask()).toMatchObject({ ok: false, answer: expect.stringContaining("REFUSED") });
  });
});
