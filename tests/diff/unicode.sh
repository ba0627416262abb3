#!/bin/sh
# Compares letters and case folding over all code points with Go's package
# unicode. Tables of different versions of Unicode differ, and are not compared.
#
#     unicode.sh DRIVERS         the folder that holds diff_unicode
set -eu

command -v go >/dev/null || {
    echo "go is not installed: nothing to compare with"
    exit 77
}
source=$(dirname "$0")/unicode/main.go
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
GOTOOLCHAIN=local GOFLAGS= GO111MODULE=off go build -o "$work/unicode" "$source"
theirs=$("$work/unicode" version) ours=$("$1/diff_unicode" version)
[ "$theirs" = "$ours" ] || {
    echo "Go has Unicode $theirs, utf8proc $ours: nothing to compare"
    exit 77
}
"$work/unicode" >"$work/go"
"$1/diff_unicode" >"$work/ours"
grep -q '^fold 4B 6B 212A$' "$work/go" || {
    echo "FAILED: the list from Go is not complete" >&2
    exit 1
}
if ! diff "$work/go" "$work/ours" >"$work/diff"; then
    echo "FAILED: Go (<) and ours (>) differ:" >&2
    head -n 40 "$work/diff" >&2
    exit 1
fi
echo "$(wc -l <"$work/go") lines agree with Go's Unicode $theirs"
