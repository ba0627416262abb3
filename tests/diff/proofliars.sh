#!/bin/sh
# Bundles whose proofs of the checksum database lie, refused by modferry and by the independent reader.
#
#     proofliars.sh DRIVERS       the folder that holds diff_container
set -eu

for tool in python3 zstd; do
    command -v $tool >/dev/null || {
        echo "$tool is not installed: no bundle can be made"
        exit 77
    }
done
exec python3 "$(dirname "$0")/../reader/proofliars.py" "$1"
