import { placeholdersText } from "../../../operations/preflight/placeholders";
import { parseEnvironment } from "../../environment";
import { testFaults } from "./faultCases";
import { rawSite } from "./site";

const marked = (...keys: string[]) => [{ keys, reason: "nobody knows" }];

testFaults([
  {
    name: "a placeholder that is not in the file",
    spoil: (raw) => (raw["placeholders"] = marked("domain", "zones.lan.mask")),
    path: "placeholders[0].keys[1]",
    value: "zones.lan.mask",
    reason: "leads to nothing in this file",
    allowed: /^keys with dots .*; here: portGroup, cidr, gateway/,
  },
  {
    name: "a placeholder whose value is a default",
    spoil: (raw) => (raw["placeholders"] = marked("kubernetes.apiName")),
    path: "placeholders[0].keys[0]",
    reason: "leads to nothing in this file",
    allowed: /; here: .*clusterName/,
  },
  {
    name: "a placeholder at a machine that is not there",
    spoil: (raw) => (raw["placeholders"] = marked("nodes[devk8swok599].address")),
    path: "placeholders[0].keys[0]",
    reason: "leads to nothing in this file",
    allowed: /; here: devk8smst501, devk8swok501/,
  },
  {
    name: "a placeholder with keys below it",
    spoil: (raw) => (raw["placeholders"] = marked("zones.lan")),
    path: "placeholders[0].keys[0]",
    reason: "holds several keys, of which each is a value of its own",
    allowed: /; here: portGroup, cidr/,
  },
  {
    name: "a list of machines as a placeholder",
    spoil: (raw) => (raw["placeholders"] = marked("nodes")),
    path: "placeholders[0].keys[0]",
    reason: /^holds several keys/,
    allowed: /; here: devk8smst501/,
  },
  {
    name: "a placeholder that is listed twice",
    spoil: (raw) =>
      (raw["placeholders"] = [...marked("domain"), { keys: ["domain"], reason: "once more" }]),
    path: "placeholders[1].keys[0]",
    reason: "is the same as placeholders[0].keys[0]",
    allowed: "each key once",
  },
  {
    name: "a placeholder without a reason",
    spoil: (raw) => (raw["placeholders"] = [{ keys: ["domain"] }]),
    path: "placeholders[0].reason",
    reason: "is missing",
    allowed: /text/,
  },
]);

describe("what preflight says", () => {
  const text = (placeholders: unknown) =>
    placeholdersText(parseEnvironment("dev", { ...rawSite("dev"), placeholders }));

  test("nothing where the site has no placeholders", () => {
    expect(text([])).toBeUndefined();
  });

  test("lists each with its value, by reason", () => {
    const { zones, nodes } = rawSite("dev");
    expect(
      text([
        {
          keys: ["zones.lan.gateway", "zones.lan.dnsServers"],
          reason: "the network's owner knows",
        },
        { keys: ["nodes[devk8swok501].address", "nodes[0].cpus"], reason: "not chosen yet" },
      ]),
    ).toBe(
      `4 values are placeholders in Pulumi.dev.yaml:
  the network's owner knows
    zones.lan.gateway = ${zones.lan.gateway}
    zones.lan.dnsServers = ${zones.lan.dnsServers.join(", ")}
  not chosen yet
    nodes[devk8swok501].address = ${nodes[1].address}
    nodes[0].cpus = ${nodes[0].cpus}
next: replace each by the site's own, and take its key out of site:placeholders`,
    );
  });
});
