#!/bin/sh
# Compares the committed table of standard packages with what tools/gen-stdlist.sh
# makes of the installed Go, and with `go list std cmd`. Needs a Go of the
# release that the table was made from.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v go >/dev/null || { echo "stdlist: go is not installed"; exit 77; }
goroot=$(cd / && GOTOOLCHAIN=local GOWORK=off go env GOROOT)
[ -d "$goroot/api" ] || { echo "stdlist: $goroot has no lists of packages"; exit 77; }
release=$(sed -n 's/^const unsigned mf_stdtable_release = \([0-9]*\);/\1/p' "$root/formats/stdtable.c")
case $(head -n 1 "$goroot/VERSION") in
go1."$release" | go1."$release".*) ;;
*) echo "stdlist: the table is of go1.$release, this is $(head -n 1 "$goroot/VERSION")"; exit 77 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$root/tools/gen-stdlist.sh" "$goroot" >"$work/table"
diff "$root/formats/stdtable.c" "$work/table" || { echo "stdlist: the table is not what the script writes"; exit 1; }
sed -n 's/^    {"\([^"]*\)", [0-9]*},$/\1/p' "$work/table" >"$work/ours"
(cd / && GOTOOLCHAIN=local GOWORK=off GOFLAGS= GOPROXY=off go list std cmd) | LC_ALL=C sort >"$work/theirs"
missing=$(LC_ALL=C comm -13 "$work/ours" "$work/theirs")
[ -z "$missing" ] || { echo "stdlist: not in the table: $missing"; exit 1; }
[ -s "$work/theirs" ] && echo "stdlist: all $(wc -l <"$work/theirs") packages of go list are in the table of $(wc -l <"$work/ours")"
