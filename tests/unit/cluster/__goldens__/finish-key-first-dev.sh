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

desired=$(cat)
exec </dev/null
file=/etc/kubernetes/apiserver/encryption.yaml
[[ $(<$file) != "$desired" ]] || exit 0

# Whoever changes one in between makes the whole attempt fail, which is then repeated.
rewrite_secrets() {
  export KUBECONFIG=/etc/kubernetes/admin.conf
  local names
  names=$(kubectl get secrets --all-namespaces --output name) || return
  [[ -z $names ]] || kubectl get secrets --all-namespaces --output json | kubectl replace --filename - >/dev/null
}

deadline=$((SECONDS + 300))
until answer=$(rewrite_secrets 2>&1); do
  if ((SECONDS >= deadline)); then
    echo 'every Secret is written anew with the new key: not so after 300 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

write $file "$desired"
chmod 0600 $file
