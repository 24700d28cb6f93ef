import { merged, vulnerabilitiesOf } from "../../../supply-chain/govulncheck";
import { npmVulnerabilities } from "../../../supply-chain/npmAudit";
import {
  described,
  exceptionFile,
  judge,
  type Vulnerability,
} from "../../../supply-chain/vulnerability";

const messages = (...all: object[]) => all.map((one) => JSON.stringify(one, null, 2)).join("\n");
const osv = { osv: { id: "GO-2026-0001", summary: "It fails" } };
const finding = (frame: object) => ({
  finding: {
    osv: "GO-2026-0001",
    fixed_version: "v1.2.0",
    trace: [{ module: "example.org/m", version: "v1.1.0", ...frame }],
  },
});

const one: Vulnerability = {
  id: "GO-2026-0001",
  component: "example.org/m",
  version: "v1.1.0",
  where: ["kubectl"],
  summary: "It fails",
  fixed: "v1.2.0",
};

describe("govulncheck", () => {
  test("a function of the program counts once, whatever number of frames lead to it", () => {
    const stream = messages(
      { config: {} },
      osv,
      finding({}),
      finding({ package: "p" }),
      finding({ package: "p", function: "F" }),
      finding({ package: "p", function: "G" }),
    );
    expect(vulnerabilitiesOf("kubectl", stream)).toEqual([one]);
  });

  test("a module whose functions are not in the program is no finding", () => {
    expect(
      vulnerabilitiesOf("kubectl", messages(osv, finding({}), finding({ package: "p" }))),
    ).toEqual([]);
  });

  test("what is in two programs is one", () => {
    expect(merged([one, { ...one, where: ["kubelet"] }])).toEqual([
      { ...one, where: ["kubectl", "kubelet"] },
    ]);
  });
});

describe("npm audit", () => {
  test("an advisory is told by the package it is about, not by those that need it", () => {
    const advisory = {
      url: "https://example.org/advisories/GHSA-aaaa-bbbb-cccc",
      title: "It fails",
      range: "<2.0.0",
    };
    const report = {
      auditReportVersion: 2,
      vulnerabilities: { a: { name: "a", via: [advisory] }, b: { name: "b", via: ["a"] } },
    };
    expect(npmVulnerabilities(JSON.stringify(report))).toEqual([
      {
        id: "GHSA-aaaa-bbbb-cccc",
        component: "a",
        version: "<2.0.0",
        where: ["package-lock.json"],
        summary: "It fails",
      },
    ]);
  });

  test("a registry without an answer is not one without advisories", () => {
    expect(
      npmVulnerabilities(JSON.stringify({ message: "405 Method Not Allowed", statusCode: 405 })),
    ).toEqual({
      unanswered: "405 Method Not Allowed",
    });
  });

  test("anything else is no report", () => {
    expect(() => npmVulnerabilities("{}")).toThrow();
  });
});

describe("exceptions", () => {
  const exceptions = (changes: object = {}) =>
    exceptionFile.parse({
      exceptions: [
        {
          ids: ["GO-2026-0001"],
          where: ["kubectl"],
          reason: "Only its own API answers it.",
          expires: "2027-02-28",
          ...changes,
        },
      ],
    }).exceptions;
  const looked = ["kubectl", "kubelet"];

  test("hold to the end of their last day, and not a day longer", () => {
    expect(judge([one], exceptions(), "2027-02-28", looked)).toEqual({
      open: [],
      accepted: [one],
      stale: [],
    });
    const late = judge([one], exceptions(), "2027-03-01", looked);
    expect(late.open).toEqual([one]);
    expect(late.stale).toEqual(["the exception for GO-2026-0001 expired on 2027-02-28"]);
  });

  test("hold where they say and nowhere else", () => {
    const both = { ...one, where: ["kubectl", "kubelet"] };
    expect(judge([both], exceptions(), "2027-01-01", looked).open).toEqual([
      { ...one, where: ["kubelet"] },
    ]);
  });

  test("for nothing that is there are named, unless the search did not run", () => {
    const { stale } = judge([], exceptions(), "2027-01-01", looked);
    expect(stale).toEqual([
      "the exception for GO-2026-0001 is for nothing that is there; take it out",
    ]);
    expect(judge([], exceptions(), "2027-01-01", []).stale).toEqual([]);
  });

  test("without a reason or a date are refused", () => {
    expect(() => exceptions({ reason: "" })).toThrow();
    expect(() => exceptions({ expires: undefined })).toThrow();
    expect(() => exceptions({ expires: "soon" })).toThrow();
  });
});

test("a vulnerability is one line", () => {
  expect(described(one)).toBe(
    "GO-2026-0001 example.org/m v1.1.0, gone in v1.2.0: It fails (kubectl)",
  );
});
