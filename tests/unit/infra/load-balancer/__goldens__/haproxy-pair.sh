# As it is for root, since a Match block may make exceptions.
ssh_settings() { sshd -T -C user=root,host=localhost,addr=127.0.0.1 | grep -E '^(kbdinteractiveauthentication |passwordauthentication |permitrootlogin )' | sort; }
only_keys='kbdinteractiveauthentication no
passwordauthentication no
permitrootlogin no'
if [[ $(ssh_settings) != "$only_keys" ]]; then
  printf '%s\n' 'KbdInteractiveAuthentication no' 'PasswordAuthentication no' 'PermitRootLogin no' | cat - /etc/ssh/sshd_config >/etc/ssh/sshd_config.new
  chmod --reference=/etc/ssh/sshd_config /etc/ssh/sshd_config.new
  sshd -t -f /etc/ssh/sshd_config.new
  mv /etc/ssh/sshd_config.new /etc/ssh/sshd_config
  systemctl reload sshd 2>/dev/null || systemctl reload ssh
  if [[ $(ssh_settings) != "$only_keys" ]]; then
    echo "$(hostname) still lets somebody log in over SSH by password, or root. sshd says:" >&2
    ssh_settings >&2
    echo "A Match block in /etc/ssh/sshd_config or beside it overrides the settings at its top: remove that, then run this again." >&2
    exit 1
  fi
fi

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

wanted=(haproxy\=2.8.2 socat\=)
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

saved=/etc/systemd/scripts/ip4save
if [[ -f $saved ]]; then
  rules=(
    ':SITEWRIGHT - [0:0]'
    '-A SITEWRIGHT -p tcp -m tcp --dport 6443 -j ACCEPT'
    '-A SITEWRIGHT -p tcp -m tcp --dport 80 -j ACCEPT'
    '-A SITEWRIGHT -p tcp -m tcp --dport 443 -j ACCEPT'
    '-A SITEWRIGHT -s 192.168.10.47 -p 112 -j ACCEPT'
  )
  printf '%s\n' '*filter' "${rules[@]}" COMMIT | iptables-restore --noflush --wait 10
  iptables --wait 10 -C INPUT -j SITEWRIGHT 2>/dev/null || iptables --wait 10 -I INPUT -j SITEWRIGHT

  # The same in the saved rules: what is ours leaves its old place and stands before the first rule of the table filter.
  table= placed=no lines=()
  while IFS= read -r line || [[ -n $line ]]; do
    case $line in
      ":SITEWRIGHT "* | "-A SITEWRIGHT "* | "-A INPUT -j SITEWRIGHT") continue ;;
      "*"*) table=$line ;;
      "-A "* | "-I "* | COMMIT)
        if [[ $table == "*filter" && $placed == no ]]; then
          lines+=("${rules[0]}" '-A INPUT -j SITEWRIGHT' "${rules[@]:1}")
          placed=yes
        fi
        ;;
    esac
    lines+=("$line")
  done <"$saved"
  if [[ $placed == no ]]; then
    echo "$saved on $(hostname) has no complete table filter, so the ports would be shut after a reboot. Restore the file from the package iptables, then run this again." >&2
    exit 1
  fi
  printf '%s\n' "${lines[@]}" >"$saved.new"
  if [[ $(<"$saved.new") == "$(<"$saved")" ]]; then
    rm "$saved.new"
  else
    chmod 0644 "$saved.new"
    mv "$saved.new" "$saved"
  fi
fi

echo "net.ipv4.ip_nonlocal_bind = 1" >/etc/sysctl.d/90-virtual-address.conf
sysctl --quiet --load /etc/sysctl.d/90-virtual-address.conf

# PhotonOS' package brings neither the user nor the folders.
getent passwd haproxy >/dev/null || useradd --system --home-dir /var/lib/haproxy --shell /sbin/nologin haproxy
install -d -m 0755 /etc/haproxy /var/lib/haproxy /etc/systemd/system/haproxy.service.d
cat >/etc/systemd/system/haproxy.service.d/10-site.conf <<'UNIT'
[Unit]
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0
[Service]
RuntimeDirectory=haproxy
RuntimeDirectoryPreserve=yes
Restart=always
RestartSec=1
UNIT
systemctl daemon-reload
systemctl enable --quiet haproxy

ask_haproxy() { socat -T 2 - UNIX-CONNECT:/run/haproxy/admin.sock <<<"$1"; }

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

haproxy_worker() { ask_haproxy "show info" | awk '/^Pid:/ { print $2 }' | grep .; }
another_haproxy_worker() {
  local worker
  worker=$(haproxy_worker) && [[ $worker != "$former_worker" ]]
}

load_haproxy() {
  local candidate known=0 deadline answer
  [[ ! -s /etc/haproxy/cluster-ca.crt ]] || known=1
  candidate=$(mktemp /etc/haproxy/haproxy.cfg.XXXXXX)
  sed "s/^\( *\.if\) [01]$/\1 $known/" >"$candidate"
  if ! haproxy -c -f "$candidate"; then
    rm -f "$candidate"
    exit 1
  fi
  chmod 0644 "$candidate"
  mv "$candidate" /etc/haproxy/haproxy.cfg
  former_worker=$(haproxy_worker 2>/dev/null) || former_worker=none
  if systemctl is-active --quiet haproxy; then
    systemctl reload haproxy
  else
    systemctl restart haproxy
  fi
  deadline=$((SECONDS + 30))
  until answer=$(another_haproxy_worker 2>&1); do
    if ((SECONDS >= deadline)); then
      echo 'HAProxy running with its new configuration: not so after 30 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
  keep haproxy /etc/haproxy/haproxy.cfg
}

load_haproxy
