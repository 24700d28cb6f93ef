deadline=$(($(date +%s) + 180))
until answer=$(consul kv get -keys traefik/tls/certificates/ 2>&1); do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'Consul answers: not so after 180 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

# put KEY FILE: unless the KV store has the file's content already. A file's last line ends in the KV store as in the file.
put() {
  if [ "$(consul kv get "$1" 2>/dev/null)" = "$(cat "/consul/certificates/$2")" ]; then
    echo "$1: unchanged"
  else
    consul kv put "$1" "@/consul/certificates/$2"
  fi
}

put traefik/tls/certificates/0/certFile 0.chain
put traefik/tls/certificates/0/keyFile 0.key

put traefik/tls/certificates/5/certFile 0.chain
put traefik/tls/certificates/5/keyFile 0.key

put traefik/tls/certificates/1/certFile 1.chain
put traefik/tls/certificates/1/keyFile 1.key

put traefik/tls/certificates/6/certFile 1.chain
put traefik/tls/certificates/6/keyFile 1.key

keys=$(consul kv get -keys -separator= traefik/tls/certificates/)
while IFS= read -r key; do
  case "$key" in
    '' | traefik/tls/certificates/0/certFile | traefik/tls/certificates/0/keyFile | traefik/tls/certificates/1/certFile | traefik/tls/certificates/1/keyFile | traefik/tls/certificates/5/certFile | traefik/tls/certificates/5/keyFile | traefik/tls/certificates/6/certFile | traefik/tls/certificates/6/keyFile) ;;
    *) consul kv delete "$key" ;;
  esac
done <<END
$keys
END
