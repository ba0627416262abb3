#!/usr/bin/env python3
"""Writes the zips of the corpus that modferry itself would never write:

    makezips.py tests/fuzz/corpus/modzip
"""
import struct
import sys
import zlib

PREFIX = b"example.com/a@v1.0.0/"
FULL = 0xFFFFFFFF


def zip_of(entries, front=b"", end64=False, comment=b""):
    """entries: (name, content, method, unix mode, zip64, with descriptor)"""
    out, central = front, b""
    for name, content, method, mode, zip64, descriptor in entries:
        data = content
        if method == 8:
            deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
            data = deflate.compress(content) + deflate.flush()
        crc, flags, offset = zlib.crc32(content), 8 if descriptor else 0, len(out)
        known = (0, 0, 0) if descriptor else (crc, len(data), len(content))
        extra = struct.pack("<HHQQQ", 1, 24, len(content), len(data), offset) if zip64 else b""
        sizes = (FULL, FULL) if zip64 else (len(data), len(content))
        out += struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, flags, method, 0, 0, *known, len(name), 0) + name + data
        if descriptor:
            out += struct.pack("<IIII", 0x08074B50, crc, len(data), len(content))
        central += struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 3 << 8 | 20, 20, flags, method, 0, 0, crc, *sizes,
                               len(name), len(extra), 0, 0, 0, mode << 16, FULL if zip64 else offset) + name + extra
    start, count, size = len(out), len(entries), len(central)
    out += central
    if end64:
        out += struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, size, start)
        out += struct.pack("<IIQI", 0x07064B50, 0, start + size, 1)
        count, size, start = 0xFFFF, FULL, FULL
    return out + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, size, start, len(comment)) + comment


def main(folder):
    mod = (PREFIX + b"go.mod", b"module example.com/a\n", 8, 0o100644, False, False)
    seeds = {
        "stored": zip_of([mod, (PREFIX + b"x/", b"", 0, 0o40755, False, False),
                          (PREFIX + b"x/y", b"stored", 0, 0o100755, False, True)]),
        "zip64": zip_of([mod, (PREFIX + b"big", b"not so big", 8, 0o100644, True, True)], end64=True),
        "front": zip_of([mod], front=b"#!/bin/sh\n", comment=b"PK\5\6"),
        "link": zip_of([(PREFIX + b"link", b"/etc/passwd", 0, 0o120777, False, False)]),
        "twice": zip_of([mod, mod]),
        # so large a file is streamed; this one is not so large
        "claims": zip_of([(PREFIX + b"x", bytes(7777), 8, 0o100644, False, True)]).replace(
            struct.pack("<I", 7777), struct.pack("<I", 11 << 20)),
    }
    for name, content in seeds.items():
        with open(f"{folder}/{name}", "wb") as f:
            f.write(content)


main(sys.argv[1])
