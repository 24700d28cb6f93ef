#!/usr/bin/env bash
# Builds what the machine lacks (README.md); when all is there it takes a moment. Options are those of ./build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
needed=1.26 # the Go that preflight.GoNeeded asks for
builder=../dist/toolchain-builder

# The builder of this checkout is as its sources: go build would look at each of them, and take longer than all the rest.
if [[ -x $builder ]] && newer=$(find . -newer "$builder" \( -name '*.go' -o -name 'go.*' -o -name build.sh \) -print -quit 2>/dev/null) && [[ -z $newer ]]; then
  exec "$builder" --checkout .. "$@"
fi

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

mkdir -p "$(dirname "$builder")"
# Compiled rather than "go run", which would stand between a signal and the builder.
go build -o "$builder.new" ./build ||
  fail "the builder cannot be compiled (above: why). This is ${installed#go version }; it needs $needed or newer, which an older" \
    "one downloads if GOPROXY ($(cd / && go env GOPROXY | sed 's,//[^/@]*@,//,g')) can be reached, and space to write in" \
    "$PWD/../dist and GOCACHE ($(cd / && go env GOCACHE)). Run it again then"
mv "$builder.new" "$builder"
exec "$builder" --checkout .. "$@"
