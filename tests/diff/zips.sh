#!/bin/sh
# Hashes every module zip of a GOMODCACHE, compares with the .ziphash that go
# wrote beside it, and counts the zips that can be rebuilt from their files.
# Usage: zips.sh [DIR], the directory that holds diff_zips (default: diff in the
# directory named by BUILD_DIR, which is build/dev where it is not set).
# MODFERRY_FIXTURES: holds gomodcache/cache/download (default
# $HOME/.cache/modferry-tests). MOST: of more zips than this (default 200) every
# so many is taken.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
driver=${1:-${BUILD_DIR:-$here/../../build/dev}/diff}/diff_zips
cache=${MODFERRY_FIXTURES:-${HOME:-/nonexistent}/.cache/modferry-tests}/gomodcache/cache/download
[ -x "$driver" ] || { echo "zips: $driver is not built"; exit 77; }
[ -d "$cache" ] || { echo "zips: no module zips below $cache"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# path of the zip, module, version; "!x" in a file name stands for "X"
find "$cache" -name '*.zip' | LC_ALL=C sort >"$work/held"
held=$(wc -l <"$work/held")
awk -v step=$(((held + ${MOST:-200} - 1) / ${MOST:-200})) 'NR % step == 0' "$work/held" >"$work/zips"
[ -s "$work/zips" ] || { echo "zips: no module zips below $cache"; exit 77; }
sed -e "s|^$cache/||" -e 's|\.zip$||' -e 's|!\([a-z]\)|\u\1|g' -e 's|/@v/|\t|' "$work/zips" >"$work/modules"
paste "$work/zips" "$work/modules" >"$work/list"
while read -r zip; do
    printf '%s\t%s\n' "$(cat "${zip%.zip}.ziphash")" "$zip"
done <"$work/zips" >"$work/expected"

# compare LIST LOCALE [OPTION]: no locale may change what names are read as
compare() {
    LC_ALL=$2 "$driver" ${3:-} <"$1" >"$work/proved"
    cut -f 1,3 "$work/proved" >"$work/got"
    head -n "$(wc -l <"$1")" "$work/expected" | diff - "$work/got" >&2 || {
        echo "zips: hashes differ from go's (LC_ALL=$2)"
        exit 1
    }
}
head -n 20 "$work/list" >"$work/some"
compare "$work/some" C.UTF-8
compare "$work/some" no_SUCH.locale
compare "$work/list" C --prove
all=$(wc -l <"$work/list")
canonical=$(grep -c '	canonical	' "$work/proved" || true)
echo "zips: $all of $held hashed as go does, $canonical canonical"
grep '	other	' "$work/proved" || true
# Proxies write zips with Go; a proof that mostly fails is broken.
[ "$canonical" -ge $((all * 9 / 10)) ]
