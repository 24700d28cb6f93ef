set -eu

cat "$FILE" >"$RESTORED"
