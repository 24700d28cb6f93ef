import { join } from "node:path";

import { flowsOf } from "../../../environment/flows";
import { parseEnvironment } from "../../environment";
import { flowsCsv } from "../../../flows/csv";
import { flowsDiagram } from "../../../flows/diagram";
import { flowsDocument } from "../../../flows/document";
import { flowsMarkdown } from "../../../flows/markdown";
import { flowsNftables } from "../../../flows/nftables";
import { OperatorError } from "../../../lib/operatorError";
import { printFlows } from "../../../operations/commands/flows";
import { pairSite } from "../environment/pair";
import { COMMITTED, rawSite, site } from "../environment/site";
import { expectFile, expectGolden } from "../golden";

test("docs/flows.md is what the committed environments say", () => {
  expectFile(join(__dirname, "../../../docs/flows.md"), flowsDocument(COMMITTED.map(site)));
});

test.each(COMMITTED)("the exports of %s", (stack) => {
  expectGolden(`flows-${stack}.csv`, flowsCsv(flowsOf(site(stack))));
  expectGolden(`flows-${stack}.nft`, flowsNftables(site(stack)));
});

test("a site whose nodes are all in one zone has no flow, and no rule beside the last", () => {
  const raw = rawSite("prd");
  raw["nodes"] = raw["nodes"].filter((node: { zone: string }) => node.zone === "lan");
  delete raw["apps"].outpost;
  const alone = parseEnvironment("prd", raw);
  // Nor does its control plane call a vCenter.
  delete alone.kubernetes.cloudProvider;
  expect(flowsMarkdown(flowsOf(alone))).toBe(
    "No zone of this site is separate from the others: there is no flow to open.\n",
  );
  expect(flowsNftables(alone)).not.toMatch(/goto|saddr/);
  expect(flowsDocument([alone])).not.toContain("mermaid");
});

/** An environment whose own flow has a reason that means something to every format. */
function awkward() {
  const raw = rawSite("dev");
  const reason = 'a "b", c|d <e> \\ f\n' + "ü".repeat(200);
  raw["flows"] = [{ from: "dmz", to: "10.9.0.0/24", protocol: "tcp", ports: [443, 8443], reason }];
  return parseEnvironment("dev", raw);
}

test("a reason ends no field, no cell, no comment and no line", () => {
  const [own] = flowsOf(awkward()).slice(-1);
  const [, row] = flowsCsv([own!]).split(/\r\n/);
  expect(row).toMatch(
    /^zone dmz,172\.30\.20\.11,10\.9\.0\.0\/24,10\.9\.0\.0\/24,tcp,443 8443,"a ""b"", c\|d/,
  );
  const lines = flowsMarkdown([own!]).trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[2]).toContain('a "b", c\\|d &lt;e> \\\\ f ü');
  const rule = flowsNftables(awkward())
    .split("\n")
    .find((line) => line.includes("10.9.0.0/24"));
  expect(rule).toMatch(/ct state new accept comment "a b, c\|d <e>  f"$/);
});

test("the diagram has everybody once, in the zone of all its addresses", () => {
  const { zones } = awkward();
  const diagram = flowsDiagram(flowsOf(awkward()), zones);
  expect(diagram.match(/"control plane"/g)).toHaveLength(1);
  const [lan, dmz, outside] = diagram.split(/ {4}end\n/);
  expect(lan).toContain('"lan 172.30.10.0/24"');
  expect(lan).toContain('"API"');
  expect(dmz).toContain('"zone dmz"');
  expect(outside).toContain('["10.9.0.0/24"]');
  expect(outside).toContain('|"tcp 443, 8443"|');
});

test("a pair is shown with its two machines and the name at which both are found", () => {
  expect(flowsDocument([pairSite("prd")])).toContain(
    "| kube.coolcorp.priv, prdk8slb501, prdk8slb502, prdk8smst501,",
  );
});

test.each([undefined, "csv", "nftables"])("make flows prints the format %p", (format) => {
  const write = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    printFlows("prd", format);
    expect(write.mock.calls.map(([text]) => text).join("")).toContain("192.168.20.11");
  } finally {
    write.mockRestore();
  }
});

test.each(["pdf", "toString"])("make flows has no format %s", (format) => {
  expect(() => printFlows("prd", format)).toThrow(OperatorError);
});
