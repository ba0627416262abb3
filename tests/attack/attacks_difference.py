"""An insider's differences: lists, prefixes and held modules that lie. Before, the target has the module that they are made
from; a variant is (bundle, prepare), and the target is its own base."""
import base64, hashlib, io, zipfile

from attacks import ALPHA, EVIL, GAMMA, NOTE, OMEGA, attack, module
from forge import Member, Module, forge, reader

OLD = Module(EVIL, version="v0.9.0", files=[("go.mod", f"module {EVIL}\n".encode()), ("a.go", b"package a // old\n")])
LIST = f"{EVIL} v0.9.0 a.go\n".encode()
PREFIX = b"package a // old\n"


def zip_of(m):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, content in m.files:
            z.writestr(f"{m.path}@{m.version}/{name}", content)
    return out.getvalue()


def holds(*modules):
    def prepare(target, kind):
        for m in modules:
            at = target / ("cache/download" if kind == "modcache" else "") / reader.escape(m.path) / "@v"
            at.mkdir(parents=True, exist_ok=True)
            (at / f"{m.version}.zip").write_bytes(zip_of(m))
            (at / f"{m.version}.mod").write_bytes(m.text())
    prepare.promises = {(reader.escape(m.path), m.version): {(m.described()[0], reader.h1({"go.mod": reader.sha256(m.text())}))}
                        for m in modules}
    return prepare


def base_of(prefix=PREFIX, modules=(OLD,)):
    named = [{"h1": m.described()[0], "path": m.path, "version": m.version} for m in modules]
    return {"modules": named, "prefix_sha256": hashlib.sha256(prefix).hexdigest(), "prefix_size": len(prefix)}


def difference(text=LIST, base=None, held=True, name=b"base/2", change=None, here=(ALPHA, OLD), more=()):
    """alpha is left out, and the frame with the content of the others is compressed after a file of the old evil. Frame 1 has
    the list, 2 the .mod files, 3 the content."""
    alpha = Module(ALPHA.path, files=ALPHA.files, held="files") if held else ALPHA

    def edit(manifest):
        manifest["frames"][-1]["base"] = base or base_of()
        manifest["requires"] = sorted({*manifest["requires"], "prefix"})
        if change:
            change(manifest)
    lists = ([Member(name, text, ("base",))] if text is not None else []) + list(more)
    bundle = forge([alpha, module(EVIL), GAMMA, OMEGA], [NOTE], edit_members=lambda members: lists + members, edit=edit)
    return bundle, holds(*here)


@attack("a difference that is right")
def right():
    yield "all is there", difference()
    yield "nothing is held", difference(held=False)


@attack("a list of a prefix with lines that Go forbids")
def lines():
    for name in ("../../etc/passwd", "a/../../x", "/etc/passwd", "a//b", "", ".", "a\\b", "con.go", "x/.", "a.go\x00", "a\x1b[2Jb", "b" * 1100):
        yield repr(name[:20]), difference(f"{EVIL} v0.9.0 {name}\n".encode())
    for path in ("..", "../x", "evil", "/etc", "example.com/../etc", "example.com/Evil\xe9", ""):
        yield f"path {path!r}", difference(f"{path} v0.9.0 a.go\n".encode())
    for version in ("..", "v1", "v1.0", "master", "v0.9.0/../../x", ""):
        yield f"version {version!r}", difference(f"{EVIL} {version} a.go\n".encode())
    yield "no newline", difference(LIST[:-1])
    yield "an empty line", difference(LIST + b"\n")
    yield "no UTF-8", difference(EVIL.encode() + b" v0.9.0 \xff\xfe\n")


@attack("a list of a prefix with tiles that are none")
def tiles():
    for tile in ("tile/8/0/000", "tile/8/0/000.p/3", "tile/../../x", "tile/4/0/000", "tile/8/99/000", "tile/8/0/x999"):
        yield tile, difference(LIST + f"sum.example.org {tile}\n".encode())
    yield "no database", difference(LIST + b".. tile/8/0/000\n")


@attack("a list of a prefix that says something twice, or about other modules")
def double():
    yield "a line", difference(LIST + LIST, base_of(PREFIX * 2))
    yield "a module that the frame does not name", difference(LIST + b"example.com/alpha v1.0.0 a.go\n")
    yield "no file of a module that it names", difference(LIST, base_of(modules=(ALPHA, OLD)))
    yield "nothing", difference(b"")
    apart = LIST + b"example.com/alpha v1.0.0 a.go\n" + LIST.replace(b"a.go", b"go.mod")
    yield "a module apart", difference(apart, base_of(modules=(ALPHA, OLD)))


