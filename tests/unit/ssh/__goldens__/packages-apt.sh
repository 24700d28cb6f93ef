installed() {
  local state
  state=$(dpkg-query --show --showformat='${db:Status-Status} ${Version}' "$1" 2>/dev/null) || return 1
  [[ $state == "installed "* ]] && echo "${state#installed }"
}
install_packages() {
  local one version specs=()
  apt-get update -q || return 1
  for one in "$@"; do
    version=$(apt-cache madison "${one%%=*}" | awk -v want="${one#*=}" '$3 == want || index($3, want "-") == 1 { print $3; exit }')
    specs+=("${one%%=*}${version:+=$version}")
  done
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends --allow-downgrades \
    --allow-change-held-packages -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confold "${specs[@]}"
}
hold() { apt-mark showhold "$1" | grep -qx "$1" || apt-mark hold "$1" >/dev/null; }

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
