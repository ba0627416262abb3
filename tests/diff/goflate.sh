#!/bin/sh
# Compares the deflate encoder with Go's, bit for bit.
# usage: goflate.sh DIRECTORY-OF-DRIVERS
set -eu
here=$(cd "$(dirname "$0")" && pwd)
drivers=$(cd "${1:?usage: goflate.sh DIRECTORY-OF-DRIVERS}" && pwd)
command -v go >/dev/null 2>&1 || { echo "go is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GO111MODULE=off GOFLAGS= GOTOOLCHAIN=local GOPROXY=off
go build -o "$work/compare" "$here/goflate/compare.go"
"$work/compare" "$drivers/diff_goflate"
