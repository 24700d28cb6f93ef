import { firewallRemains, firewallStands } from "../../../../lab/network/firewall";
import { withPrograms } from "../standIns";

/** A host whose iptables finds these questions true and no others. */
const host = (...found: string[]) => ({
  iptables: `case "$*" in ${["none", ...found].map((text) => `"--wait ${text}"`).join("|")}) ;; *) exit 1;; esac`,
});

const everything = [
  "--check DOCKER-USER --jump SITEWRIGHT-LAB",
  "--check INPUT --jump SITEWRIGHT-HOST",
  "--list-rules SITEWRIGHT-LAB",
  "--list-rules SITEWRIGHT-HOST",
];

test("a firewall of which nothing is there neither stands nor remains", async () => {
  await withPrograms(host(), async () => {
    expect(await firewallStands()).toBe(false);
    expect(await firewallRemains()).toBe(false);
  });
});

test("a firewall that is whole stands and remains", async () => {
  await withPrograms(host(...everything), async () => {
    expect(await firewallStands()).toBe(true);
    expect(await firewallRemains()).toBe(true);
  });
});

test.each(everything)("of a firewall with nothing but %j something remains", async (part) => {
  await withPrograms(host(part), async () => {
    expect(await firewallStands()).toBe(false);
    expect(await firewallRemains()).toBe(true);
  });
});
