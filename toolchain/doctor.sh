#!/usr/bin/env bash
# Says what this machine lacks for the project, how to install it, and what the lab will change here. It needs nothing but bash and
# coreutils, installs nothing and changes nothing. --platform: only whether the project can run here at all.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

platform="$(uname -s) on $(uname -m)"
case $platform in
  "Linux on x86_64") known="fine     $platform" ;;
  "Linux on aarch64") known="untried  $platform: only x86_64 was tried; the lab wants arch: arm64 among the labels of Pulumi.dev.yaml" ;;
  *)
    echo "error: this project runs on Linux on x86_64 or aarch64, and this machine is $platform; nothing was installed" >&2
    exit 1
    ;;
esac
[[ ${1:-} != --platform ]] || exit 0

missing=0
# have PROGRAM NEEDED VERSION REMEDY: an empty NEEDED asks for no version.
have() {
  if [[ -z $3 ]]; then
    echo "missing  $1: $4"
    missing=1
  elif [[ -n $2 ]] && ! printf '%s\n' "$2" "$3" | sort --check=quiet --version-sort; then
    echo "too old  $1 $3: $4"
    missing=1
  else
    echo "fine     $1 $3"
  fi
}
# answer COMMAND...: what it prints, or nothing.
answer() { "$@" 2>/dev/null || true; }

echo "$known"
node="$(answer node --version)"
needed="$(answer node -p 'require("./package.json").engines.node.replace(">=", "")')"
have node "$needed" "${node#v}" "install Node.js ${needed:-as package.json asks for} or newer, with npm, and put it on PATH"
have npm "" "$(answer npm --version)" "it comes with Node.js"
go="$(cd / && answer go env GOVERSION)"
have go 1.21 "${go#go}" "install Go 1.26, or any from 1.21 on, which downloads it, and put it on PATH"
pip="$(answer python3 -m pip --version)"
pip="${pip#pip }"
have "pip of python3" "" "${pip%% *}" "apt-get install python3-pip"
have ssh-keygen "" "$(command -v ssh-keygen || true)" "apt-get install openssh-client"

# The lab's, with the Debian packages that have them (lab/host/tools.ts).
echo
echo "For the lab (make up), which as root installs what is missing with apt-get:"
for tool in dockerd:docker.io docker:docker.io iptables:iptables iptables-restore:iptables ip:iproute2 debootstrap:debootstrap dpkg-deb:dpkg; do
  if PATH="$PATH:/usr/sbin:/sbin" command -v "${tool%%:*}" >/dev/null; then
    echo "fine     ${tool%%:*}"
  else
    echo "absent   ${tool%%:*}: apt-get install ${tool##*:}"
  fi
done
[[ $(id -u) -eq 0 ]] || echo "absent   root: run make as root, for instance sudo make up"
watchers="$(answer cat /proc/sys/fs/inotify/max_user_instances)"
echo
echo "What the lab changes on this machine:"
[[ -n $(answer docker version --format '{{.Server.Version}}') ]] || echo "  it starts the docker daemon, which then stays"
((${watchers:-0} >= 1024)) || echo "  it raises fs.inotify.max_user_instances from $watchers to 1024; make down puts it back"
echo "  containers, networks and firewall rules whose names begin with sitewright; make down removes them"
exit $missing
