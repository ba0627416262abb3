"""An insider's modules in form zip: Go lists a zip by its central directory, and so must whoever hashes it."""
import base64, hashlib, struct, zlib
from dataclasses import dataclass

from attacks import ALPHA, EVIL, OMEGA, attack, reader
from attacks_cost import FILES, NAMES, many_roots
from forge import Module, forge

TOP = EVIL.encode() + b"@v1.0.0/"
MOD = f"module {EVIL}\n".encode()
MIB = 1 << 20


def deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@dataclass
class Entry:
    """One entry; what is None follows from the content."""
    name: bytes
    content: bytes = b""
    method: int = 8
    data: bytes = None         # as in the file
    size: int = None           # of the content, in the central directory
    compressed: int = None
    crc: int = None
    mode: int = 0o100644
    creator: int = 3
    flags: int = 0
    extra: bytes = b""
    local_name: bytes = None
    local_size: int = None
    offset: int = None         # of the local header
    local: bool = True         # False: has no local header of its own


def zip_of(entries, before=b"", behind=b"", comment=b"", count=None, end_size=None, end_offset=None, trailer=None):
    out, central = [before], []
    at = len(before)
    for e in entries:
        data = e.data if e.data is not None else deflated(e.content) if e.method == 8 else e.content
        crc = zlib.crc32(e.content) if e.crc is None else e.crc
        size = len(e.content) if e.size is None else e.size
        compressed = len(data) if e.compressed is None else e.compressed
        name = e.name if e.local_name is None else e.local_name
        start = at if e.offset is None else e.offset
        if e.local:
            head = struct.pack("<IHHHIIIIHH", 0x04034b50, 20, e.flags, e.method, 0, crc, compressed & 0xffffffff,
                               (size if e.local_size is None else e.local_size) & 0xffffffff, len(name), 0) + name
            out.append(head + data)
            at += len(head) + len(data)
        central.append(struct.pack("<IHHHHIIIIHHHHHII", 0x02014b50, e.creator << 8 | 20, 20, e.flags, e.method, 0, crc,
                                   min(compressed, 0xffffffff), min(size, 0xffffffff), len(e.name), len(e.extra), 0, 0, 0,
                                   e.mode << 16, min(start, 0xffffffff)) + e.name + e.extra)
    directory = b"".join(central)
    number = len(entries) if count is None else count
    end = struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, number & 0xffff, number & 0xffff, len(directory) if end_size is None else end_size,
                      at if end_offset is None else end_offset, len(comment)) + comment
    return b"".join(out) + directory + (end if trailer is None else trailer(len(entries), len(directory), at)) + behind


def with_zip(data, entries=(), facts=None):
    """A bundle whose hostile module is this zip; its h1 is that of `entries`, as Go makes it."""
    lines = sorted((e.name, hashlib.sha256(b"" if e.name.endswith(b"/") else e.content).hexdigest().encode()) for e in entries)
    h1 = "h1:" + base64.b64encode(hashlib.sha256(b"".join(d + b"  " + n + b"\n" for n, d in lines)).digest()).decode()
    files = [e for e in entries if not e.name.endswith(b"/")]
    facts = facts or (h1, len(files), sum(len(e.content) for e in files))
    return forge([ALPHA, Module(EVIL, zip=data, facts=facts), OMEGA])


def entries(*more):
    return [Entry(TOP + b"go.mod", MOD), *more, Entry(TOP + b"z.go", b"package z\n")]


def bundle(*more, **change):
    listed = entries(*more)
    return with_zip(zip_of(listed, **change), listed)


def named(name, **more):
    return bundle(Entry(name, b"package x\n", **more))


@attack("zip: names that leave the module")
def slip():
    for name in (b"../evil.go", b"../../../../../tmp/modferry-evil", b"/tmp/modferry-evil", b"evil.go", b"example.com/alpha@v1.0.0/a.go",
                 TOP + b"../evil.go", TOP + b"a/../../b.go", TOP + b"/evil.go", TOP + b"./a.go", TOP + b"a//b.go", TOP + b"..",
                 TOP + b"..\\evil.go", b"C:\\evil.go", TOP + b"C:evil.go", TOP[:-1], TOP[:-1] + b"x/a.go", TOP + b"../", b"../", b"/",
                 TOP.upper() + b"a.go", b"example.com\\evil@v1.0.0\\a.go", b""):
        yield repr(name), lambda n=name: named(n)


@attack("zip: names with control characters, no UTF-8 or forbidden by Go")
def unclean():
    for name in (b"a\0b.go", b"\x1b[31mred.go", b"a\nb.go", b"a\x7f.go", "a\u202ego.exe".encode(), b"\xff.go", b"con", b"aux/x.go", b"a:b", b"a.go.",
                 b"\xc0\xae\xc0\xae/x", b"a?"):
        yield repr(name), lambda n=name: named(TOP + n)


