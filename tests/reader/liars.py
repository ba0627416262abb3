#!/usr/bin/env python3
"""Writes bundles whose manifest.json was edited, with heads and seek tables
that fit, into a folder: each must be refused by every reader.

    liars.py BUNDLE DIR
"""
import copy
import json
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bundle_reader as reader  # noqa: E402


def edits(manifest):
    """(name, edited manifest or raw text)"""
    def edited(name, change):
        value = copy.deepcopy(manifest)
        change(value)
        return name, reader.canonical(value)
    modules = manifest["content"]["modules"]
    only = next(i for i, m in enumerate(modules) if m.get("only_mod"))
    full = next(i for i, m in enumerate(modules) if m.get("files", 0) > 1)
    text = reader.canonical(manifest)
    yield "blank", text.replace(b'":', b'": ', 1)
    yield "escape", text.replace(b"example.com", b"ex\\u0061mple.com", 1)
    yield "twice", text.replace(b'"format":', b'"format":"x","format":', 1)
    yield "float", text.replace(b'"offset":0,', b'"offset":0.0,', 1)
    yield "large", text.replace(b'"offset":0,', b'"offset":9007199254740992,', 1)
    yield "newline-after", text + b"\n"
    yield "cut", text[:-1]
    yield "control", text.replace(b'"tool":"', b'"tool":"\\u0001', 1)
    yield edited("deep", lambda m: m["statement"].update(x=json.loads("[" * 8 + "]" * 8)))
    yield edited("format", lambda m: m.update(format="modferry-bundle/2"))
    yield edited("requires-more", lambda m: m["requires"].append("prefix"))
    yield edited("requires-less", lambda m: m["requires"].pop())
    for place in ("content", "payload"):
        yield edited(f"unknown-{place}", lambda m, p=place: m[p].update(extra=1))
    yield edited("unknown-top", lambda m: m.update(extra=1))
    yield edited("unknown-frame", lambda m: m["frames"][0].update(base=1))
    yield edited("unknown-module", lambda m: m["content"]["modules"][full].update(extra=1))
    for key in ("content", "frames", "payload", "provenance", "requires", "statement"):
        yield edited(f"without-{key}", lambda m, k=key: m.pop(k))
        yield edited(f"null-{key}", lambda m, k=key: m.update({k: None}))
    yield edited("order", lambda m: m["content"]["modules"].reverse())
    yield edited("double", lambda m: m["content"]["modules"].__setitem__(1, m["content"]["modules"][0]))
    yield edited("only-mod-false", lambda m: m["content"]["modules"][full].update(only_mod=False))
    yield edited("only-mod-h1", lambda m: m["content"]["modules"][only].update(h1=modules[full]["h1"]))
    yield edited("version", lambda m: m["content"]["modules"][full].update(version="v1.0"))
    yield edited("path", lambda m: m["content"]["modules"][full].update(path="../x"))
    yield edited("size", lambda m: m["content"]["modules"][full].update(size=500 * reader.MIB + 1))
    yield edited("negative", lambda m: m["content"]["modules"][full].update(size=-1))
    yield edited("level", lambda m: m["content"].update(level="most"))
    yield edited("platform", lambda m: m["content"].update(platforms=["Linux/amd64"]))
    yield edited("root", lambda m: m["content"]["roots"][0].update(go_mod="0" * 64))
    yield edited("created", lambda m: m["statement"].update(created="yesterday"))
    yield edited("empty-channel", lambda m: m["statement"].update(channel=""))
    yield edited("provenance", lambda m: m["provenance"]["modules"].pop())
    yield edited("form", lambda m: m["payload"]["modules"][full].update(form="held"))
    yield edited("gap", lambda m: m["payload"]["modules"][1]["mod"].__setitem__(0, 0))
    yield edited("odd", lambda m: m["payload"]["modules"][0]["mod"].__setitem__(1, 1000))
    yield edited("payload-size", lambda m: m["payload"].update(size=m["payload"]["size"] + 512))
    yield edited("attachment", lambda m: m["payload"]["attachments"][0].update(name="../note.txt"))
    yield edited("attachment-size", lambda m: m["payload"]["attachments"][0].update(size=5000))
    proofs = {"name": "db.example", "older": [], "range": [0, 2048]}
    yield edited("sumdb-null", lambda m: m["payload"].update(sumdb=None))
    yield edited("sumdb-without-head", lambda m: m["payload"].update(sumdb=proofs))
    head = "go.sum database tree\n1\n" + "A" * 43 + "=\n\n\u2014 db.example AAAAAAA=\n"
    yield edited("sumdb-without-members", lambda m: (m["payload"].update(sumdb=proofs), m["provenance"].update(tree_head=head)))
    yield edited("frame-missing", lambda m: m["frames"].pop())
    yield edited("frame-offset", lambda m: m["frames"][1].update(offset=1))
    yield edited("frame-raw", lambda m: m["frames"][0].update(raw_size=m["frames"][0]["raw_size"] + 1))
    yield edited("frame-size", lambda m: m["frames"][0].update(size=100 * reader.MIB))
    yield edited("frame-hash", lambda m: m["frames"][-1].update(sha256="0" * 64))
    yield edited("frame-upper", lambda m: m["frames"][0].update(sha256=m["frames"][0]["sha256"].upper()))


def head_of(text):
    tar = reader.make_header("manifest.json", len(text)) + text + bytes(-len(text) % 512)
    out = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(tar))
    for at in range(0, len(tar), reader.BLOCK):
        block = tar[at:at + reader.BLOCK]
        out += (len(block) * 8 + (at + len(block) == len(tar))).to_bytes(3, "little") + block
    return out, len(tar)


def open_bundle(path):
    """The manifest, and the payload frames as they are."""
    with open(path, "rb") as stream:
        tar, _ = reader.read_head(reader.Input(stream))
        payload = stream.read()
    manifest = json.loads(reader.head_members(tar)[0][1])
    return manifest, payload[:-(8 + 8 * (len(manifest["frames"]) + 1) + 9)]


def write_bundle(path, text, manifest, payload):
    """An unsigned bundle with `text` for a manifest; frames and their sizes are those of `manifest`."""
    sizes = [(f["size"], f["raw_size"]) for f in manifest["frames"]]
    head, raw = head_of(text)
    table = struct.pack("<II", 0x184D2A5E, 8 * (len(sizes) + 1) + 9)
    for pair in [(len(head), raw), *sizes]:
        table += struct.pack("<II", *pair)
    table += struct.pack("<IBI", len(sizes) + 1, 0, 0x8F92EAB1)
    with open(path, "wb") as out:
        out.write(head + payload + table)


def main():
    manifest, payload = open_bundle(sys.argv[1])
    for name, text in [("honest", reader.canonical(manifest)), *edits(manifest)]:
        write_bundle(os.path.join(sys.argv[2], name), text, manifest, payload)


if __name__ == "__main__":
    main()
