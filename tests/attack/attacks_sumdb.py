"""An insider's proofs of the checksum database: the signer is not believed, the key of the database is."""
import functools

from attacks import ALPHA, EVIL, OMEGA, attack, module, reader
from attacks_cost import long_records
from forge import Member, forge, key, proofs, testdb

NAME = testdb.NAME


def record(m):
    h1 = "" if m.only_mod else f"{m.path} {m.version} {m.described()[0]}\n"
    return (h1 + f"{m.path} {m.version}/go.mod {reader.h1({'go.mod': reader.sha256(m.text())})}\n").encode()


EVIL_MODULE = module(EVIL)
MODULES = [ALPHA, EVIL_MODULE, OMEGA]


@functools.lru_cache(maxsize=None)
def database(seed="", filler=600):
    """A log whose records `filler`, `filler` + 1, ... are those of MODULES."""
    log = testdb.Log(testdb.Signer(seed=seed.encode()) if seed else testdb.Signer())
    for i in range(filler):
        log.append(f"filler.example/m{i} v1.0.0 h1:x\n".encode())
    for m in MODULES:
        log.append(record(m))
    for i in range(filler):
        log.append(f"filler.example/n{i} v1.0.0 h1:x\n".encode())
    return log


NUMBERS = [600, 601, 602]


def carried(log=None, modules=MODULES, numbers=NUMBERS, name=NAME, older=(), edit=lambda s: None, **stages):
    """A bundle with proofs; `edit` changes {"members", "head", "name", "older"} first."""
    log = log or database()
    members, head = proofs(modules, log, name, older=older, records=numbers)
    roots = [{"root": testdb.base64.b64encode(log.root(n)).decode(), "size": n} for n in older]
    sumdb = {"members": members, "head": head, "name": name, "older": roots, "records": numbers}
    edit(sumdb)
    return forge(modules, sumdb=sumdb, **stages)


def members(change):
    def edit(s):
        s["members"] = change(s["members"])
    return carried(edit=edit)


def swapped(found, i, k):
    found = list(found)
    found[i], found[k] = found[k], found[i]
    return found


@attack("proofs that hold")
def honest():
    yield "three modules", carried()
    yield "with older heads", carried(older=(1, 2, 600, 900))


@attack("sumdb: members missing, more, out of order or of another name")
def order():
    yield "a tile is missing", members(lambda m: m[:-1])
    yield "all tiles are missing", members(lambda m: m[:3])
    yield "a lookup is missing", members(lambda m: m[1:])
    yield "tiles in another order", members(lambda m: swapped(m, 3, 4))
    yield "lookups in another order", members(lambda m: swapped(m, 0, 1))
    yield "a tile twice", members(lambda m: [*m, m[-1]])
    for name in (b"sumdb/" + NAME.encode() + b"/tile/8/0/../../evil", b"sumdb/../evil", b"sumdb/other/tile/8/0/000", b"sumdb/" + NAME.encode() + b"/latest",
                 b"sumdb/" + NAME.encode() + b"/supported", b"evil"):
        yield repr(name), members(lambda m, n=name: [*m[:-1], Member(n, m[-1].content, m[-1].group)])
    yield "a tile of another width", members(lambda m: [*m[:-1], Member(m[-1].name, m[-1].content[:-32], m[-1].group)])


@attack("sumdb: a lookup that says something else")
def lookups():
    def change(function):
        return members(lambda m: [m[0], Member(m[1].name, function(m[1].content), m[1].group), *m[2:]])
    yield "of another module", change(lambda c: database().lookup(600, database().head()))
    yield "of no module", change(lambda c: database().lookup(5, database().head()))
    yield "with another head", change(lambda c: database().lookup(601, database().head(700)))
    yield "no number", change(lambda c: b"x" + c)
    yield "number outside of the tree", change(lambda c: c.replace(b"601", b"9999999", 1))
    yield "number of 400 digits", change(lambda c: c.replace(b"601", b"9" * 400, 1))
    yield "empty", change(lambda c: b"")
    yield "control characters", change(lambda c: c.replace(b"h1:", b"\x1b[31m", 1))
    yield "a line more", change(lambda c: c.replace(b"\n\n", b"\nevil.example v1.0.0 h1:x\n\n", 1))
    yield "1 MiB", change(lambda c: c + bytes(1 << 20))
    yield "the number of another record", change(lambda c: c.replace(b"601", b"600", 1))


