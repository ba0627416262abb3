#!/usr/bin/env python3
"""Writes a bundle that promises other commands than the packer did, unsigned.

    promiser.py BUNDLE OUT COMMAND...

COMMANDs are added to those of the first root; "statement.KEY=VALUE" sets a field
of the statement instead.
"""
import sys

import bundle_reader as reader
import liars


def main():
    manifest, payload = liars.open_bundle(sys.argv[1])
    for word in sys.argv[3:]:
        if word.startswith("statement."):
            key, _, value = word.removeprefix("statement.").partition("=")
            manifest["statement"][key] = value
        else:
            manifest["statement"]["roots"][0]["commands"].append(word)
    liars.write_bundle(sys.argv[2], reader.canonical(manifest), manifest, payload)


if __name__ == "__main__":
    main()
