import { run } from "./bash";
import { api, node, PHOTON, save, SAVED } from "./firewallRules";

const show = "\ncat $FOLDER/ip4save";

/** What iptables is asked to do; there is no rule yet. */
const asked = {
  "iptables-restore": 'echo "iptables-restore $*" >>"$FOLDER/log"; cat >>"$FOLDER/log"',
  iptables: 'echo "iptables $*" >>"$FOLDER/log"; [[ $* != *" -C "* ]]',
};

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
