#!/usr/bin/env python3
"""Modules without a proxy, against the real go: the same version, time, go.mod and zip, byte for byte, or both refuse.

usage: direct.py core|all [MODULE...]
"""
import json, os, sys, tempfile
from pathlib import Path

import lab
import directlab
from directlab import Clients, World

G = "https://git.example.com/"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 3\n"


def mod(path, more=""):
    return f"module {path}\n\ngo 1.21\n{more}"


def build_shapes(w):
    """One repository with every kind of file."""
    r = w.repo("shapes")
    other = w.repo("submodule")
    other.commit({"x.go": "package x\n"})
    r.git("submodule", "add", "-q", str(other.tree), "third")
    path = "code.example.com/shapes"
    files = {
        "go.mod": mod(path), "x.go": "package shapes\n", "LICENSE": "free\n", "empty": "", "link": "->x.go", "dir/link.go": "->../x.go",
        ".gitattributes": "ignored.txt export-ignore\nsubst.txt export-subst\n*.bin filter=lfs diff=lfs merge=lfs -text\n"
                          "crlf.txt text eol=crlf\nid.txt ident\n*.txt text\n",
        "ignored.txt": "not ignored\n", "subst.txt": "$Format:%H$\n", "large.bin": POINTER, "crlf.txt": "a\nb\n", "id.txt": "$Id$\n",
        "vendor/modules.txt": "# nothing\n", "vendor/example.com/v/v.go": "package v\n", "vendor/top.go": "package vendor\n",
        "pkg/vendor/vendor.go": "package vendor\n", "pkg/vendor/foo/foo.go": "package foo\n", "p/vendor/q.go": "package q\n",
        "nested/go.mod": mod(path + "/nested"), "nested/n.go": "package nested\n", "nested/deep/d.go": "package deep\n",
        "upper/GO.MOD": "x\n", "upper/u.go": "package upper\n", "linked/go.mod": "->../go.mod", "linked/l.go": "package linked\n",
        ".hg_archival.txt": "x\n", "dir/.hg_archival.txt": "x\n", "caf\u00e9.txt": "x\n", "bin": b"\x00\xff" * 4000,
        "big.txt": "".join(f"line {i * i}\n" for i in range(20000)),
    }
    r.commit(files)
    os.chmod(r.tree / "bin", 0o755)
    r.commit({"run.sh": "#!/bin/sh\n"}, "v1.0.0")
    r.commit({"go.mod": f"module {path}\n\ngo 1.24\n"}, "v1.1.0")
    r.commit({"CON.txt": "x\n", "y.go": "package shapes\n"})
    r.commit({"aux.go": "package shapes\n"}, "v1.2.0", remove=["CON.txt"])
    r.commit({"Y.go": "package shapes\n"}, "v1.3.0", remove=["aux.go"])
    r.publish()
    w.page("code.example.com/shapes", f"{path} git {G}shapes.git")
    return [(path, q) for q in ("v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0")]


