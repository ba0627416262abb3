#!/usr/bin/env python3
"""End to end: pack a real closure from a loopback proxy, carry it, and let the real go judge it without network.

usage: closure.py PROJECT dir|at
PROJECT is one of lab.PROJECTS; `dir` packs the project's directory, `at` packs path@version.
"""
import filecmp, json, os, shutil, sys, tempfile
from pathlib import Path

import lab

GO_QUESTIONS = {"go list -m all": ["list", "-m", "all"], "go mod graph": ["mod", "graph"]}


class Case:
    def __init__(self, name, kind, scratch):
        self.name, self.kind, self.scratch = name, kind, Path(scratch)
        self.isolation = lab.isolation()
        self.project = lab.fetch_fixture(name)
        _, self.at, self.package = lab.PROJECTS[name]

    def go(self, args, cwd, isolated, env):
        return lab.run([*(self.isolation if isolated else []), "go", *args], cwd=cwd, env=env).stdout

    def new_project(self, where, isolated, env, tidied=None):
        """A fresh copy of the project; for path@version what `go mod init` and `go get` make. The small one imports
        the package and is tidied as well: which versions `go mod tidy` of an importer selects depends on its imports,
        so that is not promised for path@version in general."""
        if self.kind == "dir":
            shutil.copytree(self.project, where)
            return where
        where.mkdir()
        self.go(["mod", "init", "example.com/at"], where, isolated, env)
        self.go(["get", self.at], where, isolated, env)
        if self.name == "gin":
            lab.main_package(where, self.package)
        if self.name == "gin" and tidied:  # GOPROXY=off answers no query for packages that are not required yet
            for name in ("go.mod", "go.sum"):
                shutil.copy(tidied / name, where / name)
        elif self.name == "gin":
            self.go(["mod", "tidy"], where, isolated, env)
        return where

    def answers(self, cwd, isolated, env):
        return {name: self.go(args, cwd, isolated, env) for name, args in GO_QUESTIONS.items()}


def check_sizes(case, root, env):
    """The sizes of the level are known while nothing but go.mod files has been fetched."""
    found = json.loads(lab.modferry("resolve", root, "--level", "all", "--json", env=env).stdout)
    download = lab.FIXTURES / "gomodcache/cache/download"
    assert not list((case.scratch / "cache").rglob("*.zip")), "resolve has fetched zips"
    for m in found["modules"]:
        file = download / lab.escape(m["path"]) / "@v" / (lab.escape(m["version"]) + ".zip")
        if "level" in m and file.exists():
            assert m["zip_size"] == file.stat().st_size, m
    assert case.kind == "at" or found["levels"]["all"]["unknown_sizes"] == 0, found["levels"]


def pack(case, url):
    env = lab.go_environment(GOPROXY=url, XDG_CACHE_HOME=case.scratch / "cache", GOMODCACHE=case.scratch / "none")
    bundle, key, pub = (case.scratch / n for n in ("b.tar.zst", "k", "k.pub"))
    lab.modferry("keygen", "--no-password", "--secret", key, "--public", pub, env=env)
    root = case.project if case.kind == "dir" else case.at
    check_sizes(case, root, env)
    lab.modferry("pack", root, "--level", "all", "--key", key, "-o", bundle, env=env)
    # The store makes a second run need no network, and the same bundle comes of it.
    again = case.scratch / "again.tar.zst"
    env["SOURCE_DATE_EPOCH"] = "1000000000"
    # A path@version root mentions versions that the fixtures lack: those are asked for again unless --offline says no.
    offline = ["--offline"] if case.kind == "at" else []
    lab.run([*case.isolation, lab.BIN / "modferry", "pack", root, "--level", "all", *offline, "-o", again, "--jobs", "1"], env=env)
    other = case.scratch / "other.tar.zst"
    lab.run([*case.isolation, lab.BIN / "modferry", "pack", root, "--level", "all", *offline, "-o", other, "--jobs", "3"], env=env)
    assert again.read_bytes() == other.read_bytes(), "--jobs changes the bundle"
    again.unlink(), other.unlink()
    return bundle, pub


