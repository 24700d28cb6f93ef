import { openPorts, SAVED_RULES } from "../../../remote/firewall";
import { quote } from "../../../remote/shell";
import { expectGolden } from "../golden";
import { run } from "./bash";

/** A file of the form PhotonOS installs: comments between the rules, one table. */
const PHOTON = `# rules at boot
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
# the machine itself
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A OUTPUT -j ACCEPT
COMMIT
`;

/** What an administrator gets who saves the rules of a running machine: other tables come first. */
const SAVED = `*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 80
COMMIT
*filter
:INPUT DROP [5:300]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [9:900]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT
COMMIT
`;

const here = (script: string) => script.replaceAll(SAVED_RULES, "$FOLDER/ip4save");
const api = here(openPorts([{ protocol: "tcp", port: 6443 }]));
const node = here(
  openPorts(
    [
      { protocol: "tcp", port: 10250 },
      { protocol: "udp", port: 6081 },
      { protocol: "tcp", port: "2379:2380" },
      { protocol: "vrrp", from: "192.168.10.47" },
    ],
    ["antrea-gw0"],
  ),
);
const save = (rules: string) => `printf '%s' ${quote(rules)} >$FOLDER/ip4save\n`;
const show = "\ncat $FOLDER/ip4save";

/** What iptables is asked to do; there is no rule yet. */
const asked = {
  "iptables-restore": 'echo "iptables-restore $*" >>"$FOLDER/log"; cat >>"$FOLDER/log"',
  iptables: 'echo "iptables $*" >>"$FOLDER/log"; [[ $* != *" -C "* ]]',
};

test("the script", () => {
  expectGolden(
    "firewall.sh",
    openPorts(
      [
        { protocol: "tcp", port: 10250 },
        { protocol: "tcp", port: "2379:2380" },
      ],
      ["antrea-gw0"],
    ),
  );
});

test("the chain is replaced at once and entered first", () => {
  expect(run(save(PHOTON) + api, asked).log).toBe(
    "iptables-restore --noflush --wait 10\n" +
      "*filter\n:SITEWRIGHT - [0:0]\n-A SITEWRIGHT -p tcp -m tcp --dport 6443 -j ACCEPT\nCOMMIT\n" +
      "iptables --wait 10 -C INPUT -j SITEWRIGHT\n" +
      "iptables --wait 10 -I INPUT -j SITEWRIGHT\n",
  );
});

test.each([
  ["as Photon brings it", PHOTON],
  ["as iptables-save writes it", SAVED],
  ["without a newline at its end", PHOTON.trimEnd()],
])(
  "the saved rules, %s: ours stand in the table filter, once however often it runs, and the rest is left",
  (_name, rules) => {
    const once = run(save(rules) + node + show, asked).stdout;
    expect(run(save(rules) + node + node + show, asked).stdout).toBe(once);
    expect(once.replaceAll(/^(:SITEWRIGHT|-A SITEWRIGHT|-A INPUT -j SITEWRIGHT).*\n/gm, "")).toBe(
      `${rules.trimEnd()}\n`,
    );
    const filter = once.slice(once.indexOf("*filter"));
    expect(filter.match(/^[:-].*/gm)?.slice(3, 10)).toEqual([
      ":SITEWRIGHT - [0:0]",
      "-A INPUT -j SITEWRIGHT",
      "-A SITEWRIGHT -i antrea-gw0 -j ACCEPT",
      "-A SITEWRIGHT -p tcp -m tcp --dport 10250 -j ACCEPT",
      "-A SITEWRIGHT -p udp -m udp --dport 6081 -j ACCEPT",
      "-A SITEWRIGHT -p tcp -m tcp --dport 2379:2380 -j ACCEPT",
      "-A SITEWRIGHT -s 192.168.10.47 -p 112 -j ACCEPT",
    ]);
  },
);

test("a port that is no longer listed is closed again", () => {
  expect(run(save(PHOTON) + node + api + show, asked).stdout).toBe(
    run(save(PHOTON) + api + show, asked).stdout,
  );
});

test("a file without the table filter is an error, and stays as it is", () => {
  const result = run(`${save("*nat\nCOMMIT\n")}(${api}) || cat $FOLDER/ip4save; exit 3`, asked);
  expect(result).toMatchObject({ status: 3, stdout: "*nat\nCOMMIT\n" });
  expect(result.stderr).toMatch(/has no complete table filter.*after a reboot.*Restore the file/);
});

test("without Photon's firewall nothing is done", () => {
  expect(run(api, asked)).toMatchObject({ status: 0, stdout: "", log: "" });
});

/** A network of its own, so that the rules are nobody else's; root may have one. */
const OWN_NETWORK = ["unshare", "--net"];

describe("with the machine's own iptables", () => {
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

  test("ports of a former run are closed, and another's rules stay", () => {
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
