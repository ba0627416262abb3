#!/bin/sh
# Compares the go.mod parser with the real go command. Needs go and python3.
# Usage: gorules.sh [DIR], the directory that holds diff_gorules (default: diff
# in the directory named by BUILD_DIR, which is build/dev where it is not set).
# MODFERRY_FIXTURES: may hold gomodcache/cache/download, whose go.mod files are
# then part of the comparison (default $HOME/.cache/modferry-tests).
# MUTATIONS: how many mutated files to try (default 250).
# SCRIPT_FILES: how many files of go's own script tests (default 100 of a kind).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
drivers=${1:-${BUILD_DIR:-$here/../../build/dev}/diff}
for tool in go python3; do
    if ! command -v "$tool" >/dev/null; then
        echo "gorules: $tool is not installed"
        exit 77
    fi
done
driver=$drivers/diff_gorules
[ -x "$driver" ] || { echo "gorules: $driver is not built"; exit 77; }
exec python3 "$here/gorules/compare.py" "$driver" "${MODFERRY_FIXTURES:-${HOME:-/nonexistent}/.cache/modferry-tests}"
