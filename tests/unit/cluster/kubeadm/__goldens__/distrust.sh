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

if [[ -f /etc/haproxy/haproxy.cfg ]]; then
  rm -f /etc/haproxy/cluster-ca.crt
  keep trust
  load_haproxy </etc/haproxy/haproxy.cfg
fi
