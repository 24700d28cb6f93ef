deadline=$(($(date +%s) + 180))
until answer=$(consul acl token read -self 2>&1); do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'Consul answers with a leader and knows the management token: not so after 180 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

key=$(cat /consul/gossip/key)
all='[3/3]'

# keys OPTION: each key and how many servers have it, [2/3]. Not for a log.
keys() {
  listing=$(consul keyring "$1") || return 1
  printf '%s\n' "$listing" | while read -r each count; do
    case "$count" in
      "["*"/"*"]") echo "$each $count" ;;
    esac
  done
}

# everywhere OPTION: whether all servers answer and all have the key.
everywhere() {
  found=$(keys "$1") || return 1
  while read -r each count; do
    if [ "$each" = "$key" ]; then
      echo "$count of the servers have it"
      [ "$count" = "$all" ] && return 0 || return 1
    fi
  done <<END
$found
END
  echo "none of the servers has it"
  return 1
}

# present: whether all servers answer.
present() {
  found=$(keys -list) || return 1
  while read -r each count; do
    case "$count" in
      *"/3]") return 0 ;;
    esac
    echo "servers that have a key, of those that are there: $count"
  done <<END
$found
END
  return 1
}

deadline=$(($(date +%s) + 300))
until answer=$(present 2>&1); do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'All servers are there: not so after 300 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

consul keyring -install "$key" >/dev/null

deadline=$(($(date +%s) + 60))
until answer=$(everywhere -list 2>&1); do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'All servers have the new gossip key: not so after 60 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

consul keyring -use "$key" >/dev/null

deadline=$(($(date +%s) + 60))
until answer=$(everywhere -list-primary 2>&1); do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'All servers use the new gossip key: not so after 60 s. The last answer was:' >&2
    printf '%s\n' "$answer" >&2
    exit 1
  fi
  sleep 0.5
done

found=$(keys -list)
while read -r each count; do
  [ "$each" = "$key" ] || consul keyring -remove "$each" >/dev/null
done <<END
$found
END

echo "the gossip key is the only one, $all"
