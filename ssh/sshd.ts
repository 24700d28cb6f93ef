import { quote } from "../lib/bash";

/** Settings that sshd must report (`sshd -T`), whatever the template has configured. */
const SETTINGS = {
  // By a password through PAM; upstream's default is yes, and PasswordAuthentication does not cover it.
  KbdInteractiveAuthentication: "no",
  PasswordAuthentication: "no",
  PermitRootLogin: "no",
};

/** The file of PhotonOS and Debian. */
const CONFIG = "/etc/ssh/sshd_config";

/**
 * Bash that makes the machine's SSH server accept only keys, and no login as root. It asks sshd for its effective settings, and changes
 * nothing if they are right. Otherwise it puts the settings before all others, since the first value of an option counts, and reloads
 * sshd, which keeps the sessions that are open.
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
