import { sh } from "./posix";

/**
 * Functions for the scripts of both images: a POSIX sh with builtins and coreutils only, because that is what the images of all
 * applications have.
 */
export const FUNCTIONS = sh`
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

# free FOLDER: bytes that are free there.
free() {
  answer=$(df -P -k "$1" | tail -n 1)
  set -- $answer
  printf '%s\n' $(($4 * 1024))
}

# field NAME MANIFEST: prints a value that is a plain word, and nothing for one that is not.
field() {
  while IFS= read -r line; do
    case "$line" in
      "  \"$1\": \""*'"' | "  \"$1\": \""*'",')
        value=\${line%,}
        value=\${value#"  \"$1\": \""}
        value=\${value%'"'}
        case "$value" in
          *[!A-Za-z0-9:._+/=-]*) ;;
          *) printf '%s\n' "$value" ;;
        esac
        return
        ;;
    esac
  done <"$2"
}
`;

/** Functions for the scripts that see the backups' volume. Their image has openssl and GNU's coreutils. */
export const VOLUME_FUNCTIONS = sh`
# Its password is random, so nothing has to be slow.
cipher="-aes-256-ctr -pbkdf2 -iter 10000 -md sha256"
padding="-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"

# eachBackup COMMAND: for all files of this application that have a backup's name, the oldest first.
eachBackup() {
  for each in "$folder/$app"-????????T??????Z."$extension"*; do
    case "$each" in
      *Z."$extension" | *Z."$extension".enc) test ! -f "$each" || "$1" "$each" ;;
    esac
  done
}

# newestFirst: the names of all of them.
newestFirst() {
  : >"$work/list"
  eachBackup list
  sort -r "$work/list"
}
list() {
  printf '%s\n' "\${1##*/}" >>"$work/list"
}

is_encrypted() {
  case "$1" in
    *.enc) ;;
    *) return 1 ;;
  esac
}

# fingerprint FILE: names a public key.
fingerprint() {
  openssl pkey -pubin -in "$1" -outform DER -out "$work/der" 2>/dev/null || return 1
  digest=$(sha256sum <"$work/der")
  printf '%s\n' "\${digest%% *}"
}

# authentic FILE: whether $signer has signed its manifest, which is in "$work/manifest" then. Its signature is its last line.
authentic() {
  test -f "$1.manifest" || return 1
  head -n -1 "$1.manifest" >"$work/manifest"
  tail -n 1 "$1.manifest" | openssl base64 -d -A >"$work/signature" 2>/dev/null || return 1
  openssl dgst -sha256 -verify "$signer" -signature "$work/signature" "$work/manifest" >/dev/null 2>&1
}
signer=$scripts/signer.pem

# whole FILE: whether it has its final name, its manifest and its length. One that older programs have made has no signature.
whole() {
  if is_encrypted "$1"; then
    authentic "$1" && test "$(stat -c %s "$1")" = "$(field encryptedBytes "$work/manifest")"
  else
    test -f "$1.json" && test "$(stat -c %s "$1")" = "$(field bytes "$1.json")"
  fi
}
`;
