#!/usr/bin/env bash
# Builds what the machine lacks (README.md); when all is there it takes a moment. Options are those of ./build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if ! command -v go >/dev/null; then
  echo "error: toolchain: go is not installed; install Go 1.26 or newer and put it on PATH" >&2
  exit 1
fi
# Compiled rather than "go run", which would stand between a signal and the builder.
program="${XDG_CACHE_HOME:-$HOME/.cache}/sitewright/builder/toolchain"
mkdir -p "$(dirname "$program")"
go build -o "$program" ./build
exec "$program" --checkout .. "$@"
