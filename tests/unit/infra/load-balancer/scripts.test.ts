import { spawnSync } from "node:child_process";

import { haproxyScript, keepalivedScript } from "../../../../infra/load-balancer/scripts";
import { site } from "../../environment/site";
import { expectDifference, expectGolden } from "../../golden";

const { packages } = site("prd");
const ports = [6443, 80, 443];
const peer = "192.168.10.47";

const scripts: [name: string, text: string][] = [
  ["haproxy-alone", haproxyScript({ packages, ports })],
  ["haproxy-pair", haproxyScript({ packages, ports, peer })],
  [
    "keepalived",
    keepalivedScript({
      packages,
      virtualAddress: "192.168.10.45",
      apiPort: 6443,
      frontends: ["api", "http", "https"],
    }),
  ],
];
const text = (wanted: string) => scripts.find(([name]) => name === wanted)![1];

// The one of a machine that is alone stands in tests/goldens.
test("a pair's differs from that of a machine alone as committed", () => {
  expectDifference("haproxy-pair", text("haproxy-alone"), text("haproxy-pair"));
});

test("keepalived's is as committed", () => {
  expectGolden("keepalived.sh", text("keepalived"));
});

test.each(scripts)("%s is bash without a syntax error", (_name, script) => {
  const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("the machine's firewall lets in the listed ports only, and VRRP from the peer only", () => {
  const rules = (script: string) =>
    [...script.matchAll(/'-A SITEWRIGHT ([^']*) -j ACCEPT'/g)].map(([, match]) => match);
  const listed = ports.map((port) => `-p tcp -m tcp --dport ${port}`);
  expect(rules(text("haproxy-alone"))).toEqual(listed);
  expect(rules(text("haproxy-pair"))).toEqual([...listed, `-s ${peer} -p 112`]);
});

test("only in a pair may HAProxy listen at an address the machine does not have", () => {
  expect(text("haproxy-pair")).toContain("net.ipv4.ip_nonlocal_bind = 1");
  expect(text("haproxy-alone")).not.toContain("ip_nonlocal_bind");
});
