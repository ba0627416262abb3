#!/bin/sh
# Compares what is made of notes, tree heads, records, tile paths and proofs by
# tiles with go's own packages (x/mod/sumdb/note, tlog), built from GOROOT.
# Usage: sumdb.sh [DIR], the directory that holds diff_sumdb (default: diff in
# the directory named by BUILD_DIR, which is build/dev where it is not set).
# ROUNDS: how many of each; a tenth of it of proofs (default 3000).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
drivers=$(cd "${1:-${BUILD_DIR:-$here/../../build/dev}/diff}" && pwd)
[ -x "$drivers/diff_sumdb" ] || { echo "sumdb: diff_sumdb is not built"; exit 77; }
command -v go >/dev/null || { echo "sumdb: go is not installed"; exit 77; }
export GOFLAGS=-mod=mod GOTOOLCHAIN=local GOPROXY=off GOWORK=off GO111MODULE=on
mod=$(go env GOROOT)/src/cmd/vendor/golang.org/x/mod
[ -d "$mod" ] || { echo "sumdb: GOROOT has no sources of x/mod"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$mod" "$work/mod"
printf 'module golang.org/x/mod\n\ngo 1.25\n' >"$work/mod/go.mod"
mkdir "$work/judge"
cp "$here/sumdb/judge.go" "$work/judge/"
cat >"$work/judge/go.mod" <<END
module judge

go 1.25

require golang.org/x/mod v0.0.0

replace golang.org/x/mod => ../mod
END
(cd "$work/judge" && go build -o ../judge.exe .)
"$work/judge.exe" "$drivers/diff_sumdb" "${ROUNDS:-3000}"
