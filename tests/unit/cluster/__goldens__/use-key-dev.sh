umask 077
exec 3>&1 1>&2 9>/run/sitewright-kubeadm.lock
if ! flock --wait 300 9; then
  echo "another run still works on $(hostname) after 300 s; it holds /run/sitewright-kubeadm.lock (lslocks shows by whom)" >&2
  exit 1
fi

# write PATH CONTENT: true when the file had another content, or none.
written=()
write() {
  written+=("$1")
  [[ ! -f $1 || $(<"$1") != "$2" ]] || return 1
  mkdir -p "$(dirname "$1")" && printf '%s\n' "$2" >"$1.new" && chmod 0644 "$1.new" && mv "$1.new" "$1" || {
    echo "$(hostname) cannot write $1; the reason stands above." >&2
    exit 1
  }
}

take_key() {
  local file=/etc/kubernetes/apiserver/encryption.yaml name others
  if [[ ! -f /etc/kubernetes/sitewright-complete || ! -f $file ]]; then
    write $file "$desired"
    return
  fi
  # Two lines for each key, at the end of the file.
  name=$(awk '$2 == "name:" { print $3 }' <<<"$desired")
  others=$(awk -v name="$name" '$2 == "name:" { keys = 1; keep = $3 != name } keys && keep' $file)
  [[ -n $others ]] || return 1
  write $file "$desired"$'\n'"$others"
}

api_server_is_new() {
  local now
  now=$(pidof kube-apiserver) && [[ $now != "$former" ]] &&
    kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://172.30.10.56:6443 --request-timeout=5s get --raw /readyz
}
restart_api_server() {
  local former deadline answer
  former=$(pidof kube-apiserver) || return 0
  echo "restarting the API server of $(hostname)"
  kill $former
  deadline=$((SECONDS + 120))
  until answer=$(api_server_is_new 2>&1); do
    if ((SECONDS >= deadline)); then
      echo 'the API server at https://172.30.10.56:6443 is ready after a restart: not so after 120 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
}

desired=$(cat)
exec </dev/null
if take_key; then restart_api_server; fi
chmod 0600 /etc/kubernetes/apiserver/encryption.yaml