@attack("a list of a prefix that is missing, or another one")
def names():
    for name in (b"base/1", b"base/3", b"base/02", b"base/", b"base/../x", b"sumdb/x", b"src/" + EVIL.encode() + b"@v1.0.0/a.go"):
        yield repr(name), difference(name=name)
    yield "two", difference(more=[Member(b"base/3", LIST, ("base",))])
    yield "twice", difference(more=[Member(b"base/2", LIST, ("base",))])

    def also_part_one(manifest):
        manifest["frames"][1]["base"] = base_of()
    yield "one of two", difference(change=also_part_one)


@attack("a list of a prefix above a limit")
def large():
    yield "bytes", lambda: difference(LIST * 200000)
    yield "lines", lambda: difference(b"".join(b"%s v0.9.0 %x\n" % (EVIL.encode(), i) for i in range(66000)))


@attack("a prefix of an absurd size")
def sizes():
    for size in ((16 << 20) + 1, 1 << 32, (1 << 53) - 1):
        yield str(size), difference(base=base_of() | {"prefix_size": size})


@attack("a prefix that is not what the base has")
def prefixes():
    yield "another hash", difference(base=base_of(b"package a // new\n"))
    yield "longer", difference(base=base_of(PREFIX + b"x"))
    yield "shorter", difference(base=base_of(PREFIX[:-1]))
    yield "16 MiB", difference(base=base_of() | {"prefix_size": 16 << 20})
    yield "a file that is not there", difference(f"{EVIL} v0.9.0 b.go\n".encode())
    yield "a .mod that is not there", difference(LIST + b"example.com/none v1.0.0\n")


@attack("a prefix of modules that the base lacks, or has with another h1")
def bases():
    yield "lacks", difference(here=(ALPHA,))
    other = Module(EVIL, version="v0.9.0", files=[("go.mod", b"x"), ("a.go", PREFIX)])
    yield "another h1", difference(here=(ALPHA, other))
    itself = module(EVIL)
    yield "itself", difference(f"{EVIL} v1.0.0 a.go\n".encode(), base_of(b"package a\n", (itself,)))


@attack("a held module that the base lacks, or has with another h1")
def held():
    yield "lacks", difference(here=(OLD,))
    yield "another h1", difference(here=(OLD, Module(ALPHA.path, files=[("go.mod", b"module example.com/alpha\n")])))

    def lie(manifest):
        manifest["content"]["modules"][0]["h1"] = "h1:" + base64.b64encode(bytes(32)).decode()
    yield "the manifest lies", difference(change=lie)


@attack("a held module of other size or number of files, which do not count where it is there already")
def counts():
    def change(**values):
        return lambda manifest: manifest["content"]["modules"][0].update(values)
    yield "files", difference(change=change(files=3))
    yield "size", difference(change=change(size=1))


@attack("a difference whose manifest contradicts itself")
def contradictions():
    def at(*path, drop=False, **values):
        def change(manifest):
            place = manifest
            for step in path:
                place = place[step]
            if drop:
                del place[drop]
            place.update(values)
        return change
    module_of = ("payload", "modules", 0)
    yield "held without full", difference(change=at(*module_of, drop="full"))
    yield "full of no form", difference(change=at(*module_of, full="held"))
    yield "held with content", difference(change=at(*module_of, content=[0, 0]))
    yield "files with full", difference(change=at("payload", "modules", 1, full="files"))
    yield "held and only a .mod", difference(change=at("payload", "modules", 2, form="held", full="files"))
    yield "a prefix of the lists", difference(change=lambda m: m["frames"][0].update(base=base_of()))
    yield "a prefix of 0 bytes", difference(base=base_of(b""))
    yield "a list for no frame", difference(change=lambda m: [f.pop("base", None) for f in m["frames"]])
    yield "a prefix without lists", difference(text=None)
    yield "modules out of order", difference(base=base_of(modules=(OLD, ALPHA)))
    yield "modules twice", difference(base=base_of(modules=(OLD, OLD)))
    yield "a path that Go forbids", difference(base=base_of() | {"modules": [{"h1": OLD.described()[0], "path": "../x", "version": "v1.0.0"}]})
    yield "requires no prefix", difference(change=at(requires=["files", "held"]))
    yield "requires nothing held", difference(change=at(requires=["files", "prefix"]))