@attack("zip: links, devices and directories with content")
def kinds():
    for what, mode in (("link", 0o120777), ("character device", 0o020644), ("block device", 0o060644), ("fifo", 0o010644), ("socket", 0o140644)):
        yield what, named(TOP + b"a.go", mode=mode)
    yield "link, made on macOS", named(TOP + b"a.go", mode=0o120777, creator=19)
    yield "directory with content", bundle(Entry(TOP + b"d/", b"x"))


@attack("zip: names that collide")
def collide():
    for what, names in (("twice", (b"a.go", b"a.go")), ("case", (b"a.go", b"A.go")), ("file and directory", (b"x", b"x/a.go")),
                        ("Kelvin sign", (b"k.go", "\u212a.go".encode())), ("directory entry and file", (b"x/", b"x")), ("case of a directory", (b"d/a", b"D/b"))):
        yield what, bundle(*(Entry(TOP + n, b"" if n.endswith(b"/") else b"package x\n") for n in names))


@attack("zip: a go.mod where Go forbids it")
def gomods():
    for name in (b"sub/go.mod", b"GO.MOD", b"a/b/Go.Mod"):
        yield repr(name), named(TOP + name)


@attack("zip: a bomb")
def bombs():
    zeros = deflated(bytes(64 * MIB))

    def bomb(**more):
        listed = entries(Entry(TOP + b"bomb", data=zeros, **more))
        return with_zip(zip_of(listed), facts=("h1:" + "A" * 43 + "=", 3, 500 * MIB))
    yield "more than the directory says", lambda: bomb(size=10, crc=0)
    yield "more than 4 MiB, said to be less", lambda: bomb(size=5 * MIB, crc=0)
    yield "501 MiB, said", lambda: bomb(size=501 * MIB, crc=0)
    yield "2^64-1, said in zip64", lambda: bomb(size=1 << 32, compressed=1 << 32, extra=struct.pack("<HHQQ", 1, 16, (1 << 64) - 1, len(zeros)))

    def shared(count, size):
        listed = entries(Entry(TOP + b"a", bytes(size)))
        place = len(zip_of(listed[:1])) - 22 - 46 - len(listed[0].name)
        listed += [Entry(TOP + b"b%d" % i, bytes(size), local=False, offset=place) for i in range(count)]
        return with_zip(zip_of(listed), facts=("h1:" + "A" * 43 + "=", count + 3, 500 * MIB))
    yield "600 entries that share a MiB", lambda: shared(600, MIB)
    yield "one entry in 20000", lambda: shared(20000, 30000)


@attack("zip: 400 entries that share one MiB, below the limit")
def shared():
    """What Go accepts: the hash counts it 400 times. It costs time, not memory."""
    big = bytes(MIB)
    first = Entry(TOP + b"a", big)
    listed = [first] + [Entry(TOP + b"b%03d" % i, big, local=False, offset=0) for i in range(399)]
    yield "all right", lambda: with_zip(zip_of(listed), listed)


@attack("zip: a directory that lies")
def lies():
    good = entries(Entry(TOP + b"a.go", b"package a\n"))
    yield "CRC", bundle(Entry(TOP + b"a.go", b"package a\n", crc=1))
    yield "size, less", bundle(Entry(TOP + b"a.go", b"package a\n", size=9))
    yield "size, more", bundle(Entry(TOP + b"a.go", b"package a\n", size=11))
    yield "compressed size, less", bundle(Entry(TOP + b"a.go", b"package a\n" * 100, compressed=5))
    yield "compressed size, behind the end", bundle(Entry(TOP + b"a.go", b"package a\n", method=0, compressed=1 << 30))
    yield "offset, outside", bundle(Entry(TOP + b"a.go", b"package a\n", offset=1 << 30))
    yield "offset, no header there", bundle(Entry(TOP + b"a.go", b"package a\n", offset=1))
    yield "offset, in the directory", bundle(Entry(TOP + b"a.go", b"package a\n", offset=len(zip_of(good)) - 100))
    yield "no local header", bundle(Entry(TOP + b"a.go", b"package a\n", local=False, offset=0x7fffffff))
    yield "method", bundle(Entry(TOP + b"a.go", b"package a\n", method=99, data=b"package a\n"))
    yield "bzip2", bundle(Entry(TOP + b"a.go", b"package a\n", method=12, data=b"package a\n"))
    yield "descriptor that is missing", bundle(Entry(TOP + b"a.go", b"package a\n", flags=8))
    yield "count, more", bundle(count=5)
    yield "count, less", bundle(count=1)
    yield "directory outside", bundle(end_size=1 << 30)
    yield "offset of the directory", bundle(end_offset=0xfffffff0)
    yield "zip64 without a record", bundle(end_offset=0xffffffff)
    yield "zip64 record outside", bundle(trailer=lambda n, size, at: struct.pack("<IIQI", 0x07064b50, 0, 1 << 40, 1) + struct.pack(
        "<IHHHHIIH", 0x06054b50, 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0))
    yield "damaged deflate", bundle(Entry(TOP + b"a.go", b"package a\n", data=b"\xff" * 20))
    yield "deflate cut", bundle(Entry(TOP + b"a.go", b"package a\n" * 1000, data=deflated(b"package a\n" * 1000)[:-3]))


