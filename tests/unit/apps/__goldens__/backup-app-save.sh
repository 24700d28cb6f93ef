set -eu

printf %s "$CONTENT" >"$FILE"
