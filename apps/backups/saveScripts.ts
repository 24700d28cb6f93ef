import { sh } from "./posix";

/** Before the application is asked for anything: whether there will be room, by what the newest backup took. */
export const PREPARE = sh`
now=$(date +%s)
printf '%s\n' "$now" >"$work/began"
untouched="The backup of $app was not begun; those that are there are untouched."
fingerprint "$scripts/recipient.pem" >/dev/null || refuse "$untouched" "the image of site:backups" \
  "it has no openssl that reads the key of the backups" "name one that has openssl 3 and GNU's coreutils"

# What a task left that was killed. It may belong to one that is still at work, until no task can be.
for each in "$folder/.$app-"*.partial*; do
  if test -f "$each" && test $((now - $(stat -c %Y "$each"))) -gt "$deadline"; then
    rm -f -- "$each"
  fi
done
# A manifest comes before its file; one without is of a task that was killed in between.
for each in "$folder/$app"-????????T??????Z."$extension.json" "$folder/$app"-????????T??????Z."$extension.enc.manifest"; do
  backup=\${each%.json}
  backup=\${backup%.manifest}
  if test -f "$each" && test ! -e "$backup" && test $((now - $(stat -c %Y "$each"))) -gt 60; then
    rm -f -- "$each"
  fi
done

newest=0
while IFS= read -r each; do
  if test -n "$each" && whole "$folder/$each"; then
    newest=$(stat -c %s "$folder/$each")
    break
  fi
done <<LIST
$(newestFirst)
LIST
need=$((newest + newest / 4 + 16777216))
test "$need" -le "$limit" || refuse "$untouched" "site:apps.$app.backup.volume.size" \
  "the newest backup has $newest bytes, and the next one has to fit into $limit with a quarter and 16 MiB to spare" "set a larger size"
for each in "$folder" "$work"; do
  free=$(free "$each")
  test "$free" -gt "$need" || refuse "$untouched" "$each" \
    "the newest backup has $newest bytes, and only $free are free there: $need have to be" "make room, then make backup APP=$app"
done
`;

/** In the application's own image, which does not see the backups' volume. */
export const SAVE = sh`
FILE=$work/content
UNPACKED=$work/unpacked
export FILE UNPACKED
trap 'test "$kept" = yes || rm -f -- "$FILE"' EXIT
kept=no
run app-save.sh || refuse "The backup of $app failed; those that are there are untouched." \
  "$work" "the message above; $(df -P -k "$work" | tail -n 1)" "mend the cause; the next one by the clock may do, or make backup APP=$app"
test -s "$FILE" || refuse "The backup of $app is empty; those that are there are untouched." \
  "$work" "the command that saves wrote nothing" "mend the cause, then make backup APP=$app"
run app-verify.sh || refuse "The backup of $app cannot be restored, so it is not kept; those that are there are untouched." \
  "$work" "the message above" "mend the cause, then make backup APP=$app"
chmod 600 "$FILE"
kept=yes
`;

/**
 * Encrypts what was saved on its way to the volume, signs its manifest, and gives both their final names when what is on the volume was
 * read again.
 *
 * Not openssl cms, by which etcd's backups are encrypted: to open a file it needs three times its size in memory. A stream cipher, whose
 * result is signed and checked before it is decrypted, needs a few MiB for a file of any size.
 */
