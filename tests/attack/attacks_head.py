"""What meets bytes that no signature covers: the file around the manifest, and signatures that are not its own."""
import functools, struct

from attacks import ALPHA, GAMMA, NOTE, OMEGA, attack, honest, module, reader
from forge import Member, block, forge, frame_header, head_frame, key, patched, stored, tar_header

MANIFEST_MAX = 8 << 20


@functools.lru_cache(maxsize=None)
def pieces():
    """An honest bundle of two payload frames, and where each piece of it ends in the file."""
    found = []
    honest(whole=lambda p: found.append(p) or b"")
    return found[0]


def headed(edit):
    """An honest bundle whose head's members are edited."""
    return honest(edit_head=edit)


def raw_head(head):
    """An honest bundle with other bytes in the place of its head frame."""
    def whole(p):
        p.head = head(p) if callable(head) else head
        return p.join()
    return honest(whole=whole)


# --- who signed? ---

@attack("no signature")
def unsigned():
    yield "none", honest(signers=())


@attack("signed by a stranger")
def stranger():
    yield "stranger", honest(signers=("stranger",))
    yield "many strangers", honest(signers=[f"stranger {i}" for i in range(8)])


@attack("a stranger's signature under the name of a trusted key")
def renamed():
    yield "renamed", honest(sign=lambda text: [(key("insider").stem, key("stranger").sign(text))])
    yield "garbage", honest(sign=lambda text: [(key("insider").stem, b"\x00" * 300)])
    yield "empty", honest(sign=lambda text: [(key("insider").stem, b"")])

    def claims_id(text):
        thief = type(key("stranger"))("stranger")
        thief.id = key("insider").id
        return [(key("insider").stem, thief.sign(text))]
    yield "with the key id of the trusted key", honest(sign=claims_id)


@attack("the signature of another bundle")
def other_bundle():
    other = []
    forge([ALPHA], edit_text=lambda text: other.append(text) or text)
    yield "of another bundle", honest(sign=lambda text: [(key("insider").stem, key("insider").sign(other[0]))])
    yield "in the form without hashing", honest(
        sign=lambda text: [(key("insider").stem, key("insider").sign(text, algorithm=b"Ed"))])

    def comment(text):
        return [(key("insider").stem, key("insider").sign(text).replace(b"comment: for", b"comment: not for"))]
    yield "with another trusted comment", honest(sign=comment)


@attack("a signed document of another kind in the place of the manifest")
def other_document():
    for name, text in (("trust document", b'{"format":"modferry-trust/1","keys":[],"version":1}'),
                       ("next format", b'{"format":"modferry-bundle/2","requires":[]}'),
                       ("next format of our fields", None)):
        yield name, honest(edit_text=lambda old, t=text: t or old.replace(b"modferry-bundle/1", b"modferry-bundle/2"))


@attack("a signed text that is no document of modferry")
def other_text():
    for name, text in (("a text", b"hello\n"), ("an empty object", b"{}"), ("an array", b"[]"), ("a number", b"1"),
                       ("null", b"null"), ("a go.mod", b"module example.com/x\n"), ("zeros", bytes(4096))):
        yield name, honest(edit_text=lambda old, t=text: t)


# --- pieces of other bundles ---

def payload_of(other):
    def whole(p):
        p.frames = other.frames
        return p.join()
    return whole


@attack("frames of another bundle")
def foreign_frames():
    found = []
    forge([module("example.com/alpha", files=[("go.mod", b"module example.com/alpha\n"), ("a.go", b"package b\n")]),
           module("example.com/evil"), GAMMA, OMEGA], [NOTE], whole=lambda p: found.append(p) or b"")
    yield "all", honest(whole=payload_of(found[0]))

    def last(p):
        p.frames[-1] = found[0].frames[-1]
        return p.join()
    yield "the last", honest(whole=last)


def three_frames(change):
    """A payload of several frames, three of them of one size; `change` moves them about."""
    big = [("go.mod", b"module example.com/evil\n")] + [(f"f{i}", bytes([i + 1]) * (16 << 20)) for i in range(3)]

    def whole(p):
        change(p.frames)
        return p.join()
    return forge([ALPHA, module("example.com/evil", files=big), OMEGA], [NOTE], whole=whole)


@attack("frames swapped, repeated or left out")
def moved():
    def swap(frames):
        frames[2], frames[3] = frames[3], frames[2]

    def repeat(frames):
        frames[3] = frames[2]

    def drop(frames):
        del frames[2]

    def double(frames):
        frames.insert(2, frames[2])
    for change in (swap, repeat, drop, double):
        yield change.__name__, lambda c=change: three_frames(c)