def build_plain(w):
    """Tags, branches, commits, pre-releases, odd tags; pseudo-versions that are right and wrong."""
    r = w.repo("plain")
    path = "code.example.com/plain"
    first = r.commit({"go.mod": mod(path), "x.go": "package plain\n"})
    r.commit({"a": "1"}, "v0.1.0", "v0.1.0-rc.1", "v1.0.0")
    tagged = r.commit({"a": "2"}, "v1.1.0", "v1.1.0+meta", "release")
    after = r.commit({"a": "3"})
    r.commit({"a": "4"}, "v1.2.0-pre.9", "v1", "v1.3", "v9.9", "version1", "v2.0.0", "v0.0.0-20240101000000-abcdefabcdef")
    pre = r.commit({"a": "5"})
    r.commit({"a": "5b"}, "v1.2.0+only", "v1.9.9+a")
    r.git("checkout", "-q", "-b", "dev", tagged)
    dev = r.commit({"a": "6"})
    r.git("checkout", "-q", "-b", "old", first)
    old = r.commit({"a": "7"})
    r.git("checkout", "-q", "-b", "feature/x")
    r.commit({"a": "8"})
    r.git("checkout", "-q", "main")
    r.publish()
    w.page(path, f"{path} git {G}plain.git")

    def stamp(commit):
        """Its time, as pseudo-versions have it."""
        return lab.run(["git", "show", "-s", "--format=%cd", "--date=format-local:%Y%m%d%H%M%S", commit], cwd=r.tree, env={**os.environ, "TZ": "UTC"}).stdout.strip()
    good = f"v1.1.1-0.{stamp(after)}-{after[:12]}"
    bad = [f"v0.0.0-{stamp(after)}-{after[:11]}", f"v0.0.0-{stamp(after)}-{after[:13]}", f"v0.0.0-20200101000000-{after[:12]}",
           f"v1.0.0-{stamp(after)}-{after[:12]}", f"v1.5.1-0.{stamp(after)}-{after[:12]}", f"v1.2.0-pre.9.0.{stamp(after)}-{after[:12]}",
           f"v1.1.1-0.{stamp(tagged)}-{tagged[:12]}", f"v1.1.0-0.{stamp(after)}-{after[:12]}", f"v2.0.0-{stamp(after)}-{after[:12]}",
           f"v1.0.1-0.{stamp(old)}-{old[:12]}", f"v1.1.1-0.{stamp(after)}-{'0' * 12}", f"v0.0.0-{stamp(after)}-{after[:12]}+incompatible"]
    also = [f"v1.0.1-0.{stamp(after)}-{after[:12]}", f"v0.0.0-{stamp(after)}-{after[:12]}", f"v1.2.0-pre.9.0.{stamp(pre)}-{pre[:12]}",
            f"v1.1.1-0.{stamp(dev)}-{dev[:12]}"]
    return [(path, q) for q in ("v1.0.0", "v1.1.0", "v0.1.0-rc.1", "main", "dev", "old", "release", after, after[:7], pre[:12], old, first, good,
                                "v1.2.0-pre.9", "latest", "v1", "v1.3", "v9.9", "version1", "v1.0.0+meta", "v1.1.0+meta", "v1.2.0+only", "v1.9.9", "v2.0.0", "HEAD",
                                "nosuch", "v1.5.0", "0123456", "feature/x", "<v1.1.0", ">v0.1.0", "v0", *also, *bad)]


def build_many(w):
    """Modules in directories, with licences, in a sub-directory of the repository, at major versions."""
    r = w.repo("many")
    path = "code.example.com/many"
    r.commit({"go.mod": mod(path), "x.go": "package many\n", "LICENSE": "free\n", "sub/go.mod": mod(path + "/sub"), "sub/s.go": "package sub\n",
              "own/go.mod": mod(path + "/own"), "own/LICENSE": "other\n", "own/o.go": "package own\n", "own/in/go.mod": mod(path + "/own/in"),
              "own/in/i.go": "package in\n", "nomod/n.go": "package nomod\n", "linklic/go.mod": mod(path + "/linklic"), "linklic/LICENSE": "->../LICENSE"},
             "v1.0.0", "sub/v1.0.0", "own/v0.1.0", "own/in/v0.2.0", "nomod/v1.0.0", "linklic/v1.0.0")
    r.commit({"sub/go.mod": mod(path + "/sub/v2")}, "sub/v2.0.0")
    r.commit({"sub/v3/go.mod": mod(path + "/sub/v3"), "sub/v3/t.go": "package sub\n"}, "sub/v3.0.0")
    r.commit({"go.mod": mod(path + "/v2")}, "v2.0.0")
    r.commit({"v3/go.mod": mod(path + "/v3"), "v3/x.go": "package many\n"}, "v3.0.0", "v3.1.0")
    r.commit({"v4/go.mod": mod(path + "/v4"), "go.mod": mod(path + "/v4")}, "v4.0.0")
    r.commit({"v5/go.mod": mod(path + "/v6"), "go.mod": mod(path + "/v5")}, "v5.0.0")
    r.commit({"go.mod": "go 1.21\n"}, "v1.9.0", "v6.0.0")
    r.commit({"go.mod": mod('"' + path + '/v8"')}, "v8.0.0")
    r.publish()
    for p in (path, *[f"{path}/{s}" for s in ("sub", "sub/v2", "sub/v3", "own", "own/in", "nomod", "linklic", "none",
                                              *[f"v{n}" for n in range(2, 10)])]):
        w.page(p, f"{path} git {G}many.git")
    cut = w.repo("cut")
    cut.commit({"own/go.mod": mod("code.example.com/cut"), "own/o.go": "package own\n", "LICENSE": "free\n", "own/in/go.mod": mod("code.example.com/cut/in"), "own/in/i.go": "package in\n",
                "sub/go.mod": mod("code.example.com/cut2/v2"), "sub/s.go": "package sub\n"}, "own/v0.1.0", "own/in/v0.2.0", "sub/v2.0.0", "v0.1.0")
    cut.publish()
    for p in ("code.example.com/cut", "code.example.com/cut/in"):
        w.page(p, f"code.example.com/cut git {G}cut.git own")
    w.page("code.example.com/cut2/v2", f"code.example.com/cut2/v2 git {G}cut.git sub/")
    w.page("code.example.com/cutbad", f"code.example.com/cutbad git {G}many.git /own")
    return [(path, "v1.0.0"), (path, "main"), (path + "/sub", "v1.0.0"), (path + "/own", "v0.1.0"), (path + "/own/in", "latest"), (path + "/nomod", "v1.0.0"),
            (path + "/linklic", "v1.0.0"), (path + "/sub/v2", "v2.0.0"), (path + "/sub/v3", "v3.0.0"), (path + "/sub", "v2.0.0"), (path + "/v2", "v2.0.0"),
            (path + "/v2", "main"), (path + "/v3", "v3.0.0"), (path + "/v3", "latest"), (path + "/v3", "main"), (path + "/v4", "v4.0.0"), (path + "/v5", "v5.0.0"),
            (path, "v1.9.0"), (path + "/v6", "v6.0.0"), (path + "/v8", "v8.0.0"), (path, "v2.0.0"), (path, "v3.0.0+incompatible"), (path + "/none", "v1.0.0"),
            (path + "/v9", "v9.0.0"), (path + "/sub", "main"), ("code.example.com/cut", "v0.1.0"), ("code.example.com/cut", "own/v0.1.0"), ("code.example.com/cut/in", "v0.2.0"),
            ("code.example.com/cut2/v2", "v2.0.0"), ("code.example.com/cutbad", "v0.1.0")]


