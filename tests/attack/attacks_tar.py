"""An insider's payload: members that no packer writes, under a manifest that describes them."""
from attacks import ALPHA, EVIL, GAMMA, NOTE, OMEGA, PREFIX, attack, evil_of, honest, module, reader, replaced, with_files
from forge import Member, Module, forge, patched, tar_header

A_GO = b"evil@v1.0.0/a.go"


def named(name, **change):
    """The hostile module has a second file; its member has this name, and the hash is that of the name."""
    return with_files([(name, b"package x\n")], **change)


def header(new, content=b"package a\n", **more):
    """The member a.go of the hostile module under another header."""
    return honest(edit_members=lambda m: replaced(m, A_GO, header=new, content=content, **more))


RIGHT = tar_header(PREFIX + b"a.go", 10)


@attack("file names that leave the module")
def leaving():
    for name in (b"../evil.go", b"../../../../../../tmp/modferry-evil", b"a/../../b.go", b"a/..", b"..", b".", b"./a.go", b"a/./b.go",
                 b"a//b.go", b"/etc/modferry-evil", b"//a.go", b"a/", b"", b"..\\..\\evil.go", b"C:\\evil.go", b"C:evil.go",
                 b"\\\\host\\share\\evil.go", b"a\\b.go", b"../example.com/alpha@v1.0.0/a.go"):
        yield repr(name), lambda n=name: named(n)


@attack("file names with control characters or no UTF-8")
def unclean():
    for name in (b"a\0b.go", b"\x1b]0;owned\x07.go", b"\x1b[31mred.go", b"a\nb.go", b"a\rb.go", b"a\tb.go", b"a\x7f.go", b"a\x08.go",
                 "a\u009b31m.go".encode(), "a\u202ego.exe".encode(), "a\u200b.go".encode(), b"\xff\xfe.go", b"\xc0\xae\xc0\xae/evil.go",
                 b"\xed\xa0\x80.go", b"a\xe2\x80.go"):
        yield repr(name), lambda n=name: named(n)


@attack("file names that Go forbids")
def forbidden():
    for name in (b"con", b"CON", b"nul.txt", b"aux/a.go", b"com1.go", b"LPT9", b"a:b.go", b"a?.go", b"a*.go", b"a|b.go", b'a".go', b"a<b.go",
                 b"a.go.", b"dir./a.go", b"a`.go", b"'a.go", b"a;b.go"):
        yield repr(name), lambda n=name: named(n)


@attack("files that collide")
def collide():
    for name, files in (("twice", ["b.go", "b.go"]), ("case", ["b.go", "B.go"]), ("case of a directory", ["d/a.go", "D/b.go"]),
                        ("case beyond ASCII", ["stra\u00df\u00e9.go", "stra\u00df\u00c9.go"]), ("Kelvin sign", ["k.go", "\u212a.go"]),
                        ("long s", ["s.go", "\u017f.go"]), ("file and directory", ["x", "x/a.go"]), ("directory and file", ["x/a.go", "x"]),
                        ("file and directory of other case", ["x", "X/a.go"]), ("go.mod twice", ["go.mod"])):
        yield name, with_files([(f, b"package %d\n" % i) for i, f in enumerate(files)])


@attack("a go.mod where Go forbids it")
def gomods():
    for name in ("sub/go.mod", "GO.MOD", "Go.mod", "sub/GO.mod", "a/b/c/go.mod"):
        yield name, forge([ALPHA, Module(EVIL, files=[("a.go", b"package a\n"), (name, b"module x\n")]), OMEGA])


@attack("files above Go's limits")
def large():
    for name, files in (("go.mod", [("go.mod", b"\n" * (16 * reader.MIB + 1))]), ("LICENSE", [("LICENSE", b"\n" * (16 * reader.MIB + 1))])):
        yield name, lambda f=files: forge([ALPHA, Module(EVIL, files=f), OMEGA])
    yield ".mod", lambda: forge([ALPHA, Module(EVIL, mod=b"\n" * (16 * reader.MIB + 1), only_mod=True)])


@attack("links, devices and other kinds of members")
def kinds():
    for kind, what in ((b"1", "hard link"), (b"2", "symbolic link"), (b"3", "character device"), (b"4", "block device"), (b"5", "directory"),
                       (b"6", "fifo"), (b"7", "contiguous"), (b"g", "global pax header"), (b"L", "GNU long name"), (b"K", "GNU long link"),
                       (b"S", "sparse file"), (b"D", "GNU dump"), (b"V", "label"), (b"\0", "old kind"), (b"A", "unknown")):
        for link in (b"", b"/etc/passwd", b"../../../../etc/passwd"):
            changes = {156: kind, 157: link} if link else {156: kind}
            yield f"{what} {link.decode()}", header(patched(RIGHT, changes))
    yield "link without content", honest(edit_members=lambda m: replaced(
        m, A_GO, header=patched(tar_header(PREFIX + b"a.go", 0), {156: b"2", 157: b"/etc/passwd"}), content=b""))
    yield "regular, with a link's name", header(patched(RIGHT, {157: b"/etc/passwd"}))


