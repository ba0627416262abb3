"""The far side's tree lies, or others may write there: the bundle is honest. A variant is (bundle, prepare), and
prepare(target, kind) makes what is there before."""
import os

from attacks import EVIL, attack, honest, module

VERSIONS = "example.com/evil/@v/"


def place(target, kind, name):
    path = target / ("cache/download" if kind == "modcache" else "") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def link(name, to):
    def prepare(target, kind):
        path = place(target, kind, name)
        path.symlink_to(os.path.relpath(target.parent / "outside" / to, path.parent))
    return prepare


def write(files):
    def prepare(target, kind):
        for name, data in files.items():
            place(target, kind, name).write_bytes(data)
    return prepare


@attack("target: links in the place of directories")
def links():
    yield "a module's", (honest(), link("example.com", "."))
    yield "its versions'", (honest(), link("example.com/evil", "."))

    def extracted(target, kind):
        (target / "example.com").symlink_to("../outside") if kind == "modcache" else link("example.com", ".")(target, kind)
    yield "of extracted files", (honest(), extracted)
    yield "modferry's own", (honest(), lambda target, kind: (target / ".modferry").symlink_to("../outside"))


@attack("target: links in the place of files")
def file_links():
    for name in ("v1.0.0.zip", "v1.0.0.mod", "v1.0.0.info", "list"):
        if name != "list":
            yield name, (honest(), link(VERSIONS + name, "file"))


@attack("target: a forged zip beside an honest .ziphash")
def ziphash():
    h1 = module(EVIL).described()[0].encode()
    yield "and a forged .mod", (honest(), write({
        VERSIONS + "v1.0.0.ziphash": h1, VERSIONS + "v1.0.0.zip": b"PK forged",
        VERSIONS + "v1.0.0.mod": b"module example.com/evil\n\nrequire evil.com/x v1.0.0\n"}))


@attack("target: temporaries and directories in the place of files")
def litter():
    yield "a directory named .zip", (honest(), lambda target, kind: place(target, kind, VERSIONS + "v1.0.0.zip").mkdir())

    def left(target, kind):
        place(target, kind, VERSIONS + ".modferry-0123456789abcdef.tmp").write_bytes(b"x")
        (target / ".modferry").mkdir()
        (target / ".modferry/unfinished").touch()
    yield "left-over temporaries", (honest(), left)
