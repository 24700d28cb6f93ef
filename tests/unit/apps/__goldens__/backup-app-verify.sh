set -eu

test "$(cat "$FILE")" != broken
