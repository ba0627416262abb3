#!/bin/sh
# Writes formats/stdtable.c: the packages of Go's standard library, from the
# sources of a Go release. Run it for each new release and commit the result.
# usage: tools/gen-stdlist.sh [GOROOT] >formats/stdtable.c
#
# A package belongs to the standard library where GOROOT/src/PATH holds a .go
# file; directories of test data and of generators (_x) are left out. Public
# packages have the release whose list (GOROOT/api) names them first. What is
# public but in no list stands below. For the rest (internal, vendor, cmd) no
# list says since when they exist: they have release 0.
set -eu
export LC_ALL=C
goroot=${1:-$(go env GOROOT)}
[ -d "$goroot/api" ] && [ -d "$goroot/src" ] || { echo "gen-stdlist: $goroot has no sources" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

release=$(sed -n '1s/^go1\.\([0-9]*\).*/\1/p' "$goroot/VERSION")
[ -n "$release" ] || { echo "gen-stdlist: no release in $goroot/VERSION" >&2; exit 1; }

# PATH RELEASE; go1.txt is release 0
for file in "$goroot"/api/go1*.txt; do
    minor=$(basename "$file" .txt)
    minor=${minor#go1}
    minor=${minor#.}
    sed -n "s/^pkg \([^ ,]*\).*/\1 ${minor:-0}/p" "$file"
done | sort -u >"$work/listed"
cat >>"$work/listed" <<'END'
arena 20
crypto/boring 19
crypto/tls/fipsonly 19
encoding/json/jsontext 25
encoding/json/v2 25
runtime/asan 18
runtime/cgo 0
runtime/msan 6
runtime/race 1
runtime/secret 26
simd/archsimd 26
syscall/js 11
time/tzdata 15
END
(cd "$goroot/src" && find . -name '*.go' -type f) | sed -e 's|^\./||' -e 's|/[^/]*$||' | sort -u |
    grep -Ev '(^|/)(testdata|_[^/]*)(/|$)|\.go$' >"$work/present"

cat <<END
/* Packages of Go's standard library up to go1.$release.
 * Written by tools/gen-stdlist.sh; do not edit. */
#include "formats/stdtable.h"

/* clang-format off */
const unsigned mf_stdtable_release = $release;
const struct mf_stdtable_entry mf_stdtable[] = {
END
awk 'FNR == NR { if (!($1 in since) || $2 < since[$1]) since[$1] = $2; next }
     { printf "    {\"%s\", %d},\n", $1, since[$1] }' "$work/listed" "$work/present"
cat <<'END'
};
/* clang-format on */
const size_t mf_stdtable_count = MF_COUNT(mf_stdtable);
END