@attack("zip: not a zip")
def none():
    for what, data in (("empty", b""), ("a text", b"hello\n"), ("zeros", bytes(100000)), ("an end record alone", zip_of([])),
                       ("a tar", bytes(1024)), ("cut", zip_of(entries())[:-10]), ("100 kB behind", zip_of(entries()) + bytes(100000))):
        yield what, with_zip(data, entries() if what != "an end record alone" else [Entry(TOP + b"a")])


@attack("zip: local headers that lie")
def local():
    """Go does not read them, and what it would extract is what is hashed here."""
    yield "another name", bundle(Entry(TOP + b"a.go", b"package a\n", local_name=b"../../../../tmp/modferry-evil"))
    yield "another size", bundle(Entry(TOP + b"a.go", b"package a\n", local_size=1 << 30))
    yield "data before the zip", bundle(before=b"#!/bin/sh\n" * 100)
    yield "a comment", bundle(comment=b"\x1b[31mred")
    hidden = zip_of([Entry(TOP + b"hidden.go", b"package hidden\n")])
    listed = entries()
    yield "another zip before it", with_zip(zip_of(listed, before=hidden), listed)


@attack("zip: a hash that is not that of its files")
def hashes():
    listed = entries()
    yield "h1", with_zip(zip_of(listed), facts=("h1:" + "A" * 43 + "=", 2, sum(len(e.content) for e in listed)))
    yield "of the local names", with_zip(
        zip_of([Entry(TOP + b"a.go", b"package a\n", local_name=TOP + b"b.go")]), [Entry(TOP + b"b.go", b"package a\n")])


@attack("zip: the SHA-256 of another zip")
def ziphash():
    listed = entries()

    def edit(m):
        m["provenance"]["modules"][1]["zip_sha256"] = "0" * 64
    evil = Module(EVIL, zip=zip_of(listed), facts=(reader.h1({e.name.decode(): reader.sha256(e.content) for e in listed}), 2,
                                                   sum(len(e.content) for e in listed)))
    yield "zeros", forge([ALPHA, evil, OMEGA], edit=edit)


@attack("zip: numbers of files and bytes that lie")
def counts():
    listed = entries()
    h1 = reader.h1({e.name.decode(): reader.sha256(e.content) for e in listed})
    size = sum(len(e.content) for e in listed)
    for what, files, total in (("more files", 3, size), ("fewer files", 1, size), ("more bytes", 2, size + 1), ("no bytes", 2, 0)):
        yield what, with_zip(zip_of(listed), facts=(h1, files, total))


@attack("zip: very many entries")
def many():
    def flood(count, name):
        listed = [Entry(TOP + name % i, local=False, method=0, offset=0) for i in range(count)]
        listed[0].local = True
        return with_zip(zip_of(listed), facts=("h1:" + "A" * 43 + "=", count, 0))
    yield "140000", lambda: flood(140000, b"d/%07d")
    yield "a million", lambda: flood((1 << 20) - 1, b"%07d")
    yield "40000 with names of 500 bytes", lambda: flood(40000, b"%07d" + b"x" * 480)
    yield "2000 with names of 60000 bytes", lambda: flood(2000, b"%07d" + b"/x" * 30000)


def full(path):
    """A zip that holds all that a module may, one local header for all entries."""
    length = NAMES // FILES - 2
    top = f"{path}@v1.0.0/".encode()
    names = [(top + b"%07d" % i).ljust(length, b"x") for i in range(FILES - 1)]
    listed = [Entry(n, local=i == 0, method=0, offset=0) for i, n in enumerate(names)]
    h1 = reader.h1({e.name.decode(): reader.sha256(b"") for e in listed})
    return Module(path, zip=zip_of(listed), facts=(h1, len(listed), 0))


@attack("zip: as many entries as are allowed, with long names", long=True)
def most():
    yield "two modules at once", lambda: forge([full(f"example.com/evil{i}") for i in range(2)])


@attack("zip: the same, under a manifest as large as is allowed", long=True)
def most_of_all():
    yield "roots", lambda: forge([full(f"example.com/evil{i}") for i in range(2)], edit=many_roots)