export const ENCRYPT = sh`
content=$work/content
began=$(cat "$work/began")
name=$app-$(date -d "@$began" +%Y%m%dT%H%M%SZ).$extension.enc
partial=$folder/.$name.$(uname -n).partial
trap 'rm -f -- "$partial" "$partial.manifest" "$work"/*' EXIT
fail() {
  refuse "The backup of $app failed; those that are there are untouched." "$partial" \
    "$1; $(df -P -k "$folder" | tail -n 1)" "mend the cause, then make backup APP=$app"
}
test ! -e "$folder/$name" || refuse "A backup of $app was made in this very second." \
  "$folder/$name" "its name is taken" "try again"
bytes=$(stat -c %s "$content")
free=$(free "$folder")
test "$free" -gt $((bytes + 16777216)) || fail "it has $bytes bytes, and only $free are free"
sum=$(sha256sum <"$content")

openssl rand -base64 -out "$work/key" 48
openssl enc $cipher -pass "file:$work/key" -in "$content" -out "$partial" || fail "it could not be encrypted"
openssl pkeyutl -encrypt -pubin -inkey "$scripts/recipient.pem" $padding -in "$work/key" -out "$work/key.enc"
sync "$partial"
# What the volume has, and not what was sent there.
again=$(openssl enc -d $cipher -pass "file:$work/key" -in "$partial" | sha256sum)
test "$again" = "$sum" || fail "what is on the volume is not what was saved"
rm -f "$work/key"
encrypted=$(sha256sum <"$partial")
unpacked=$bytes
test ! -s "$work/unpacked" || unpacked=$(cat "$work/unpacked")
{
  printf '{\n'
  printf '  "format": "sitewright-backup-2",\n'
  printf '  "site": "%s",\n' "$site"
  printf '  "app": "%s",\n' "$app"
  printf '  "version": "%s",\n' "$version"
  printf '  "created": "%s",\n' "$(date -d "@$began" +%Y-%m-%dT%H:%M:%SZ)"
  printf '  "bytes": "%s",\n' "$bytes"
  printf '  "sha256": "%s",\n' "\${sum%% *}"
  printf '  "unpacked": "%s",\n' "$unpacked"
  printf '  "encryptedBytes": "%s",\n' "$(stat -c %s "$partial")"
  printf '  "encryptedSha256": "%s",\n' "\${encrypted%% *}"
  printf '  "signer": "%s",\n' "$(fingerprint "$scripts/signer.pem")"
  printf '  "recipient": "%s",\n' "$(fingerprint "$scripts/recipient.pem")"
  printf '  "key": "%s"\n' "$(openssl base64 -A -in "$work/key.enc")"
  printf '}\n'
} >"$work/manifest"
openssl dgst -sha256 -sign "$signing/key.pem" -out "$work/signature" "$work/manifest"
{
  cat "$work/manifest"
  openssl base64 -A -in "$work/signature"
  printf '\n'
} >"$partial.manifest"
# On the disk before it is a backup. The manifest first: a file without one may be an operator's own, which is kept.
sync "$partial" "$partial.manifest"
mv "$partial.manifest" "$folder/$name.manifest"
mv "$partial" "$folder/$name"
whole "$folder/$name" || refuse "The backup of $app is on the volume, and its signature does not prove it." "$folder/$name" \
  "the key that signs is not the one that proves" "make up STACK=apps, then make backup APP=$app"
`;

/**
 * Lets backups go that are neither among the newest nor young. Only after a new one is whole; only whole ones count, and only such go.
 * A clock that was ahead names backups after this one: they do not count. Of the two times of a backup, its name's and its file's by
 * the volume's own clock, the younger one decides.
 */
export const RETAIN = sh`
oldest=$(date -d "@$((began - keepDays * 86400))" +%Y%m%dT%H%M%SZ)
written=$(stat -c %Y "$folder/$name")
is_old() {
  time=\${1#"$app-"}
  expr "x\${time%%.*}" '<' "x$oldest" >/dev/null && test $((written - $(stat -c %Y "$folder/$1"))) -gt $((keepDays * 86400))
}
count=0
while IFS= read -r each; do
  if expr "x$each" '>' "x$name" >/dev/null; then
    continue
  elif test "$count" -lt "$keep"; then
    ! whole "$folder/$each" || count=$((count + 1))
  elif is_old "$each" && whole "$folder/$each"; then
    rm -f -- "$folder/$each" "$folder/$each.json" "$folder/$each.manifest"
  fi
done <<LIST
$(newestFirst)
LIST

readable=0
tally() {
  is_encrypted "$1" || readable=$((readable + 1))
}
eachBackup tally
# make status reads it.
printf 'readable=%s\n' "$readable" >"$report"
printf '%s\n' "$name"
`;
