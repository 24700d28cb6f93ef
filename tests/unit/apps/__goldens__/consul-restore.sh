deadline=$(($(date +%s) + 180))
until answer=$(consul acl token read -self 2>&1); do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'Consul answers with a leader and knows the management token: not so after 180 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

consul snapshot restore "$FILE"

deadline=$(($(date +%s) + 180))
until answer=$(consul kv get -keys '' 2>&1); do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'The KV store is readable after the restore: not so after 180 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

echo "restored: the KV store is readable"

deadline=$(($(date +%s) + 180))
until answer=$(consul acl token read -self 2>&1); do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'Consul answers with a leader and knows the management token: not so after 180 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

consul operator autopilot set-config -cleanup-dead-servers=true -min-quorum=3 -server-stabilization-time=10s -last-contact-threshold=1s

wanted=' '

# policy NAME DESCRIPTION <RULES
policy() {
  if consul acl policy read -name "$1" >/dev/null 2>&1; then
    consul acl policy update -name "$1" -description "$2" -rules - >/dev/null
  else
    consul acl policy create -name "$1" -description "$2" -rules - >/dev/null
  fi
}

# token NAME DESCRIPTION
token() {
  accessor=$(cat "/consul/access/$1.accessor")
  wanted="$wanted$1 $accessor "
  if consul acl token read -accessor-id "$accessor" >/dev/null 2>&1; then
    consul acl token update -accessor-id "$accessor" -policy-name "$1" -description "$2" >/dev/null
  else
    consul acl token create -accessor "$accessor" -secret "$(cat "/consul/access/$1.secret")" \
      -policy-name "$1" -description "$2" >/dev/null
  fi
}

policy agent 'sitewright: the servers, to register themselves' <<'RULES'
node_prefix "consul-" { policy = "write" }
service_prefix "" { policy = "read" }
RULES
token agent 'sitewright: the servers, to register themselves'

policy dns 'sitewright: answers of the DNS, for those who have no token' <<'RULES'
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
RULES
token dns 'sitewright: answers of the DNS, for those who have no token'

policy traefik 'sitewright: Traefik, to read its certificates' <<'RULES'
key_prefix "traefik/" { policy = "read" }
RULES
token traefik 'sitewright: Traefik, to read its certificates'

policy kv-writer 'sitewright: the tasks that write certificates' <<'RULES'
key_prefix "traefik/tls/certificates/" { policy = "write" }
RULES
token kv-writer 'sitewright: the tasks that write certificates'

policy ui 'sitewright: operators, to look around in the UI' <<'RULES'
key_prefix "" { policy = "read" }
key_prefix "traefik/tls/certificates/" { policy = "deny" }
node_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
agent_prefix "" { policy = "read" }
session_prefix "" { policy = "read" }
operator = "read"
RULES
token ui 'sitewright: operators, to look around in the UI'

accessor=
own=$(consul acl token read -self)
own=${own#*AccessorID:}
own=${own%%SecretID:*}
own=$(echo $own)

tokens=$(consul acl token list)
while IFS= read -r line; do
  case "$line" in
    "AccessorID: "*) accessor=${line##* } ;;
    "Description: "*"sitewright: "*)
      case "$wanted" in
        *" $accessor "*) ;;
        *) consul acl token delete -accessor-id "$accessor" ;;
      esac
      ;;
    "Description: "*"Initial Management Token")
      [ "$accessor" = "$own" ] || consul acl token delete -accessor-id "$accessor"
      ;;
  esac
done <<END
$tokens
END

policies=$(consul acl policy list)
while IFS= read -r line; do
  case "$line" in
    [!\ ]*:) name=${line%:} ;;
    *"Description: "*"sitewright: "*)
      case "$wanted" in
        *" $name "*) ;;
        *) consul acl policy delete -name "$name" ;;
      esac
      ;;
  esac
done <<END
$policies
END

mounted() {
  for each in 0.chain 0.key 1.chain 1.key; do
    [ -f "/consul/certificates/$each" ] || return 1
  done
}

if mounted; then
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
echo "restored: the configured certificates are in the KV store"
else
  echo "the certificates in the KV store are those of the backup: make up STACK=apps writes the configured ones"
fi

# identity SERVER: its id as the servers know each other.
identity() {
  listing=$(consul members -detailed) || return 1
  while read -r name address status tags; do
    [ "$name" = "$1" ] || continue
    id=${tags#*,id=}
    echo "$status ${id%%,*}"
  done <<END
$listing
END
}

# registered SERVER: its id in the catalog.
registered() {
  listing=$(consul catalog nodes -detailed) || return 1
  while read -r name id rest; do
    [ "$name" != "$1" ] || echo "alive $id"
  done <<END
$listing
END
}

# agrees SERVER
agrees() {
  is=$(identity "$1") || return 1
  listed=$(registered "$1") || return 1
  echo "the servers say: $is; the catalog says: $listed"
  [ -n "$is" ] && [ "$is" = "$listed" ]
}

# votes SERVER
votes() {
  listing=$(consul operator raft list-peers) || return 1
  while read -r name id address state voter rest; do
    [ "$name" != "$1" ] || [ "$voter" != true ] || return 0
  done <<END
$listing
END
  echo "it is no voter yet"
  return 1
}

if ! agrees consul-0; then
  echo "consul-0 registers anew"
  consul leave -http-addr=https://consul-0.svc-consul-servers.devsyslan.svc:8501 -tls-server-name=server.lan.cluster.local || true
  deadline=$(($(date +%s) + 180))
  until answer=$(agrees consul-0 2>&1); do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo 'consul-0 is in the catalog again: not so after 180 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
  deadline=$(($(date +%s) + 180))
  until answer=$(votes consul-0 2>&1); do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo 'consul-0 votes again: not so after 180 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
fi

if ! agrees consul-1; then
  echo "consul-1 registers anew"
  consul leave -http-addr=https://consul-1.svc-consul-servers.devsyslan.svc:8501 -tls-server-name=server.lan.cluster.local || true
  deadline=$(($(date +%s) + 180))
  until answer=$(agrees consul-1 2>&1); do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo 'consul-1 is in the catalog again: not so after 180 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
  deadline=$(($(date +%s) + 180))
  until answer=$(votes consul-1 2>&1); do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo 'consul-1 votes again: not so after 180 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
fi

if ! agrees consul-2; then
  echo "consul-2 registers anew"
  consul leave -http-addr=https://consul-2.svc-consul-servers.devsyslan.svc:8501 -tls-server-name=server.lan.cluster.local || true
  deadline=$(($(date +%s) + 180))
  until answer=$(agrees consul-2 2>&1); do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo 'consul-2 is in the catalog again: not so after 180 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
  deadline=$(($(date +%s) + 180))
  until answer=$(votes consul-2 2>&1); do
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo 'consul-2 votes again: not so after 180 s. The last answer was:' >&2
      printf '%s\n' "$answer" >&2
      exit 1
    fi
    sleep 0.5
  done
fi
