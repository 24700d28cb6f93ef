deadline=$(($(date +%s) + 180))
until answer=$(consul kv get -keys traefik/tls/certificates/ 2>&1); do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'Consul answers: not so after 180 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

# put FOLDER NUMBER: the pair in the files, below a folder of the KV store.
put() {
  consul kv put "$1/certFile" "@/consul/certificates/$2.chain"
  consul kv put "$1/keyFile" "@/consul/certificates/$2.key"
}

# same KEY FILE: whether the KV store has the file's content. A file's last line ends in the KV store as in the file.
same() {
  [ "$(consul kv get "$1" 2>/dev/null)" = "$(cat "/consul/certificates/$2")" ]
}

if same traefik/tls/certificates/0/certFile 0.chain && same traefik/tls/certificates/0/keyFile 0.key; then
  echo "certificate 0: unchanged"
else
  put traefik/tls/certificates/2 0
  put traefik/tls/certificates/0 0
  consul kv delete -recurse traefik/tls/certificates/2/
fi

if same traefik/tls/certificates/1/certFile 1.chain && same traefik/tls/certificates/1/keyFile 1.key; then
  echo "certificate 1: unchanged"
else
  put traefik/tls/certificates/2 1
  put traefik/tls/certificates/1 1
  consul kv delete -recurse traefik/tls/certificates/2/
fi

numbers=$(consul kv get -keys traefik/tls/certificates/)
for each in $numbers; do
  number=${each#traefik/tls/certificates/}
  number=${number%%/*}
  case "$number" in
    '' | *[!0-9]*) continue ;;
  esac
  [ "$number" -lt 2 ] || consul kv delete -recurse "traefik/tls/certificates/$number/"
done