def check_payload_zips(case, bundle, pub, tree, url):
    """Zips as served: the same bundle id, and a proxy tree of the same bytes. Nobody has asked yet whether their files make
    the zips: a later bundle with files has to."""
    env = lab.go_environment(GOPROXY=url, XDG_CACHE_HOME=case.scratch / "second-cache", GOMODCACHE=case.scratch / "none")
    zips, other = case.scratch / "zips.tar.zst", case.scratch / "tree-of-zips"
    root = case.project if case.kind == "dir" else case.at
    made = json.loads(lab.modferry("pack", root, "--level", "all", "--payload", "zips", "--key", case.scratch / "k", "-o", zips,
                                   "--json", env=env).stdout)
    assert made["as_zip"] == made["zips"], made
    listed = json.loads(lab.modferry("list", bundle, "--pubkey", pub, "--json").stdout)
    assert made["id"] == listed["id"], (made["id"], listed["id"])
    independent_reader(zips)
    lab.modferry("unpack", zips, "--pubkey", pub, "--proxy", other, program="modferry-offline")
    for name in sorted(p.relative_to(tree) for p in tree.rglob("*.zip")):
        assert filecmp.cmp(tree / name, other / name, shallow=False), name
    zips.unlink(), shutil.rmtree(other)
    lab.modferry("pack", root, "--level", "all", "-o", zips, env=env)
    ours, first = manifest(zips), manifest(bundle)
    assert ours["payload"] == first["payload"] and ours["frames"] == first["frames"], "files after zips differ from files"
    zips.unlink()


def manifest(bundle):
    return json.loads(lab.run(["tar", "--zstd", "-xOf", bundle, "manifest.json"]).stdout)


def independent_reader(bundle):
    lab.run([sys.executable, lab.REPO / "tests/reader/bundle_reader.py", bundle])


def check_target(case, target, env, before, tidied, zips=True):
    """Everything that a go command is promised to do past the gap, from one target; without `go mod download` where it
    holds no zips."""
    project = case.new_project(case.scratch / f"{target}-project", True, env, tidied)
    after = case.answers(project, True, env)
    for name in GO_QUESTIONS:
        assert before[name] == after[name], f"{target}: {name} differs\n{before[name]}\n---\n{after[name]}"
    if case.kind == "dir" or case.name == "gin":
        case.go(["build", "./..."], project, True, env)
    else:
        case.go(["build", "-mod=mod", "-o", os.devnull, case.package], project, True, env)
    case.go(["mod", "verify"], project, True, env)
    if zips:
        case.go(["mod", "download"], project, True, env)
    if case.name == "gin":
        if zips:
            case.go(["mod", "download", "all"], project, True, env)
        case.go(["test", "./..."], project, True, env)
        case.go(["vet", "./..."], project, True, env)
        case.go(["mod", "tidy"], project, True, env)
    print(f"{target}: ok")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in lab.PROJECTS or sys.argv[2] not in ("dir", "at"):
        sys.exit(__doc__)
    lab.require_go()
    with tempfile.TemporaryDirectory() as scratch, lab.loopback_proxy(scratch) as url:
        case = Case(sys.argv[1], sys.argv[2], scratch)
        lab.database(scratch)
        online = lab.go_environment(GOPROXY=url, GOMODCACHE=case.scratch / "online-cache")
        tidied = case.new_project(case.scratch / "online", False, online)
        before = case.answers(tidied, False, online)
        bundle, pub = pack(case, url)
        lab.modferry("verify", bundle, "--pubkey", pub)
        independent_reader(bundle)

        tree, cache = case.scratch / "tree", case.scratch / "modcache"
        lab.modferry("unpack", bundle, "--pubkey", pub, "--proxy", tree, program="modferry-offline")
        check_payload_zips(case, bundle, pub, tree, url)
        with open(bundle, "rb") as pipe:
            lab.modferry("unpack", "-", "--pubkey", pub, "--modcache", cache, program="modferry-offline", stdin=pipe)
        check_target(case, "proxy tree", lab.go_environment(GOPROXY=f"file://{tree}", GOMODCACHE=case.scratch / "m"),
                     before, None)
        check_target(case, "module cache", lab.go_environment(GOPROXY="off", GOMODCACHE=cache), before, tidied)
        bare = case.scratch / "cache-without-zips"
        lab.modferry("unpack", bundle, "--pubkey", pub, "--modcache", bare, "--no-zips", program="modferry-offline")
        assert not list((bare / "cache/download").rglob("@v/*.zip")), "there are zips"
        check_target(case, "module cache without zips", lab.go_environment(GOPROXY="off", GOMODCACHE=bare), before, tidied, zips=False)
        for target in (tree, cache, bare):
            lab.modferry("check", target, program="modferry-offline")
        lab.run(["chmod", "-R", "u+w", scratch])
    print(f"{case.name} {case.kind}: passed")


if __name__ == "__main__":
    main()
