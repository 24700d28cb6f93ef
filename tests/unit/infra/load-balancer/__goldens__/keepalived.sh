installed() { rpm --query --queryformat '%{VERSION}-%{RELEASE}\n' "$1" 2>/dev/null; }
install_packages() {
  local one version specs=()
  for one in "$@"; do
    rm -f "/etc/tdnf/locks.d/${one%%=*}.conf"
    version=${one#*=}
    specs+=("${one%%=*}${version:+-$version}")
  done
  tdnf makecache --quiet && tdnf install --quiet --assumeyes "${specs[@]}"
}
hold() {
  mkdir -p /etc/tdnf/locks.d
  grep -qsx "$1" "/etc/tdnf/locks.d/$1.conf" || echo "$1" >"/etc/tdnf/locks.d/$1.conf"
}

satisfied() {
  local version
  version=$(installed "$1") || return 1
  [[ -z $2 || $version == "$2" || $version == "$2"-* ]]
}

wanted=(keepalived\=)
missing=()
for one in "${wanted[@]}"; do
  satisfied "${one%%=*}" "${one#*=}" || missing+=("$one")
done

if ((${#missing[@]} > 0)); then
  deadline=$((SECONDS + 600))
  until answer=$(install_packages "${missing[@]}" 2>&1); do
    if ((SECONDS >= deadline)); then
      echo 'packages installed: not so after 600 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
fi

for one in "${wanted[@]}"; do
  if ! satisfied "${one%%=*}" "${one#*=}"; then
    echo "the repository has no ${one%%=*} in version ${one#*=}; found: $(installed "${one%%=*}" || echo none)" >&2
    exit 1
  fi
  [[ -z ${one#*=} ]] || hold "${one%%=*}"
done

install -d -m 0755 /etc/keepalived /etc/systemd/system/keepalived.service.d
cat >/usr/local/sbin/haproxy-serves <<'SCRIPT'
#!/bin/bash
set -euo pipefail

ask_haproxy() { socat -T 2 - UNIX-CONNECT:/run/haproxy/admin.sock <<<"$1"; }

status=$(ask_haproxy "show stat")
for frontend in api http https; do
  grep -q "^$frontend,FRONTEND,.*,OPEN," <<<"$status"
done
SCRIPT
chmod 0755 /usr/local/sbin/haproxy-serves
cat >/etc/systemd/system/keepalived.service.d/10-site.conf <<'UNIT'
[Unit]
After=haproxy.service
StartLimitIntervalSec=0
[Service]
Restart=always
RestartSec=1
UNIT
systemctl daemon-reload

candidate=$(mktemp /etc/keepalived/keepalived.conf.XXXXXX)
trap 'rm -f "$candidate"' EXIT
cat >"$candidate"
chmod 0644 "$candidate"
keepalived --config-test --use-file "$candidate"
mv "$candidate" /etc/keepalived/keepalived.conf

systemctl enable --quiet keepalived
if systemctl is-active --quiet keepalived; then
  systemctl reload keepalived
else
  systemctl restart keepalived
fi

deadline=$((SECONDS + 30))
until answer=$(systemctl is-active keepalived && timeout 2 bash -c ': </dev/tcp/192.168.10.45/6443' 2>&1); do
  if ((SECONDS >= deadline)); then
    echo '192.168.10.45 is answered: not so after 30 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

# keep KEEPER FILE...: remembers the files as this step leaves them, with owner and mode.
keep() {
  local kept=/var/lib/sitewright/kept/$1 file
  shift
  rm -rf "$kept.new"
  (umask 077 && mkdir -p "$kept.new")
  for file in "$@"; do
    [[ -f $file ]] || continue
    (umask 077 && mkdir -p "$kept.new$(dirname "$file")")
    cp --preserve=mode,ownership "$file" "$kept.new$file"
  done
  rm -rf "$kept"
  mv "$kept.new" "$kept"
}

keep keepalived /etc/keepalived/keepalived.conf /usr/local/sbin/haproxy-serves