@attack("a frame that is empty in the file")
def hollow():
    def whole(p):
        p.frames[0] = b""
        return p.join()
    yield "first", honest(whole=whole)


# --- the end ---

@attack("cut at every boundary")
def cuts():
    p = pieces()
    data = p.join()
    at, edges = 0, {0, 4, 5, 9, 12}
    while at < len(p.head):
        edges.add(at)
        at += 512 if at else 12
    for frame in (p.head, *p.frames):
        at = 0
        edges |= {len(p.head), len(p.head) + 4, len(p.head) + 9, len(p.head) + 12}
    at = len(p.head)
    for frame in p.frames:
        at += len(frame)
        edges |= {at - 1, at, at + 1}
    edges |= set(range(at, len(data), 4)) | {len(data) - 1}
    for n in sorted(e for e in edges if e < len(data)):
        yield f"{n} of {len(data)} bytes", data[:n]


@attack("something behind the end")
def behind():
    data = pieces().join()
    for name, extra in (("a zero", b"\0"), ("a newline", b"\n"), ("itself", data), ("an empty frame", stored(b"x")[:9]),
                        ("a skippable frame", b"\x50\x2a\x4d\x18\0\0\0\0"), ("its seek table", pieces().table),
                        ("a MiB", bytes(1 << 20))):
        yield name, data + extra


@attack("a seek table that lies")
def seek():
    table = pieces().table

    def changed(at, data):
        def whole(p):
            p.table = table[:at] + data + table[at + len(data):]
            return p.join()
        return honest(whole=whole)
    yield "magic", changed(0, b"\x5f")
    yield "size", changed(4, struct.pack("<I", 0xffffffff))
    yield "first frame", changed(8, struct.pack("<I", 1))
    yield "raw size", changed(12, struct.pack("<I", 0xffffffff))
    yield "last frame", changed(len(table) - 17, struct.pack("<II", 0, 0))
    yield "number", changed(len(table) - 9, struct.pack("<I", 0xffffffff))
    yield "checksums", changed(len(table) - 5, b"\x80")
    yield "end", changed(len(table) - 4, b"\0\0\0\0")

    def missing(p):
        p.table = b""
        return p.join() + bytes(len(table))
    yield "zeros in its place", honest(whole=missing)

    def more(p):
        entries = [(len(p.head), p.tar)] + [(f["size"], f["raw_size"]) for f in p.records] + [(0, 0)]
        p.table = (struct.pack("<II", 0x184D2A5E, 8 * len(entries) + 9) + b"".join(struct.pack("<II", *e) for e in entries) +
                   struct.pack("<IBI", len(entries), 0, 0x8F92EAB1))
        return p.join()
    yield "one entry more", honest(whole=more)


# --- the beginning ---

@attack("not a bundle")
def beginnings():
    for name, data in (("nothing", b""), ("a text", b"hello\n" * 200), ("zeros", bytes(4096)), ("ones", b"\xff" * 4096),
                       ("gzip", b"\x1f\x8b\x08\0" + bytes(1000)), ("xz", b"\xfd7zXZ\0" + bytes(1000)),
                       ("zip", b"PK\3\4" + bytes(1000)), ("a tar", tar_header(b"manifest.json", 0) + bytes(1024)),
                       ("an ELF", b"\x7fELF" + bytes(1000)), ("skippable first", b"\x50\x2a\x4d\x18\4\0\0\0abcd")):
        yield name, data + (pieces().join() if name == "skippable first" else b"")
    yield "legacy zstd", b"\x27" + pieces().join()[1:]
    yield "other frame header", raw_head(lambda p: p.head[:4] + b"\xa4" + p.head[5:])
    yield "small size field", raw_head(lambda p: p.head[:4] + b"\x60" + p.head[5:7] + p.head[9:])


@attack("a head whose blocks are of another kind")
def blocks():
    data = pieces().head
    yield "RLE", raw_head(data[:9] + block(1, 131072, b"a", True))
    yield "compressed", raw_head(data[:9] + block(2, len(data) - 12, data[12:], True))
    yield "reserved", raw_head(data[:9] + block(3, len(data) - 12, data[12:], True))
    yield "two where one would do", raw_head(data[:9] + block(0, 512, data[12:524]) +
                                             block(0, len(data) - 524, data[524:], True))
    yield "not the last", raw_head(data[:9] + block(0, len(data) - 12, data[12:]))
    yield "empty one before", raw_head(data[:9] + block(0, 0, b"") + data[9:])


@attack("a head that announces another size")
def head_sizes():
    data = pieces().head
    for size in (0, 1, 511, 512, 513, 1 << 20, 9 << 20, 100 << 20, 0xfffffe00, 0xffffffff):
        yield str(size), raw_head(data[:5] + struct.pack("<I", size) + data[9:])


