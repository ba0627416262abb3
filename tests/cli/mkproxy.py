#!/usr/bin/env python3
"""Makes a small static module proxy from a description on standard input.

    mkproxy DIR [--sum FILE] [--no-sumdb]

    -- example.com/a@v1.0.0 --
    go 1.21
    require example.com/b v1.1.0
    + doc/readme.txt
    -- example.com/old@v2.0.0+incompatible --
    ! nothing

Below a header stands the module's go.mod; its module line is added where it is
missing. Lines that begin with other signs are not part of it:

    + NAME            a file more in the zip, with NAME as its content
    + NAME <- TEXT    the same with TEXT, in which \\n ends a line
    + NAME/           an entry for a directory
    = NAME            a member of the zip by this very name, without the prefix
    @ NAME            a member that says it is a symbolic link
    ! nothing         no go.mod in the zip (the .mod is the module line alone)
    ! no info         no .info;  ! no mod  no .mod;  ! no zip  no .zip
    ! info TEXT       TEXT as .info;  ! zip TEXT  TEXT as .zip;  ! mod TEXT  as .mod

--sum writes the go.sum with the lines of every zip and go.mod. Running it again
on the same DIR changes the modules that are described and keeps the others. The
checksum database of tests/sumdb/testdb.py is kept in DIR/sumdb, so that the proxy
serves it; --no-sumdb leaves it out.
"""
import base64
import hashlib
import os
import re
import sys
import warnings
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "sumdb"))
import testdb  # noqa: E402

warnings.simplefilter("ignore")  # of names that are there twice

WHEN = (2020, 1, 2, 3, 4, 4)
TIME = "2020-01-02T03:04:05Z"


def escaped(text):
    return re.sub("[A-Z]", lambda m: "!" + m.group().lower(), text)


def h1(files):
    """Go's Hash1 over {name: content}."""
    lines = "".join(f"{hashlib.sha256(files[n]).hexdigest()}  {n}\n" for n in sorted(files))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


def parse(text):
    for piece in re.split(r"(?m)^-- ", text)[1:]:
        header, _, body = piece.partition("\n")
        path, _, version = header.removesuffix(" --").partition("@")
        yield path, version, body.split("\n")[:-1]


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


class Module:
    def __init__(self, path, version, lines):
        self.path, self.version = path, version
        self.extra, self.raw, self.links, self.orders = [], [], [], []
        kinds = {"+": self.extra, "=": self.raw, "@": self.links, "!": self.orders}
        gomod = [line for line in lines if line[:2] not in ("+ ", "= ", "@ ", "! ")]
        for line in lines:
            if line[:2] in ("+ ", "= ", "@ ", "! "):
                kinds[line[0]].append(line[2:])
        if not any(line.startswith("module ") for line in gomod):
            gomod.insert(0, f"module {path}")
        self.gomod = ("\n".join(gomod) + "\n").encode()

    def files(self):
        name = re.sub("[^a-z]", "", re.sub(r"(/v[0-9]+|\.v[0-9]+)$", "", self.path).split("/")[-1].lower())
        files = {f"{name}.go": f"package {name}\n".encode()}
        if "nothing" not in self.orders:
            files["go.mod"] = self.gomod
        for line in self.extra:
            name, _, text = line.partition(" <- ")
            files[name] = b"" if name.endswith("/") else (text or name).replace("\\n", "\n").encode() + b"\n"
        return {f"{self.path}@{self.version}/{n}": content for n, content in files.items()}

    def write_zip(self, name):
        with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
            for member, content in sorted(self.files().items()):
                z.writestr(zipfile.ZipInfo(member, WHEN), content)
            for member in self.raw:
                z.writestr(zipfile.ZipInfo(member, WHEN), b"out\n")
            for member in self.links:
                info = zipfile.ZipInfo(f"{self.path}@{self.version}/{member}", WHEN)
                info.create_system, info.external_attr = 3, 0o120777 << 16
                z.writestr(info, b"/etc/passwd")

    def publish(self, top):
        base = os.path.join(top, escaped(self.path), "@v")
        stem = os.path.join(base, escaped(self.version))
        missing = [o.removeprefix("no ") for o in self.orders if o.startswith("no ")]
        given = {o.split(" ", 1)[0]: o.split(" ", 1)[1].encode() + b"\n" for o in self.orders if " " in o}
        info = f'{{"Version":"{self.version}","Time":"{TIME}"}}'.encode()
        mod = f"module {self.path}\n".encode() if "nothing" in self.orders else self.gomod
        write(stem + ".info", given.get("info", info))
        write(stem + ".mod", given.get("mod", mod))
        if "zip" in given:
            write(stem + ".zip", given["zip"])
        else:
            self.write_zip(stem + ".zip")
        for kind in missing:
            os.remove(f"{stem}.{kind}")
        versions = sorted(n[:-4] for n in os.listdir(base) if n.endswith(".mod"))
        write(os.path.join(base, "list"), "".join(v + "\n" for v in versions).encode())
        yield f"{self.path} {self.version} {h1(self.files())}\n"
        yield f"{self.path} {self.version}/go.mod {h1({'go.mod': mod})}\n"


def main(arguments):
    lines = []
    sumdb = "--no-sumdb" not in arguments
    arguments = [a for a in arguments if a != "--no-sumdb"]
    if len(arguments) not in (1, 3) or (len(arguments) == 3 and arguments[1] != "--sum"):
        sys.exit(__doc__)
    for path, version, body in parse(sys.stdin.read()):
        lines += Module(path, version, body).publish(arguments[0])
    if len(arguments) == 3:
        write(os.path.abspath(arguments[2]), "".join(sorted(lines)).encode())
    if sumdb:
        testdb.serve_tree(arguments[0])


if __name__ == "__main__":
    main(sys.argv[1:])