@attack("sumdb: a hash that the database does not have")
def hashes():
    """The insider changes a module, and carries the true proofs."""
    forged = module(EVIL, files=[("a.go", b"package backdoor\n")])
    yield "of the zip", carried(modules=[ALPHA, forged, OMEGA])
    yield "of the .mod", carried(modules=[ALPHA, module(EVIL, mod=b"module example.com/evil\n\ngo 1.99\n"), OMEGA])


@attack("sumdb: a tile that was changed")
def tiles():
    for i in range(3, len(proofs(MODULES, database(), NAME, records=NUMBERS)[0])):
        for at in (0, -1):
            def change(m, i=i, at=at):
                content = bytearray(m[i].content)
                content[at] ^= 1
                return [*m[:i], Member(m[i].name, bytes(content), m[i].group), *m[i + 1:]]
            yield f"member {i}, byte {at}", members(change)


@attack("sumdb: a head that the database did not sign")
def heads():
    yield "signed by the insider", carried(log=database("insider"))
    other = testdb.Signer("evil.example")

    def stranger(s):
        s["head"] = other.note(s["head"].split("\n\n")[0] + "\n")
        s["members"] = [Member(m.name, m.content.split(b"\n\n")[0] + b"\n\n" + s["head"].encode() if b"lookup" in m.name else m.content, m.group)
                        for m in s["members"]]
    yield "by another name", carried(edit=stranger)

    def size(s):
        s["head"] = s["head"].replace("\n1203\n", "\n1204\n")
    yield "size changed", carried(edit=size)


@attack("sumdb: another database")
def other():
    log = testdb.Log(testdb.Signer("evil.example"))
    log.records, log.rows = database().records, database().rows
    yield "evil.example", carried(log=log, name="evil.example")


@attack("sumdb: names of databases that are none")
def names():
    for name in ("../evil", "a/../b", "/evil", "a//b", "", "a b", "evil\u202e", "a/./b", "x" * 256, "a\\b"):
        def edit(s, n=name):
            s["name"] = n
        yield repr(name[:40]), carried(edit=edit)


@attack("sumdb: notes that are none")
def notes():
    for what, note in (("empty", ""), ("text", "hello\n"), ("no size", "go.sum database tree\nx\nAAAA\n"), ("size 0", None),
                       ("1 MiB", "go.sum database tree\n5\n" + "x" * (1 << 20)), ("200 signatures", "more")):
        def edit(s, n=note):
            if n is None:
                s["head"] = testdb.Log().head(0)
            elif n == "more":
                s["head"] += s["head"].split("\n\n")[1] * 200
            else:
                s["head"] = n
        yield what, carried(edit=edit)


@attack("sumdb: older heads that lie")
def older():
    log = database()

    def change(entries):
        def edit(s):
            s["older"] = entries
        return carried(older=(10, 600), edit=edit)
    root = testdb.base64.b64encode
    right = [{"root": root(log.root(n)).decode(), "size": n} for n in (10, 600)]
    yield "another root", change([right[0], {**right[1], "root": right[0]["root"]}])
    fork = testdb.Log()
    for i in range(600):
        fork.append(f"fork.example/m{i} v1.0.0 h1:x\n".encode())
    yield "a fork", change([right[0], {**right[1], "root": root(fork.root(600)).decode()}])


@attack("sumdb: older heads in another form")
def older_forms():
    log = database()

    def change(entries):
        def edit(s):
            s["older"] = entries
        return carried(older=(10, 600), edit=edit)
    right = [{"root": testdb.base64.b64encode(log.root(n)).decode(), "size": n} for n in (10, 600)]
    yield "twice", change([right[0], right[0]])
    yield "falling", change(right[::-1])
    yield "newer than the head", change([right[0], {**right[1], "size": 5000}])
    yield "size 0", change([{**right[0], "size": 0}, right[1]])
    yield "no root", change([{**right[0], "root": "AAAA"}, right[1]])


@attack("sumdb: very many older heads")
def many_older():
    log = database("", 60000)
    yield "60000", lambda: carried(log=log, numbers=[60000, 60001, 60002], older=range(1, 60001))


@attack("sumdb: lookups as long as they may be")
def long_lookups():
    """Each module's record is followed by lines that nobody asks for; the database that signs them plays along."""
    yield "950 of 64 KiB", lambda: long_records(950)


@attack("sumdb: more lookups than are allowed")
def more_lookups():
    yield "1100 of 64 KiB", lambda: long_records(1100)