@attack("other fields of a header")
def fields():
    for what, changes in {"setuid": {100: b"0004755\0"}, "mode 0777": {100: b"0000777\0"}, "mode without zeros": {100: b"    644\0"},
                          "uid": {108: b"0001750\0"}, "gid": {116: b"0001750\0"}, "mtime": {136: b"14524352432\0"}, "uname": {265: b"root"},
                          "gname": {297: b"root"}, "device": {329: b"0000010\0"}, "magic": {257: b"ustar  \0"}, "old magic": {257: bytes(8)},
                          "version": {263: b"01"}, "checksum 0": {148: b"000000\0 "}, "checksum without NUL": {148: b"0" * 8},
                          "bytes at the end": {500: b"evil"}, "behind the name": {len(PREFIX) + 5: b"evil"}}.items():
        yield what, header(patched(RIGHT, changes))


@attack("a tar header whose size lies")
def sizes():
    for what, size in (("longer", b"00000000013\0"), ("shorter", b"00000000011\0"), ("8 GiB less one", b"77777777777\0"),
                       ("base 256", b"\x80" + bytes(10) + b"\x0a"), ("base 256, 2^63", b"\x80\0\0\0" + b"\x80" + bytes(7)),
                       ("below zero", b"\xff" * 12), ("blanks", b"         12\0"), ("no NUL", b"000000000012"), ("letters", b"0000000000x\0"),
                       ("empty", bytes(12))):
        yield what, header(patched(RIGHT, {124: size}))


@attack("pax records that are not needed, lie or are too long")
def pax():
    record, name = reader.record, PREFIX + b"a.go"
    long = PREFIX + b"x" * 200 + b"/a.go"
    for what, records in (("path, short", record(b"path", name)), ("size, small", record(b"size", b"10")), ("mtime", record(b"mtime", b"1.5")),
                          ("linkpath", record(b"linkpath", b"/etc/passwd")), ("GNU.sparse", record(b"GNU.sparse.major", b"1")),
                          ("hdrcharset", record(b"hdrcharset", b"BINARY")), ("path that leaves", record(b"path", b"../../evil")),
                          ("path with NUL", record(b"path", b"a\0b")), ("path twice", record(b"path", long) + record(b"path", name)),
                          ("empty path", record(b"path", b"")), ("size 2^64", record(b"size", b"18446744073709551616")),
                          ("size below zero", record(b"size", b"-1")), ("length too long", b"99 path=x\n"), ("length too short", b"5 path=" + name + b"\n"),
                          ("length 0", b"0 path=x\n"), ("length 2^64", b"18446744073709551616 path=x\n"), ("length of 1000 digits", b"9" * 1000 + b" path=x\n"),
                          ("no length", b" path=x\n"), ("no newline", record(b"path", name)[:-1] + b" "), ("no equals sign", b"7 path\n"),
                          ("garbage", b"\xff" * 100), ("empty", b" "), ("2 MiB", record(b"path", b"x" * (2 * reader.MIB))),
                          ("1 KiB and a byte", record(b"path", PREFIX + b"x" * 1024))):
        yield what, header(reader.pax_block(records) + RIGHT)
    yield "twice", header(reader.pax_block(record(b"path", long)) * 2 + RIGHT)
    yield "global", header(reader.pax_block(record(b"path", name), b"g") + RIGHT)
    yield "path and another ustar name", header(reader.pax_block(record(b"path", long)) + RIGHT)
    yield "announced, 1 GiB", header(reader.ustar(b"pax/records", b"", 1 << 30, b"x") + RIGHT)
    yield "name of 1025 bytes", lambda: named(b"x" * (1025 - len(PREFIX)))


@attack("padding that is not zero")
def padding():
    yield "first byte", honest(edit_members=lambda m: replaced(m, A_GO, padding=b"x" + bytes(501)))
    yield "last byte", honest(edit_members=lambda m: replaced(m, A_GO, padding=bytes(501) + b"x"))
    yield "a block more", honest(edit_members=lambda m: replaced(m, A_GO, padding=bytes(502 + 512)))
    yield "of a .mod", honest(edit_members=lambda m: replaced(m, b"evil/@v/v1.0.0.mod", padding=b"\x1b" * 486))


@attack("an end mark that is none")
def ends():
    yield "one block", honest(end=bytes(512))
    yield "three blocks", honest(end=bytes(1536))
    yield "none", honest(end=b"")
    yield "not zero", honest(end=bytes(1023) + b"x")
    yield "a member behind it", honest(end=bytes(1024) + tar_header(b"evil", 0))
    yield "10 MiB of zeros", honest(end=bytes(10 << 20))
    yield "in the middle", honest(edit_members=lambda m: replaced(m, A_GO, header=bytes(1024) + RIGHT))
    yield "after part one", honest(part_one=lambda p: p[:-1024] + bytes(1024))