def build_legacy(w):
    """No go.mod: +incompatible, and where that ends."""
    r = w.repo("legacy")
    path = "code.example.com/legacy"
    r.commit({"x.go": "package legacy\n"}, "v1.0.0")
    r.commit({"a": "1"}, "v2.0.0", "v2.1.0")
    three = r.commit({"a": "2"}, "v3.0.0")
    r.commit({"a": "2b"})
    r.commit({"go.mod": mod(path + "/v4")}, "v4.0.0")
    r.commit({"v5/go.mod": mod(path + "/v5")}, "v5.0.0", remove=["go.mod"])
    r.publish()
    w.page(path, f"{path} git {G}legacy.git")
    m = w.repo("mixed")
    mixed = "code.example.com/mixed"
    m.commit({"x.go": "package mixed\n"}, "v2.0.0", "v2.1.0")
    m.commit({"go.mod": mod(mixed)}, "v1.0.0")
    m.commit({"a": "2"}, "v3.0.0", remove=["go.mod"])
    m.publish()
    w.page(mixed, f"{mixed} git {G}mixed.git")
    return [(path, q) for q in ("v1.0.0", "v2.0.0", "v2.0.0+incompatible", "v1.0.0+incompatible", "v3.0.0+incompatible", "main", "latest", "v2", "v3", "v4", three,
                                "v4.0.0", "v4.0.0+incompatible", "v5.0.0", "v5.0.0+incompatible", "v5", "<v3.0.0", ">=v2.0.0")] + \
           [(mixed, q) for q in ("latest", "v2", "v3", ">=v2.0.0", "v2.0.0", "v2.0.0+incompatible", "v3.0.0", "main", "<v2.1.0")]


def build_retracted(w):
    r = w.repo("retracted")
    path = "code.example.com/retracted"
    r.commit({"go.mod": mod(path)}, "v1.0.0")
    bad = r.commit({"a": "1"}, "v1.1.0")
    r.commit({"a": "1b"}, "v1.2.0-rc.1")
    r.commit({"go.mod": mod(path, "retract [v1.1.0, v1.1.9]\nretract v1.3.0\n")}, "v1.3.0")
    r.commit({"a": "2"})
    r.publish()
    w.page(path, f"{path} git {G}retracted.git")
    return [(path, q) for q in ("latest", "v1.1.0", bad, "main", "v1", "v1.3.0")]


