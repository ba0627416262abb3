#!/usr/bin/env bash
# docs/settings.md names every variable that the sources ask for, and no other; and
# Go's defaults as they are built in.
# usage: settings.sh
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/settings.md
sources=(bundle cmd formats rehearse run verify)

asked=$({
    grep -rhoE --include='*.c' '\bgetenv(_fn)?\("[A-Za-z_]+"\)|\benvironment\(s, "[A-Z_]+"\)' "${sources[@]}" | cut -d'"' -f2
    grep -hoE 'first_of\(.*\)' bundle/net/proxyenv.c | grep -oE '"[A-Za-z_]+"' | tr -d '"'
    sed -n '/^} table\[/,/^};/s/.*{"\([A-Z]*\)".*/\1/p' bundle/settings.c
} | sort -u)
named=$(grep '^| `' "$page" | cut -d'|' -f2 | grep -oE '[A-Za-z_]{3,}' | sort -u)
[ "$(wc -l <<<"$asked")" -ge 30 ] || { echo "FAIL: this check cannot see what is asked for: $asked"; exit 1; }
if ! diff <(echo "$asked") <(echo "$named"); then
    echo "FAIL: < is asked for by the sources, > named in $page"
    exit 1
fi
for name in MF_GOPROXY_DEFAULT MF_GOSUMDB_DEFAULT; do
    value=$(sed -n "s/^#define $name \"\(.*\)\"/\1/p" formats/goproxyhosts.h)
    grep -qF "| \`$value\` |" "$page" || { echo "FAIL: $page lacks the default $value"; exit 1; }
done
echo "$(wc -l <<<"$asked") variables are asked for, and named"
