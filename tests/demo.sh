#!/usr/bin/env bash
# The demo: pack the closure of tests/gin, sign it, verify it, unpack it and
# build the project in a network namespace. Needs modferry in PATH.
set -euo pipefail
project=$(cd "$(dirname "$0")/gin" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
step() { printf '\n\033[1m$ %s\033[0m\n' "$*"; "$@"; }

cp -r "$project" "$work/gin"
cd "$work"
step modferry keygen --no-password --secret demo.key --public demo.pub
step modferry pack gin --key demo.key -o gin.tar.zst
step modferry verify gin.tar.zst --pubkey demo.pub
step modferry unpack gin.tar.zst --pubkey demo.pub --proxy tree
step modferry env tree

if ! command -v go >/dev/null; then
    echo "left out: building without network, because no go command is installed"
    exit 0
fi
isolate=(unshare -n)
[ "$(id -u)" -eq 0 ] || isolate=(unshare -rn)
if ! "${isolate[@]}" true 2>/dev/null; then
    echo "left out: building without network, because this system permits no network namespace"
    exit 0
fi
# An unmodified go, an empty module cache, no network.
eval "$(modferry env tree)"
export GOMODCACHE=$work/modcache GOFLAGS= GOCACHE=$work/gocache
cd gin
step "${isolate[@]}" go build -o ../ping .
step "${isolate[@]}" go test ./...
step "${isolate[@]}" go mod verify
echo
echo "built without network: $(wc -c <../ping) bytes"
