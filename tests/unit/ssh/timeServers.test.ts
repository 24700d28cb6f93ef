import { prepareScript } from "../../../cluster/node/prepare";
import { flowsOf } from "../../../environment/flows";
import { haproxyScript } from "../../../infra/load-balancer/scripts";
import { timePackages, timePreflight, useTimeServers } from "../../../ssh/timeServers";
import { WRITE_FUNCTION } from "../../../ssh/writeFunction";
import { parseEnvironment } from "../../environment";
import { faultsOf, rawSite, site } from "../environment/site";
import { vmIdOf } from "../vmId";
import { run } from "./bash";

const SERVERS = ["ntp.coolcorp.test", "172.30.10.1"];
const FILE = "etc/systemd/timesyncd.conf.d/90-site.conf";

/** systemctl of a machine on which one other program may set the clock. */
const systemctl = (active = "none", enabled = "disabled") =>
  `case $1 in
  is-active) [[ $3 == ${active} ]] ;;
  is-enabled) echo ${enabled}; [[ ${enabled} == enabled ]] ;;
  *) echo "systemctl $*" >>"$FOLDER/log" ;;
esac`;

/** Runs it on a machine, any number of times; the file comes last. */
function onMachine(
  lists: readonly (string[] | undefined)[],
  programs: Record<string, string> = { systemctl: systemctl() },
) {
  const parts = lists.map((timeServers) => `${useTimeServers({ timeServers })}\n`);
  const script = `${WRITE_FUNCTION}\n${parts.join("")}cat $FOLDER/${FILE} 2>/dev/null || true`;
  return run(script.replaceAll(" /etc/", " $FOLDER/etc/"), { hostname: "echo node", ...programs });
}

test("a list is the only one that systemd-timesyncd asks, and it is told once", () => {
  const { status, stdout, log } = onMachine([SERVERS, SERVERS]);
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: `[Time]\nNTP=\nNTP=${SERVERS.join(" ")}\n`,
  });
  const start = "systemctl enable --quiet --now systemd-timesyncd\n";
  expect(log).toBe(`systemctl try-restart systemd-timesyncd\n${start}${start}`);
});

test("an empty list takes an earlier one back, and without the key nothing is touched", () => {
  const taken = onMachine([SERVERS, [], []]);
  expect({ status: taken.status, stdout: taken.stdout }).toEqual({ status: 0, stdout: "" });
  expect(taken.log.match(/try-restart/g)).toHaveLength(2);
  expect(onMachine([SERVERS, undefined]).stdout).toContain("NTP=ntp");
  expect(useTimeServers({})).toBe("");
});

test("a machine whose clock another program sets is refused before anything is changed", () => {
  const preflight = timePreflight({ timeServers: SERVERS });
  const other = run(preflight, { systemctl: systemctl("chronyd"), hostname: "echo node" });
  expect(other.status).toBe(1);
  expect(other.stderr).toMatch(/^node has its clock set by chronyd, [^]*Nothing was changed\./);
  expect(run(preflight, { systemctl: systemctl() }).status).toBe(0);
  expect(timePreflight({ timeServers: [] })).toBe("");
  const environment = { ...site("dev"), timeServers: SERVERS };
  const [node] = environment.nodes;
  const script = prepareScript(environment, { node, vmId: vmIdOf("x") });
  expect(script.indexOf(preflight)).toBeGreaterThan(0);
  expect(script.indexOf(preflight)).toBeLessThan(script.indexOf("install_packages"));
});

test("a masked unit ends the step with what to do", () => {
  const masked = onMachine([SERVERS], { systemctl: systemctl("none", "masked") });
  expect(masked.status).toBe(1);
  expect(masked.stderr).toMatch(/it is masked[^]*Unmask it/);
});

test("every machine gets them, Debian with the package that has timesyncd", () => {
  const environment = { ...site("dev"), timeServers: SERVERS };
  const [node] = environment.nodes;
  const { packages } = environment;
  for (const script of [
    prepareScript(environment, { node, vmId: vmIdOf("x") }),
    haproxyScript({ packages, timeServers: SERVERS, ports: [] }),
  ]) {
    expect(script).toContain(useTimeServers(environment));
    expect(script).toMatch(/^wanted=\(.*systemd-timesyncd.*\)$/m);
  }
  expect(timePackages({ packages: { manager: "tdnf" }, timeServers: SERVERS })).toEqual([]);
  // Of a site without the key nothing changes.
  expect(haproxyScript({ packages, ports: [] })).not.toContain("timesyncd");
  expect(haproxyScript({ packages, timeServers: SERVERS, ports: [] })).toMatch(
    /keep haproxy \S+ \/etc\/systemd\/timesyncd/,
  );
});

test("the firewall lets NTP through to addresses in other networks, from load balancers too", () => {
  const raw = rawSite("dev");
  raw["timeServers"] = [...SERVERS, "10.9.0.1"];
  const ntp = flowsOf(parseEnvironment("dev", raw)).filter(({ ports }) => ports.includes(123));
  expect(ntp.map(({ from, to, protocol }) => [from, to, protocol])).toEqual([
    ["machines of zone lan", "time server 10.9.0.1", "udp"],
    ["machines of zone dmz", "time server 172.30.10.1", "udp"],
    ["machines of zone dmz", "time server 10.9.0.1", "udp"],
  ]);
  expect(ntp[0]!.fromAddresses).toContain(raw["loadBalancer"].address);
  expect(faultsOf({ ...raw, timeServers: ["Not a name"] }).map(({ path }) => path)).toEqual([
    "timeServers[0]",
  ]);
});
