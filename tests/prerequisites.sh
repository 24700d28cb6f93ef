#!/usr/bin/env bash
# Installs what the tests need beside the program: an SSH server to test the command plugin against, two kinds of firewall to
# try rules on, the load balancer's HAProxy, a PostgreSQL that keeps states, and a browser with the tool that makes it trust the site's CA.
set -euo pipefail

packages=()
[ -x /usr/sbin/sshd ] || packages+=(openssh-server)
command -v ssh-keygen >/dev/null || packages+=(openssh-client)
[ -x /usr/sbin/iptables ] || packages+=(iptables)
[ -x /usr/sbin/nft ] || packages+=(nftables)
[ -x /usr/sbin/haproxy ] || packages+=(haproxy)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
command -v chromium >/dev/null || packages+=(chromium)
command -v certutil >/dev/null || packages+=(libnss3-tools)
[ ${#packages[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "error: the tests need ${packages[*]}; install them and run make test again" >&2
  exit 1
fi
echo "apt-get install ${packages[*]}: for the tests"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
