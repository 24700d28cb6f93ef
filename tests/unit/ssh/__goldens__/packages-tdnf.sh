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

wanted=(kubelet\=1.36.3 containerd\=1.6.21-1.ph5 haproxy\=)
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
