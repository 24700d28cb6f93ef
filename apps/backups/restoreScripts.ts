import { sh } from "./posix";

/** What there is: name, time, bytes, release and state of each file. */
export const LIST = sh`
show() {
  created=-
  release=-
  manifest=$1.json
  state=readable
  if is_encrypted "$1"; then
    state=whole
    manifest=$work/manifest
    : >"$manifest"
    if test ! -f "$1.manifest"; then
      state=no-manifest
    elif ! authentic "$1"; then
      state=unproven
      : >"$manifest"
    elif test "$(stat -c %s "$1")" != "$(field encryptedBytes "$manifest")"; then
      state=truncated
    fi
  elif test ! -f "$1.json"; then
    state=no-manifest
  elif ! whole "$1"; then
    state=truncated
  fi
  if test -f "$manifest"; then
    created=$(field created "$manifest")
    release=$(field version "$manifest")
    case "$state" in
      whole | readable)
        if test "$(field site "$manifest")" != "$site" || test "$(field app "$manifest")" != "$app"; then
          state=foreign
        elif is_encrypted "$1" && test "$(field recipient "$manifest")" != "$recipient"; then
          state=other-key
        fi
        ;;
    esac
  fi
  printf '%s %s %s %s %s\n' "\${1##*/}" "\${created:--}" "$(stat -c %s "$1")" "\${release:--}" "$state"
}
recipient=$(fingerprint "$scripts/recipient.pem")
eachBackup show
`;

/** Checks a backup by the keys of the state, and decrypts it. One that older programs have made is checked as they did. */
export const DECRYPT = sh`
name=\${BACKUP_FROM:-}
nothing="Nothing was restored: $app is as it was."
names() {
  printf '%s ' "\${1##*/}"
}
others() {
  found=$(eachBackup names)
  printf 'choose one of these: %s' "\${found:-(there are none)}"
}
case "$name" in
  '' | .* | -* | *[!A-Za-z0-9._-]*)
    refuse "$nothing" "FROM=$name" "this is not the name of a backup" "$(others)"
    ;;
esac
FILE=$folder/$name
test -f "$FILE" || refuse "$nothing" "$FILE" "there is no such backup" "$(others)"
if is_encrypted "$name"; then
  signed=$FILE.manifest
  manifest=$work/manifest
  format=sitewright-backup-2
  length=encryptedBytes
  digest=encryptedSha256
else
  signed=$FILE.json
  manifest=$signed
  format=sitewright-backup-1
  length=bytes
  digest=sha256
fi
test -f "$signed" || refuse "$nothing" "$signed" \
  "the backup has no manifest, so it is not known what it is and whether it is whole" "put its manifest beside it, or $(others)"
if is_encrypted "$name"; then
  signer=$keys/signer.pem
  openssl pkey -in "$keys/private.pem" -pubout -out "$work/recipient.pem"
  ours=$(fingerprint "$work/recipient.pem")
  theirs=$(field recipient "$signed")
  authentic "$FILE" || refuse "$nothing" "$signed" \
    "its manifest was changed, or tasks with other keys have made it: it names the signing key $(field signer "$signed") and the key of backups \${theirs:-(none)}; the state of apps has $(fingerprint "$signer") and $ours" \
    "a backup of the state from before $(field created "$signed") may have them (docs/backups.md), or $(others)"
fi
test "$(field format "$manifest")" = "$format" || refuse "$nothing" "$signed" \
  "the manifest is damaged, or of another version of these programs" "put the right manifest there, or $(others)"
test "$(field site "$manifest")" = "$site" || refuse "$nothing" "$signed" \
  "it is a backup of site $(field site "$manifest"), this is site $site" "$(others)"
test "$(field app "$manifest")" = "$app" || refuse "$nothing" "$signed" \
  "it is a backup of $(field app "$manifest"), this is $app" "$(others)"
if is_encrypted "$name"; then
  test "$theirs" = "$ours" || refuse "$nothing" "$signed" \
    "it needs the key of backups $theirs; the state of apps has $ours" \
    "a backup of the state from $(field created "$manifest") has it (docs/backups.md), or $(others)"
fi
test "$(stat -c %s "$FILE")" = "$(field "$length" "$manifest")" || refuse "$nothing" "$FILE" \
  "it is truncated: $(stat -c %s "$FILE") bytes of $(field "$length" "$manifest")" "copy it again, or $(others)"
sum=$(sha256sum <"$FILE")
test "\${sum%% *}" = "$(field "$digest" "$manifest")" || refuse "$nothing" "$FILE" \
  "its content has changed: sha256 \${sum%% *}, the manifest says $(field "$digest" "$manifest")" "copy it again, or $(others)"
bytes=$(field bytes "$manifest")
free=$(free "$work")
test "$free" -gt $((bytes + 16777216)) || refuse "$nothing" "the disk of the node that $(uname -n) runs on" \
  "the backup has $bytes bytes, and only $free are free there" "make room there"
trap 'test "$decrypted" = yes || rm -f -- "$work"/*' EXIT
decrypted=no
if is_encrypted "$name"; then
  field key "$manifest" >"$work/key.base64"
  openssl base64 -d -A -in "$work/key.base64" -out "$work/key.enc"
  openssl pkeyutl -decrypt -inkey "$keys/private.pem" $padding -in "$work/key.enc" -out "$work/key" ||
    refuse "$nothing" "$signed" "its key could not be decrypted" "$(others)"
  openssl enc -d $cipher -pass "file:$work/key" -in "$FILE" -out "$work/content"
  rm -f "$work/key" "$work/key.enc" "$work/key.base64"
else
  cp "$FILE" "$work/content"
  cp "$manifest" "$work/manifest"
fi
sum=$(sha256sum <"$work/content")
test "\${sum%% *}" = "$(field sha256 "$manifest")" || refuse "$nothing" "$FILE" \
  "what it was decrypted to is not what was saved" "$(others)"
decrypted=yes
`;

/** In the application's own image: whether it accepts what was decrypted, and has room for it. */
export const CHECK = sh`
name=$BACKUP_FROM
manifest=$work/manifest
FILE=$work/content
UNPACKED=$(field unpacked "$manifest")
export FILE UNPACKED
trap 'rm -f -- "$FILE"' EXIT
nothing="Nothing was restored: $app is as it was."
run app-verify.sh >&2 || refuse "$nothing" "$name" "$app's own tool does not accept it; its message stands above" \
  "choose another one: make backups APP=$app"
run app-room.sh >&2 || refuse "$nothing" "$name" "there is not enough room for what it restores; the message stands above" \
  "make room, then make restore APP=$app FROM=$name"
`;

export const RESTORE = sh`
printf 'restoring %s of %s, made by release %s, into release %s\n' "$name" "$(field created "$manifest")" "$(field version "$manifest")" "$version"
run app-restore.sh || refuse "The restore of $app from $name failed." "$name" "the message above" \
  "mend the cause, then make restore APP=$app FROM=$name"
printf 'restored %s\n' "$name"
`;
