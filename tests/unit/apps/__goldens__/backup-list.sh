set -eu

. /scripts/common.sh

show() {
  state=whole
  if test ! -f "$1.json"; then
    state=no-manifest
  elif ! complete "$1"; then
    state=truncated
  elif test "$(field site "$1.json")" != "$site" || test "$(field app "$1.json")" != "$app"; then
    state=foreign
  fi
  created=-
  release=-
  if test -f "$1.json"; then
    created=$(field created "$1.json")
    release=$(field version "$1.json")
  fi
  printf '%s %s %s %s %s\n' "${1##*/}" "${created:--}" "$(stat -c %s "$1")" "${release:--}" "$state"
}
eachBackup show
