app=consul
version=1.22.3
site=devk8sclu
extension=snap
keep=3
deadline=3600
folder=/backups
scripts=/scripts

export LC_ALL=C TZ=UTC
umask 077

# refuse WHAT WHERE WHY NEXT
refuse() {
  printf '%s\n  where: %s\n  why:   %s\n  next:  %s\n' "$1" "$2" "$3" "$4" >&2
  exit 1
}

# run SCRIPT: in a process of its own, which ends with this one.
run() {
  sh "$scripts/$1" &
  child=$!
  status=0
  wait "$child" || status=$?
  child=
  return "$status"
}
child=
# The shell is the container's first process: without a trap it would not end before it is killed.
trap 'test -z "$child" || { kill "$child" && wait "$child"; } || true; exit 143' TERM INT

# field NAME MANIFEST: prints a value that is a plain word, and nothing for one that is not.
field() {
  while IFS= read -r line; do
    case "$line" in
      "  \"$1\": \""*'"' | "  \"$1\": \""*'",')
        value=${line%,}
        value=${value#"  \"$1\": \""}
        value=${value%'"'}
        case "$value" in
          *[!A-Za-z0-9:._-]*) ;;
          *) printf '%s\n' "$value" ;;
        esac
        return
        ;;
    esac
  done <"$2"
}

# complete FILE: whether it has its final name, its manifest and its length.
complete() {
  test -f "$1" && test -f "$1.json" && test "$(stat -c %s "$1")" = "$(field bytes "$1.json")"
}

# eachBackup COMMAND: for all files of this application that have a backup's name, the oldest first.
eachBackup() {
  for each in "$folder/$app"-????????T??????Z."$extension"; do
    test ! -f "$each" || "$1" "$each"
  done
}
