import { parseReads, series } from "../../e2e/apps/reads";

const log = `1795267209000 1795267209050 first alive
1795267209100 1795267209180 first alive
1795267209200 1795267211500 failed failed: Error querying Consul agent: Unexpected response code: 500
(No cluster leader)
1795267211500 1795267211900 other alive
`;

test("a read is a line of the log, whatever an answer has in further lines", () => {
  expect(parseReads(log)).toHaveLength(4);
  expect(parseReads(log)[2]).toMatchObject({
    ok: false,
    answer: expect.stringMatching("failed: "),
  });
});

test("the longest time without an answer is that from one good answer to the next; the slowest read is a good one", () => {
  expect(series(parseReads(log))).toMatchObject({
    reads: 4,
    failed: [{ start: 1795267209200 }],
    notFirst: 2,
    longestGap: 1795267211900 - 1795267209180,
    slowest: 400,
  });
});

test("when nothing is good, all of the time counts", () => {
  const failed = { start: 1000, end: 5000, ok: false, first: false, answer: "" };
  expect(series([failed]).longestGap).toBe(4000);
  expect(series([]).longestGap).toBe(0);
});
