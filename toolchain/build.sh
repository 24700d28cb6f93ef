#!/usr/bin/env bash
# Builds what the machine lacks (README.md); when all is there it takes a moment. Options are those of ./build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
needed=1.26 # the Go that preflight.GoNeeded asks for

fail() {
  echo "error: toolchain: $*" >&2
  exit 1
}

command -v go >/dev/null || fail "go is not installed; install Go $needed or newer and put it on PATH"
# Asked where no go.mod is, because one that asks for a newer Go makes this one download it only to answer.
installed="$(cd / && go version)" || fail "go version fails (above: why); install Go $needed or newer"
# A development version has no number and is taken as new.
if [[ $installed =~ \ go([0-9][^\ ]*) ]] && ! printf '%s\n' "$needed" "${BASH_REMATCH[1]}" | sort --check=quiet --version-sort; then
  fetching="$(cd / && go env GOTOOLCHAIN)"
  if [[ -z $fetching || $fetching == local ]]; then
    fail "Go is ${BASH_REMATCH[1]}, and Go $needed is needed: install it and put it on PATH, or allow a Go from 1.21 on to download it:" \
      "go env -w GOTOOLCHAIN=auto"
  fi
fi

cache="${XDG_CACHE_HOME:-}"
[[ $cache == /* ]] || cache="${HOME:?set HOME or XDG_CACHE_HOME}/.cache"
cache="$cache/sitewright/builder"
mkdir -p "$cache" && [[ -w $cache ]] ||
  fail "$cache cannot be written, and the toolchain has to go there; set XDG_CACHE_HOME to a folder that can"
# Compiled rather than "go run", which would stand between a signal and the builder.
go build -o "$cache/toolchain" ./build ||
  fail "the builder cannot be compiled (above: why). This is ${installed#go version }; it needs $needed or newer, which an older" \
    "one downloads if GOPROXY ($(cd / && go env GOPROXY | sed 's,//[^/@]*@,//,g')) can be reached, and space to write in" \
    "$cache and GOCACHE ($(cd / && go env GOCACHE)). Run it again then"
exec "$cache/toolchain" --checkout .. "$@"
