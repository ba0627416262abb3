#!/bin/sh
# Compares what we read at the top of .go files with what Go's own code reads:
# package, imports, cgo, matching files, embed patterns, faults. All of
# GOROOT/src, extracted modules of a GOMODCACHE, and damaged files made of them.
# Usage: scan.sh [DIR], the directory that holds diff_scan (default: diff in the
# directory named by BUILD_DIR, which is build/dev where it is not set).
# MODFERRY_FIXTURES: may hold gomodcache (default $HOME/.cache/modferry-tests).
# MOST: of more files of modules than this (default 20000) every so many is taken.
# MUTATIONS: how many damaged files to try (default 4000).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
driver=${1:-${BUILD_DIR:-$here/../../build/dev}/diff}/diff_scan
cache=${MODFERRY_FIXTURES:-${HOME:-/nonexistent}/.cache/modferry-tests}/gomodcache
command -v go >/dev/null || { echo "scan: go is not installed"; exit 77; }
[ -x "$driver" ] || { echo "scan: $driver is not built"; exit 77; }
goroot=$(cd / && GOTOOLCHAIN=local GOWORK=off go env GOROOT)
source=$goroot/src/cmd/go/internal
# The rules are those of go1.26; other releases differ in details.
case $(cat "$goroot/VERSION") in
go1.26*) ;;
*) echo "scan: the judge has to be go1.26"; exit 77 ;;
esac
[ -f "$source/modindex/build_read.go" ] || { echo "scan: no sources of cmd/go"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/judge" "$work/judge/imports" "$work/judge/syslist" "$work/judge/cfg" "$work/mutants"
cp "$here/scan/judge.go" "$work/judge/main.go"
sed 's/^package modindex$/package main/' "$source/modindex/build_read.go" >"$work/judge/build_read.go"
cp "$source/imports/read.go" "$work/judge/imports/"
sed -e 's|"cmd/go/internal/cfg"|"judge/cfg"|' -e 's|"internal/syslist"|"judge/syslist"|' \
    "$source/imports/build.go" >"$work/judge/imports/build.go"
printf 'package imports\n\nvar ParseFileHeader = parseFileHeader\n' >"$work/judge/imports/export.go"
cp "$goroot/src/internal/syslist/syslist.go" "$work/judge/syslist/"
printf 'package cfg\n\nvar BuildContext struct{ GOOS string }\n' >"$work/judge/cfg/cfg.go"
printf 'module judge\n\ngo 1.26\n' >"$work/judge/go.mod"
(cd "$work/judge" && GOTOOLCHAIN=local GOWORK=off GOPROXY=off GOFLAGS=-mod=mod go build -o "$work/go-judge" .)

# compare NAME ROOT LEAST, with file names below ROOT in $work/list
compare() {
    "$driver" "$2" <"$work/list" | sed 's/\t[0-9:]*:%20multiple%20/\t?:%20multiple%20/' >"$work/ours"
    "$work/go-judge" "$2" <"$work/list" >"$work/theirs"
    count=$(wc -l <"$work/theirs")
    # Of a file with many faults go forgets the package. Which fault a malformed
    # number has is not our question, nor how a long or raw string is shown.
    paste "$work/ours" "$work/theirs" | awk -F '\t' -v OFS='\t' '
        { gsub(/%0D/, "", $8); gsub(/%0D/, "", $16); $8 = substr($8, 1, 200); $16 = substr($16, 1, 200) }
        $10 == "syntax" && $11 == "" { $3 = "" }
        { same = 1; for (i = 1; i <= 7; i++) same = same && $i == $(i + 8) }
        !same || ($8 != $16 && $16 !~ /digit|exponent|mantissa|radix/)' >"$work/differ"
    if [ -s "$work/differ" ] || [ "$(wc -l <"$work/ours")" -ne "$count" ]; then
        sed 's/\t/\n/8' "$work/differ" | head -n 40
        echo "scan: $1: our reading differs from go's"
        exit 1
    fi
    [ "$count" -ge "$3" ] || { echo "scan: $1: only $count files"; exit 1; }
    echo "scan: $1: $count files read as go reads them," \
        "$(cut -f 2 "$work/ours" | grep -cv '^ok$' || true) of them with faults," \
        "$(cut -f 7 "$work/ours" | grep -c . || true) with embeds"
}
list() {
    (cd "$1" && find . -name '*.go' -type f | sed 's|^\./||' | LC_ALL=C sort) >"$work/list"
}
list "$goroot/src"
compare GOROOT "$goroot/src" 5000
sed "s|^|$goroot/src/|" "$work/list" | grep -v testdata | awk 'NR % 7 == 0' >"$work/some"
grep -l '"embed"' -r --include='*.go' "$goroot/src" >>"$work/some"
"$work/go-judge" mutate "$work/mutants" "${MUTATIONS:-4000}" <"$work/some"
list "$work/mutants"
compare mutants "$work/mutants" 100
if [ -d "$cache" ]; then
    (cd "$cache" && find . -path ./cache -prune -o -name '*.go' -type f -print | sed 's|^\./||' | LC_ALL=C sort) >"$work/held"
    held=$(wc -l <"$work/held")
    awk -v step=$(((held + ${MOST:-20000} - 1) / ${MOST:-20000})) 'NR % step == 0' "$work/held" >"$work/list"
    echo "scan: $(wc -l <"$work/list") of $held files of modules"
    compare modules "$cache" 1
    "$driver" --index "$cache" <"$work/list"
fi