def build_places(w):
    """Where a repository is: static paths, pages that are right and wrong, a proxy, gopkg.in, no commits, SHA-256."""
    for name, path in (("owner/name", "github.com/owner/name"), ("raw/repo", "git.example.com/raw/repo.git"), ("thing", "gopkg.in/thing.v2"),
                       ("thing.v2", "gopkg.in/thing.v2"), ("unst.v1-unstable", "gopkg.in/unst.v1-unstable"), ("other", "code.example.com/claimed/other")):
        r = w.repo(name)
        r.commit({"go.mod": mod(path), "x.go": "package x\n", "sub/go.mod": mod(path + "/sub"), "sub/s.go": "package sub\n"}, "v1.0.0", "sub/v1.0.0", "v2.0.0", "v2.1.0")
        r.commit({"a": "1"})
        r.publish()
    nogomod = w.repo("bare.v3")
    nogomod.commit({"x.go": "package x\n"}, "v3.0.0", "v3.1.0-beta.1")
    nogomod.publish()
    w.repo("nothing").publish()
    long = w.repo("sha256", "--object-format=sha256")
    newest = long.commit({"go.mod": mod("code.example.com/sha256")}, "v1.0.0")
    newest = long.commit({"a": "1"})
    long.publish()
    w.page("code.example.com/sha256", f"code.example.com/sha256 git {G}sha256.git")
    w.page("code.example.com/nothing", f"code.example.com/nothing git {G}nothing.git")
    w.page("code.example.com/absent", f"code.example.com/absent git {G}absent.git")
    w.page("gopkg.in/thing.v2", "gopkg.in/thing.v2 git https://gopkg.in/thing.v2.git")
    w.page("gopkg.in/bare.v3", "gopkg.in/bare.v3 git https://gopkg.in/bare.v3.git")
    w.page("gopkg.in/unst.v1-unstable", "gopkg.in/unst.v1-unstable git https://gopkg.in/unst.v1-unstable.git")
    # whoever has a path may not speak for those above it
    w.page("code.example.com/claimed", f"code.example.com/claimed git {G}plain.git")
    w.page("code.example.com/claimed/other", f"code.example.com/claimed git {G}other.git")
    w.page("code.example.com/orphan/x", f"code.example.com/orphan git {G}other.git")
    w.page("code.example.com/twice", f"code.example.com/twice git {G}other.git", f"code.example.com/twice git {G}plain.git")
    w.page("code.example.com/strange", f"code.example.com/stranger git {G}other.git")
    w.page("code.example.com/file", f"code.example.com/file git file://{w.top}/git/other.git")
    w.page("code.example.com/late", text="<html><head></head><body><meta name='go-import' content='code.example.com/late git " + G + "plain.git'></body>")
    w.page("code.example.com/untidy", text="<HTML lang=en><!-- <meta name='go-import' content='x y z'> --><Head>\n<script>var a = 1 &amp;&amp; 2;</script>\n<META NAME=go-import "
           f"CONTENT = 'code.example.com/untidy\tgit\n {G}untidy.git' />\n<meta name=\"go-import\" content=\"one two\"><meta charset=utf-8>")
    r = w.repo("untidy")
    r.commit({"go.mod": mod("code.example.com/untidy"), "x.go": "package x\n"}, "v1.0.0")
    r.publish()
    # a proxy named by a page goes before a repository
    w.page("code.example.com/viaproxy", f"code.example.com/viaproxy git {G}other.git", "code.example.com/viaproxy mod https://proxy.example.com/tree")
    tree = w.top / "proxy/tree/code.example.com/viaproxy/@v"
    tree.mkdir(parents=True)
    import zipfile
    for v in ("v1.0.0", "v1.1.0"):
        (tree / f"{v}.info").write_text(json.dumps({"Version": v, "Time": "2024-01-01T00:00:00Z"}))
        (tree / f"{v}.mod").write_text(mod("code.example.com/viaproxy"))
        with zipfile.ZipFile(tree / f"{v}.zip", "w") as z:
            z.writestr(f"code.example.com/viaproxy@{v}/go.mod", mod("code.example.com/viaproxy"))
    (tree / "list").write_text("v1.0.0\nv1.1.0\n")
    w.page("code.example.com/hg", "code.example.com/hg hg https://git.example.com/hg")
    w.page("code.example.com/svn", "code.example.com/svn svn https://git.example.com/svn")
    w.page("code.example.com/odd", "code.example.com/odd cvs https://git.example.com/odd")
    return [("github.com/owner/name", "v1.0.0"), ("github.com/owner/name", "main"), ("github.com/owner/name/sub", "v1.0.0"), ("github.com/owner/none", "v1.0.0"),
            ("github.com/owner", "v1.0.0"), ("git.example.com/raw/repo.git", "v1.0.0"), ("git.example.com/raw/repo.git/sub", "latest"),
            ("gopkg.in/thing.v2", "v2.0.0"), ("gopkg.in/thing.v2", "latest"), ("gopkg.in/thing.v2", "v1.0.0"), ("gopkg.in/bare.v3", "v3.0.0"), ("gopkg.in/bare.v3", "v3"),
            ("gopkg.in/unst.v1-unstable", "latest"), ("gopkg.in/unst.v1-unstable", "v1.0.0"),
            ("code.example.com/sha256", "v1.0.0"), ("code.example.com/sha256", newest[:12]), ("code.example.com/sha256", newest), ("code.example.com/nothing", "latest"),
            ("code.example.com/absent", "latest"), ("code.example.com/claimed/other", "v1.0.0"), ("code.example.com/orphan/x", "v1.0.0"), ("code.example.com/twice", "v1.0.0"),
            ("code.example.com/strange", "v1.0.0"), ("code.example.com/file", "v1.0.0"), ("code.example.com/late", "v1.0.0"), ("code.example.com/untidy", "v1.0.0"),
            ("code.example.com/viaproxy", "v1.0.0"), ("code.example.com/viaproxy", "latest"), ("code.example.com/broken/x", "v1.0.0")]


