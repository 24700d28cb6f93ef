import type { Packages } from "../environment/schema";
import { indent, poll, quote, script } from "../lib/bash";

/** A package to install, in an exact version or in the one that the repository offers. */
export interface Package {
  /** Name in the package manager's own notation. */
  name: string;
  /**
   * Upstream version (`1.27.16`), which any packaging revision satisfies, or a full one (`1.27.16-2.ph5`). A package
   * with a version is held, so that an upgrade of the system does not move it. A pin of the environment comes first.
   */
  version?: string;
}

/** Seconds within which packages must have been fetched and installed. */
export const PACKAGES_DEADLINE_SECONDS = 600;

/**
 * Bash that installs missing packages, as root. If every package is there in the wanted version, it does nothing and needs no network.
 * Otherwise it tries again until the deadline, because repositories are flaky.
 */
export function ensurePackages(
  packages: Pick<Packages, "manager" | "pins">,
  wanted: readonly Package[],
): string {
  const manager = managers[packages.manager];
  return script(
    manager.functions,
    `satisfied() {
  local version
  version=$(installed "$1") || return 1
  [[ -z $2 || $version == "$2" || $version == "$2"-* ]]
}`,
    `wanted=(${packageWords(packages, wanted)})
missing=()
for one in "\${wanted[@]}"; do
  satisfied "\${one%%=*}" "\${one#*=}" || missing+=("$one")
done`,
    `if ((\${#missing[@]} > 0)); then
${indent(
  poll({
    what: "packages installed",
    command: 'install_packages "${missing[@]}"',
    deadlineSeconds: PACKAGES_DEADLINE_SECONDS,
  }),
)}
fi`,
    `for one in "\${wanted[@]}"; do
  if ! satisfied "\${one%%=*}" "\${one#*=}"; then
    echo "the repository has no \${one%%=*} in version \${one#*=}; found: $(installed "\${one%%=*}" || echo none)" >&2
    exit 1
  fi
  [[ -z \${one#*=} ]] || hold "\${one%%=*}"
done`,
  );
}

/** The words `name=version` of packages, with the environment's pins; nothing stands behind = where any version will do. */
export function packageWords({ pins }: Pick<Packages, "pins">, wanted: readonly Package[]): string {
  return wanted
    .map(({ name, version }) => quote(`${name}=${pins[name] ?? version ?? ""}`))
    .join(" ");
}

/** What differs between package managers. Each defines installed, install_packages and hold. */
const managers: Record<Packages["manager"], { functions: string }> = {
  apt: {
    functions: `installed() {
  local state
  state=$(dpkg-query --show --showformat='\${db:Status-Status} \${Version}' "$1" 2>/dev/null) || return 1
  [[ $state == "installed "* ]] && echo "\${state#installed }"
}
install_packages() {
  local one version specs=()
  apt-get update -q || return 1
  for one in "$@"; do
    version=$(apt-cache madison "\${one%%=*}" | awk -v want="\${one#*=}" '$3 == want || index($3, want "-") == 1 { print $3; exit }')
    specs+=("\${one%%=*}\${version:+=$version}")
  done
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends --allow-downgrades \\
    --allow-change-held-packages -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confold "\${specs[@]}"
}
hold() { apt-mark showhold "$1" | grep -qx "$1" || apt-mark hold "$1" >/dev/null; }`,
  },
  tdnf: {
    // tdnf reads the names of packages it must not touch from the *.conf files in /etc/tdnf/locks.d, one a line; a lock
    // holds back the package that is installed, so it has to go before another version comes. `name-version` without a
    // revision is the newest revision there is. Of several names tdnf installs those it finds, and it ends with the low
    // byte of its error's number (1024 is an error and ends with 0): what counts is what rpm has afterwards.
    // See client/{config,goal,resolve}.c and tools/cli/main.c of https://github.com/vmware/tdnf, v3.3 (Photon 4), v3.5 (5).
    functions: `installed() { rpm --query --queryformat '%{VERSION}-%{RELEASE}\\n' "$1" 2>/dev/null; }
install_packages() {
  local one version specs=()
  for one in "$@"; do
    rm -f "/etc/tdnf/locks.d/\${one%%=*}.conf"
    version=\${one#*=}
    specs+=("\${one%%=*}\${version:+-\$version}")
  done
  tdnf makecache --quiet && tdnf install --quiet --assumeyes "\${specs[@]}"
}
hold() {
  mkdir -p /etc/tdnf/locks.d
  grep -qsx "$1" "/etc/tdnf/locks.d/$1.conf" || echo "$1" >"/etc/tdnf/locks.d/$1.conf"
}`,
  },
};
