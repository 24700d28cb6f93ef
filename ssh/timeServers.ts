import type { Environment } from "../environment/schema";
import { quote } from "../lib/bash";
import type { Package } from "./packages";

type Source = Pick<Environment, "timeServers">;

/** The file in which systemd-timesyncd finds the site's servers. */
export const TIME_SERVERS_FILE = "/etc/systemd/timesyncd.conf.d/90-site.conf";

/** Other programs that set the clock, by their units. Two of them would pull it back and forth. */
const OTHERS = ["chronyd", "chrony", "ntpd", "ntp", "ntpsec"];

/** Packages that the site's time servers need: Debian has systemd-timesyncd by itself, PhotonOS in systemd. */
export function timePackages({
  timeServers,
  packages,
}: Source & { packages: Pick<Environment["packages"], "manager"> }): Package[] {
  return timeServers !== undefined && timeServers.length > 0 && packages.manager === "apt"
    ? [{ name: "systemd-timesyncd" }]
    : [];
}

/** Bash that ends with an error, before anything is changed, if another program sets the clock. Empty without time servers. */
export function timePreflight({ timeServers = [] }: Source): string {
  return timeServers.length === 0
    ? ""
    : `for clock in ${OTHERS.join(" ")}; do
  if systemctl is-active --quiet "$clock"; then
    echo "$(hostname) has its clock set by $clock, and site:timeServers is for systemd-timesyncd. Nothing was changed." >&2
    echo "Take $clock out of the template and off this machine, or take the key timeServers out of the environment; then run the same command again." >&2
    exit 1
  fi
done`;
}

/**
 * Bash that makes systemd-timesyncd ask the site's time servers and no others. An empty list takes an earlier list back; without the key
 * nothing is touched. It uses the function of ssh/writeFunction.ts.
 * @see https://www.freedesktop.org/software/systemd/man/latest/timesyncd.conf.html
 */
export function useTimeServers({ timeServers }: Source): string {
  if (timeServers === undefined) {
    return "";
  }
  if (timeServers.length === 0) {
    return `if [[ -f ${TIME_SERVERS_FILE} ]]; then
  rm -f ${TIME_SERVERS_FILE}
  systemctl try-restart systemd-timesyncd
fi`;
  }
  // The empty value forgets what the template has set: lists add up.
  const content = ["[Time]", "NTP=", `NTP=${timeServers.join(" ")}`].join("\n");
  return `if [[ $(systemctl is-enabled systemd-timesyncd 2>/dev/null || true) == masked* ]]; then
  echo "$(hostname) must not start systemd-timesyncd (it is masked), and site:timeServers is for that." >&2
  echo "Unmask it in the template and on this machine, or take the key timeServers out of the environment; then run the same command again." >&2
  exit 1
fi
if write ${TIME_SERVERS_FILE} ${quote(content)}; then
  systemctl try-restart systemd-timesyncd
fi
systemctl enable --quiet --now systemd-timesyncd`;
}