def compare(clients, module, query):
    """Returns a line of what is different, or None."""
    want, why = clients.go_download(module, query)
    got, done = clients.our_download(module, query)
    if not want or not got:
        if not want and not got:
            assert done.returncode in (0, 1, 2, 3, 4), done
            return None
        return f"go: {want and want['Version'] or why}; modferry: {got and got['version'] or done.stderr}"
    if want["Version"] != got["version"]:
        return f"go: {want['Version']}; modferry: {got['version']}"
    info = json.loads(Path(want["Info"]).read_text()), json.loads(clients.ours(module, got["version"], ".info"))
    for key in ("Version", "Time"):
        if info[0][key] != info[1][key]:
            return f"{key}: go {info[0][key]}, modferry {info[1][key]}"
    if Path(want["GoMod"]).read_bytes() != clients.ours(module, got["version"], ".mod"):
        return "go.mod differs"
    if Path(want["Zip"]).read_bytes() != clients.ours(module, got["version"], ".zip"):
        return "zip differs"
    return None


CORE = {"code.example.com/shapes": ("v1.0.0", "v1.1.0", "v1.3.0"), "code.example.com/plain": ("v1.1.0", "main", "v1", "nosuch"),
        "code.example.com/many/sub": ("v1.0.0",), "code.example.com/many/sub/v3": ("v3.0.0",), "code.example.com/many/v2": ("v2.0.0",), "code.example.com/many/v3": ("main",),
        "code.example.com/legacy": ("latest", "v2.0.0"), "github.com/owner/name": ("v1.0.0",), "code.example.com/claimed/other": ("v1.0.0",),
        "code.example.com/viaproxy": ("latest",)}


def main(kind):
    with tempfile.TemporaryDirectory(prefix="modferry-direct-") as top:
        w = World(top)
        cases = [c for build in (build_shapes, build_plain, build_many, build_legacy, build_retracted, build_places) for c in build(w)]
        if sys.argv[2:]:
            cases = [(m, q) for m, q in cases if m.startswith(tuple(sys.argv[2:]))]
        if kind == "core":
            cases = [(m, q) for m, q in cases if q in CORE.get(m, ())]
        failed = good = 0
        with w.serve():
            clients = Clients(w, "shared")
            for module, query in cases:
                different = compare(clients, module, query)
                failed += different is not None
                if different:
                    print(f"FAIL {module}@{query}: {different}")
                good += different is None
        print(f"{good} of {len(cases)} queries as go has them")
        assert failed == 0 and cases


if __name__ == "__main__":
    directlab.enter()
    main(sys.argv[1])