@attack("a manifest of 100 MB")
def large():
    text = b'{"' + b"x" * (100 * 1000 * 1000)
    yield "in a true frame", lambda: head_frame([Member(b"manifest.json", text, ())])[0]
    yield "announced by the tar header alone", headed(
        lambda m: [Member(m[0].name, m[0].content, (), header=tar_header(b"manifest.json", 100 * 1000 * 1000))] + m[1:])
    yield "one byte above the limit", lambda: headed(
        lambda m: [Member(m[0].name, m[0].content.ljust(MANIFEST_MAX + 1), ())] + m[1:])


@attack("other members in the head")
def head_members():
    signature = key("insider").sign(b"x")
    extra = {"a second manifest": Member(b"manifest.json", b"{}", ()), "a file": Member(b"evil", b"x", ()),
             "a name that leaves": Member(b"signatures/../../evil", b"x", ()),
             "an absolute name": Member(b"/evil", b"x", ()),
             "upper case": Member(b"signatures/ABCDEF0123456789.minisig", signature, ()),
             "a short stem": Member(b"signatures/abcdef.minisig", signature, ()),
             "no minisig": Member(b"signatures/ffffffffffffffff.sig", signature, ()),
             "a control character": Member(b"signatures/\x1b[31mffffffffff.minisig", signature, ())}
    for name, member in extra.items():
        yield name, headed(lambda m, x=member: [*m, x])
    yield "the manifest last", headed(lambda m: m[::-1])
    yield "no manifest", headed(lambda m: m[1:])
    yield "nothing", raw_head(lambda p: frame_header(1024) + block(0, 1024, bytes(1024), True))
    yield "an end mark", headed(lambda m: [*m[:-1], Member(m[-1].name, m[-1].content, (), padding=bytes(2048))])


@attack("signatures out of order, double or too many")
def many():
    def names(stems):
        return headed(lambda m: [m[0]] + [Member(b"signatures/%s.minisig" % s, m[1].content, ()) for s in stems])
    yield "falling", names([b"f" * 16, b"0" * 16])
    yield "double", names([b"0" * 16, b"0" * 16])
    yield "65", names([b"%016x" % i for i in range(65)])
    yield "too long", headed(lambda m: [m[0], Member(m[1].name, m[1].content.ljust(4097, b"\n"), ())])


@attack("a manifest in a tar header of another kind")
def head_headers():
    right = tar_header(b"manifest.json", len(pieces().text))

    def put(header):
        return headed(lambda m: [Member(m[0].name, m[0].content, (), header=header), *m[1:]])
    for kind in b"12345678gxLKSDM":
        yield f"type {chr(kind)}", put(patched(right, {156: bytes([kind])}))
    for name, changes in {"a link's name": {157: b"/etc/passwd"}, "mode 4755": {100: b"0004755\0"},
                          "an owner": {265: b"root"}, "a time": {136: b"14524352432\0"}, "magic of GNU": {257: b"ustar  \0"},
                          "size in base 256": {124: b"\x80" + bytes(10) + b"\1"}, "a size below zero": {124: b"\xff" * 12},
                          "checksum": {148: b"000000\0 "}, "a device": {329: b"0000001\0"}, "a prefix": {345: b"x"},
                          "no NUL": {0: b"manifest.json" + b"/" * 87}, "a control character": {0: b"manifest\x1bjson"}}.items():
        yield name, put(patched(right, changes))
    pax = reader.record(b"path", b"manifest.json")
    yield "a pax record that nobody needs", put(reader.pax_block(pax) + right)
    yield "pax records of 8 MiB", lambda: put(reader.pax_block(reader.record(b"comment", b"x" * MANIFEST_MAX)) + right)
    yield "size in a pax record", put(reader.pax_block(reader.record(b"size", b"99999999999999999999")) + right)


# --- comments ---

@attack("control characters in the trusted comment of a good signature")
def comments():
    for name, comment in (("escape", b"\x1b]0;owned\x07\x1b[31mred"), ("C1", "\u009b31m".encode()), ("NUL", b"a\0b"),
                          ("right to left", "\u202egnp.exe".encode()), ("not UTF-8", b"\xff\xfe"), ("backspace", b"ab\x08c")):
        yield name, honest(sign=lambda text, c=comment: [(key("insider").stem, key("insider").sign(text, comment=c))])


@attack("control characters in the untrusted comment of a good signature")
def untrusted():
    for name, comment in (("escape", b"\x1b]0;owned\x07\x1b[31mred"), ("not UTF-8", b"\xff\xfe")):
        yield name, honest(sign=lambda text, c=comment: [(key("insider").stem, key("insider").sign(text, untrusted=c))])