@attack("members out of order, missing or not expected")
def order():
    def change(function):
        return honest(edit_members=function)
    extra = Member(b"evil", b"x", ("content", 1))

    def find(members, part):
        return next(i for i, m in enumerate(members) if part in m.name)

    def swap(members, a, b):
        members = list(members)
        i, k = find(members, a), find(members, b)
        members[i], members[k] = (Member(members[k].name, members[k].content, members[i].group),
                                  Member(members[i].name, members[i].content, members[k].group))
        return members

    def without(part):
        return lambda members: [m for m in members if part not in m.name]

    def insert(part, member, after=1):
        def into(members):
            at = find(members, part) + after
            return [*members[:at], Member(member.name, member.content, members[at - after].group), *members[at:]]
        return into
    yield ".mod of another module first", change(lambda m: swap(m, b"alpha/@v", b"evil/@v"))
    yield "content of another module first", change(lambda m: swap(m, b"src/example.com/alpha@v1.0.0/a.go", A_GO))
    yield "a .mod twice", change(lambda m: insert(b"evil/@v", m[find(m, b"evil/@v")])(m))
    yield "a .mod is missing", change(without(b"evil/@v"))
    yield "a file is missing", change(without(A_GO))
    yield "all files are missing", change(without(PREFIX))
    yield "the attachment is missing", change(without(b"attachments/"))
    yield "an attachment more", change(insert(b"attachments/", Member(b"attachments/zz", b"x", ())))
    yield "a file more", change(insert(A_GO, Member(PREFIX + b"b.go", b"x", ())))
    yield "a file of no module, first", change(insert(b"meta/", extra, 0))
    yield "a file of no module, in between", change(insert(A_GO, extra))
    yield "a file of no module, last", change(insert(b"omega@v0.3.1/a.go", extra))
    yield "a manifest", change(insert(A_GO, Member(b"manifest.json", b"{}", ())))
    yield "a signature", change(insert(b"evil/@v", Member(b"signatures/0000000000000000.minisig", b"x", ())))
    yield "a lookup that is not announced", change(insert(b"meta/", Member(b"sumdb/x/lookup/evil", b"x", ()), 0))
    yield "a file of another module", change(lambda m: replaced(m, A_GO, name=b"src/example.com/alpha@v1.0.0/b.go"))
    yield "a file of another version", change(lambda m: replaced(m, A_GO, name=PREFIX.replace(b"v1.0.0", b"v1.0.1") + b"a.go"))
    yield "a zip instead of files", change(lambda m: replaced(m, A_GO, name=b"zip/example.com/evil@v1.0.0.zip"))
    yield "a .mod as content", change(lambda m: replaced(m, A_GO, name=b"meta/example.com/evil/@v/v1.0.0.mod"))
    yield "not escaped", forge([module("example.com/Evil")], edit_members=lambda m: [
        Member(x.name.replace(b"!evil", b"Evil"), x.content, x.group) for x in m])


def changed(at, content):
    return honest(edit=lambda m: None, edit_members=lambda m: replaced(m, at, content=content))


@attack("content that is not what the manifest promises")
def content():
    yield "a file", changed(A_GO, b"package b\n")
    yield "a .mod", changed(b"evil/@v/v1.0.0.mod", b"module example.com/xxxx\n")
    yield "an attachment", honest(edit=lambda m: m["payload"]["attachments"][0].update(sha256="0" * 64))
    yield "another name", honest(edit_members=lambda m: replaced(m, A_GO, name=PREFIX + b"b.go"))
    yield "two files changed about", honest(edit_members=lambda m: replaced(
        replaced(m, A_GO, name=PREFIX + b"go.mod"), b"src/example.com/evil@v1.0.0/go.mod", name=PREFIX + b"a.go"))
    yield "h1 of another module", honest(edit=lambda m: m["content"]["modules"][evil_of(m)].update(h1=m["content"]["modules"][0]["h1"]))


@attack("numbers of files and bytes that lie")
def counts():
    for key, by in (("files", 1), ("files", -1), ("files", 1000), ("files", -2), ("size", 1), ("size", -1), ("size", 400 << 20), ("size", -34)):
        def edit(m, key=key, by=by):
            m["content"]["modules"][evil_of(m)][key] += by
        yield f"{key} {by:+d}", honest(edit=edit)


# --- what costs ---

@attack("a module of very many files")
def many():
    for name, count, above in (("140000 empty ones", 140000, "d"), ("30000 with long names", 30000, "/".join("xyz"[i] * 200 for i in range(3)))):
        files = [(f"{above}/{i:07d}", b"") for i in range(count)]
        yield name, lambda f=files: forge([ALPHA, Module(EVIL, files=f), OMEGA])


@attack("a file name longer than file systems take")
def long_element():
    """Go allows it, in a zip."""
    yield "300 bytes", named(b"x" * 300)


@attack("deep directories")
def deep():
    """Files whose names are directories throughout: all prefixes have to be compared."""
    files = [("/".join([f"{i:03d}", *"abcdefgh" * 60]) + "/x", b"") for i in range(250)]
    yield "250 files, 480 deep", lambda: forge([ALPHA, Module(EVIL, files=files), OMEGA])


@attack("an attachment of 256 MiB that takes 32 KB", long=False)
def inflated():
    yield "zeros", lambda: forge([ALPHA, OMEGA], [("zeros.bin", bytes(256 << 20))])
