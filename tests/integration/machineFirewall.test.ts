import { run } from "../unit/ssh/bash";
import { api, node, PHOTON, save, SAVED } from "../unit/ssh/firewallRules";

/** A network namespace for these rules alone; root may create one. */
const OWN_NETWORK = ["unshare", "--net"];

describe("the machine's own iptables", () => {
  const reboot = "iptables-restore <$FOLDER/ip4save\n";
  const rules = "iptables -S\n";
  const lines = (script: string) => {
    const { status, stdout, stderr } = run(script, {}, OWN_NETWORK);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout.trim().split("\n");
  };

  test.each([PHOTON, SAVED])("what holds now holds after a reboot", (saved) => {
    const now = lines(save(saved) + reboot + node + node + rules);
    expect(now.filter((line) => line.startsWith("-A"))).toEqual(
      expect.arrayContaining([
        "-A INPUT -j SITEWRIGHT",
        "-A SITEWRIGHT -i antrea-gw0 -j ACCEPT",
        "-A SITEWRIGHT -p udp -m udp --dport 6081 -j ACCEPT",
        "-A SITEWRIGHT -p tcp -m tcp --dport 2379:2380 -j ACCEPT",
        "-A SITEWRIGHT -s 192.168.10.47/32 -p vrrp -j ACCEPT",
      ]),
    );
    expect(lines(save(saved) + reboot + node + reboot + rules)).toEqual(now);
  });

  test("ports of an earlier run are closed, and foreign rules stay", () => {
    const other = "iptables -N KUBE-FORWARD; iptables -A FORWARD -j KUBE-FORWARD\n";
    expect(lines(save(PHOTON) + reboot + other + node + api + rules)).toEqual([
      "-P INPUT DROP",
      "-P FORWARD DROP",
      "-P OUTPUT DROP",
      "-N KUBE-FORWARD",
      "-N SITEWRIGHT",
      "-A INPUT -j SITEWRIGHT",
      "-A INPUT -i lo -j ACCEPT",
      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
      "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
      "-A FORWARD -j KUBE-FORWARD",
      "-A OUTPUT -j ACCEPT",
      "-A SITEWRIGHT -p tcp -m tcp --dport 6443 -j ACCEPT",
    ]);
  });
});
