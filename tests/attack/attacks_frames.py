"""An insider's zstd frames: hashes hold, and the frame is a bomb or none of ours."""
import struct

from attacks import ALPHA, NOTE, OMEGA, attack, honest
from forge import block, forge, stored

MAGIC = b"\x28\xb5\x2f\xfd"


def first(make):
    """The first payload frame is made by `make`, from the bytes that it should give."""
    return honest(encode=lambda i, piece: make(piece) if i == 0 else stored(piece))


def body(piece):
    return stored(piece)[9:]


def announced(n):
    return MAGIC + b"\xa0" + struct.pack("<I", n)


@attack("a frame that gives more than it announces")
def bombs():
    yield "a byte", first(lambda p: announced(len(p)) + block(0, len(p), p) + block(0, 1, b"x", True))
    yield "RLE as far as the bound goes", first(lambda p: announced(len(p)) + block(1, 131072, b"\0") * min(
        16000, (len(stored(p)) - 12) // 4 or 1) + block(0, 0, b"", True))
    yield "one RLE block", first(lambda p: announced(len(p)) + block(1, 131072, b"\0", True))
    yield "more, announced", first(lambda p: announced(len(p) + 1) + block(0, len(p), p) + block(0, 1, b"x", True))
    yield "16 MiB, announced", first(lambda p: announced(16 << 20) + block(1, 131072, b"\0") * 127 + block(1, 131072, b"\0", True))
    yield "2^64-1, announced", first(lambda p: MAGIC + b"\xe0" + b"\xff" * 8 + body(p))


@attack("a frame that gives less than it announces")
def short():
    yield "a byte", first(lambda p: announced(len(p)) + block(0, len(p) - 1, p[:-1], True))
    yield "nothing", first(lambda p: announced(len(p)) + block(0, 0, b"", True))
    yield "0, announced", first(lambda p: announced(0) + block(0, 0, b"", True))
    yield "no size", first(lambda p: MAGIC + b"\x00\x58" + body(p))


@attack("a frame of another kind")
def kinds():
    size = struct.pack("<I", 4096)
    for log in (26, 27, 31, 41):
        yield f"window of 2^{log}", first(lambda p, x=log: MAGIC + b"\x80" + bytes([(x - 10) << 3]) + struct.pack("<I", len(p)) + body(p))
    yield "window of 2^25 and an eighth", first(lambda p: MAGIC + b"\x80" + bytes([15 << 3 | 1]) + struct.pack("<I", len(p)) + body(p))
    yield "checksum", first(lambda p: MAGIC + b"\xa4" + struct.pack("<I", len(p)) + body(p) + b"\0\0\0\0")
    yield "dictionary", first(lambda p: MAGIC + b"\xa3" + b"\x01\0\0\0" + struct.pack("<I", len(p)) + body(p))
    yield "reserved bit", first(lambda p: MAGIC + b"\xa8" + struct.pack("<I", len(p)) + body(p))
    yield "two frames", first(lambda p: stored(p[:512]) + stored(p[512:]))
    yield "and an empty one", first(lambda p: stored(p) + announced(0) + block(0, 0, b"", True))
    yield "and a skippable one", first(lambda p: stored(p) + b"\x50\x2a\x4d\x18\0\0\0\0")
    yield "skippable alone", first(lambda p: b"\x50\x2a\x4d\x18" + size + p[:4096])
    yield "legacy 0.7", first(lambda p: b"\x27" + stored(p)[1:])
    yield "without magic", first(lambda p: stored(p)[4:])
    yield "gzip", first(lambda p: b"\x1f\x8b\x08\0" + p)
    yield "the tar itself", first(lambda p: p[:len(p) - 100])
    yield "one byte", first(lambda p: b"\x28")


@attack("damaged blocks under a right hash")
def blocks():
    yield "reserved", first(lambda p: announced(len(p)) + block(3, len(p), p, True))
    yield "compressed garbage", first(lambda p: announced(len(p)) + block(2, len(p), b"\xff" * len(p), True))
    yield "literals alone", first(lambda p: announced(len(p)) + block(2, 3, b"\x01\x00\x00", True))
    yield "no last block", first(lambda p: announced(len(p)) + block(0, len(p), p))
    yield "cut", first(lambda p: stored(p)[:-1])
    yield "larger than 128 KiB", first(lambda p: announced(len(p)) + block(0, 1 << 20, p, True))


@attack("a frame of millions of empty blocks")
def empty():
    """They fit below the bound of a large frame; it is time that they cost."""
    def encode(i, piece):
        if len(piece) < 16 << 20:
            return stored(piece)
        return announced(len(piece)) + block(0, 0, b"") * (4 << 20) + stored(piece)[9:]
    yield "4 million", lambda: forge([ALPHA, OMEGA], [NOTE, ("zeros", bytes(16 << 20))], encode=encode)
