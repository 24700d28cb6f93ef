import { execFileSync } from "node:child_process";

import { accessScript } from "../../../apps/consul/accessScript";
import { READINESS } from "../../../apps/consul/consulScripts";
import { gossipScript } from "../../../apps/consul/gossipScript";
import { kvScript } from "../../../apps/consul/kvScript";
import { restoreScript } from "../../../apps/consul/restoreScript";
import { expectGolden } from "../golden";
import { site } from "../environment/site";

const { consul } = site("dev").apps;

const scripts: Record<string, string> = {
  "consul-readiness.sh": READINESS,
  "consul-access.sh": accessScript(consul),
  "consul-gossip.sh": gossipScript(consul),
  "consul-kv.sh": kvScript(2),
  "consul-restore.sh": restoreScript(consul),
};

describe.each(Object.entries(scripts))("%s", (name, text) => {
  test("is as committed", () => {
    expectGolden(name, text);
  });

  test("is read by a POSIX sh", () => {
    execFileSync("dash", ["-n"], { input: text });
  });

  test("uses nothing of bash, and nothing the image may not have", () => {
    expect(text).not.toMatch(/\[\[|\bSECONDS\b|^ *(local|function) /m);
    expect(text).not.toMatch(/\b(grep|sed|awk|curl|wget|jq|find|xargs)\b/);
  });
});

test("commands about tokens print nothing, since they would print the secret", () => {
  // A command goes on in the next line after a backslash.
  const lines = scripts["consul-restore.sh"].replaceAll("\\\n", " ").split("\n");
  const speaking = lines.filter(
    (line) =>
      /consul acl token (create|update|read)/.test(line) && !/>\/dev\/null|=\$\(/.test(line),
  );
  expect(speaking).toEqual([]);
});

test("a gossip key is removed only after all servers use the new one", () => {
  const text = scripts["consul-gossip.sh"];
  const order = ["present", "-install", "everywhere -list ", "-use", "-list-primary", "-remove"];
  const places = order.map((word) => text.lastIndexOf(word));
  expect(places).not.toContain(-1);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  expect(text).toContain("all='[3/3]'");
});

test("without certificates all of them are removed", () => {
  expect(kvScript(0)).toContain("    '') ;;");
  expect(kvScript(0)).not.toContain("put traefik");
  expect(() => kvScript(6)).toThrow("6 certificates are more than 5");
});
