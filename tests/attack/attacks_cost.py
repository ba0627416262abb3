"""Bundles that are made to cost as much memory as the limits of the format allow."""
import random

from attacks import ALPHA, EVIL, OMEGA, attack, honest, reader
from forge import Module, forge, proofs, testdb

LIMIT = 8 << 20
MARKS = 1 << 18     # of [ { , in a manifest
FILES = 1 << 17     # of a module
NAMES = 16 << 20    # bytes of their names


def flood(unit, marks):
    """A statement with as many units as the marks allow, each of so many, and a long string to fill up."""
    def change(data):
        n = (MARKS - data.count(b"{") - data.count(b"[") - data.count(b",") - 8) // marks
        n = min(n, (LIMIT - len(data) - 64) // (len(unit) + 1))
        body = b",".join([unit] * n)
        room = LIMIT - len(data) - len(body) - 16
        return data.replace(b'"zstd":', b'"x":[%s,"%s"],"zstd":' % (body, b"y" * room))
    return honest(edit_text=change)


def many_roots(manifest):
    """The records that take most memory for their text."""
    manifest["content"]["roots"] = [{"path": f"evil.com/{i:06d}", "version": "v1.0.0"} for i in range(MARKS // 6 - 60)]
    manifest["statement"]["roots"] = [{"commands": ["x" * 90]} for _ in manifest["content"]["roots"]]


def costly():
    for name, unit, marks in (("objects", b"{}", 2), ("arrays", b"[]", 2), ("numbers", b"0", 1), ("strings", b'"0123456789012345678"', 1),
                              ("members", b'{"":""}', 2), ("nested members", b'{"":{"":{"":{"":{"":0}}}}}', 6),
                              ("objects of 9", b'{' + b",".join(b'"%c":{}' % (97 + i) for i in range(9)) + b'}', 19)):
        yield name, lambda u=unit, k=marks: flood(u, k)

    def keys(data):
        body = b",".join(b'"%06x":0' % i for i in range(MARKS - 200))
        return data.replace(b'"zstd":', b'"x":{%s},"zstd":' % body)
    yield "members of one object", lambda: honest(edit_text=keys)
    yield "one long string", lambda: honest(edit_text=lambda t: t.replace(b'"tool":"', b'"tool":"' + b"y" * (LIMIT - len(t))))

    yield "roots", lambda: honest(edit=many_roots)

    def tags(m):
        m["content"]["tags"] = [f"{i:06d}" for i in range(MARKS - 200)]
    yield "tags", lambda: honest(edit=tags)

    def attachments():
        return forge([ALPHA, OMEGA], [(f"{i:06d}", b"") for i in range(40000)])
    yield "attachments", attachments


@attack("large and honest: 4000 modules with their .mod alone", long=True)
def modules_row():
    yield "4000", lambda: modules(4000)


@attack("large and honest: frames of 16 MiB that do not compress", long=True)
def frames_row():
    yield "80 MiB", large_frames


def modules(count):
    """A true bundle of so many modules that carry their .mod alone."""
    return forge([Module(f"example.com/m{i:06d}", only_mod=True) for i in range(count)])


def large_frames():
    """80 MiB that do not compress: every frame is as large as it may be, in the file and out of it."""
    noise = random.Random(1).randbytes(1 << 20)
    files = [("go.mod", f"module {EVIL}\n".encode())] + [(f"f{i:02d}", noise * 4) for i in range(20)]
    return forge([ALPHA, Module(EVIL, files=files), OMEGA])


def long_records(count):
    """Lookups of 64 KiB, from a database whose operator helps the insider."""
    log = testdb.Log()
    made = [Module(f"evil.com/m{i:05d}", only_mod=True) for i in range(count)]
    for m in made:
        line = f"{m.path} {m.version}/go.mod {reader.h1({'go.mod': reader.sha256(m.text())})}\n".encode()
        log.append(line + (b"x" * 997 + b"\n") * ((65536 - len(line)) // 998))
    members, head = proofs(made, log, testdb.NAME, records=range(count))
    return forge(made, sumdb={"members": members, "head": head, "name": testdb.NAME, "records": range(count)})
