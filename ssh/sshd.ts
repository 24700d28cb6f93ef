import { quote } from "../lib/bash";

/** What sshd must answer for itself (`sshd -T`), whatever the template has brought. */
const SETTINGS = {
  // By a password through PAM; upstream's default is yes, and PasswordAuthentication does not cover it.
  KbdInteractiveAuthentication: "no",
  PasswordAuthentication: "no",
  PermitRootLogin: "no",
};

/** The file of PhotonOS and Debian. */
const CONFIG = "/etc/ssh/sshd_config";

/**
 * Bash that lets the machine's SSH server take keys only, and nobody as root. sshd is asked what it makes of all its files, and
 * one that is right already is left alone. Else the settings go before everything else, since of an option that stands twice the
 * first counts, and sshd is told; who is logged in stays so.
 *
 * @see https://man.openbsd.org/sshd_config
 */
export function onlyKeys(): string {
  const lines = Object.entries(SETTINGS).map(([option, value]) => `${option} ${value}`);
  const options = Object.keys(SETTINGS).map((option) => `${option.toLowerCase()} `);
  return `# As it is for root, since a Match block may make exceptions.
ssh_settings() { sshd -T -C user=root,host=localhost,addr=127.0.0.1 | grep -E ${quote(`^(${options.join("|")})`)} | sort; }
only_keys=${quote(lines.join("\n").toLowerCase())}
if [[ $(ssh_settings) != "$only_keys" ]]; then
  printf '%s\\n' ${lines.map(quote).join(" ")} | cat - ${CONFIG} >${CONFIG}.new
  chmod --reference=${CONFIG} ${CONFIG}.new
  sshd -t -f ${CONFIG}.new
  mv ${CONFIG}.new ${CONFIG}
  systemctl reload sshd 2>/dev/null || systemctl reload ssh
  if [[ $(ssh_settings) != "$only_keys" ]]; then
    echo "$(hostname) still lets somebody log in over SSH by password, or root. sshd says:" >&2
    ssh_settings >&2
    echo "A Match block in ${CONFIG} or beside it overrides the settings at its top: remove that, then run this again." >&2
    exit 1
  fi
fi`;
}
