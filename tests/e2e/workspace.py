#!/usr/bin/env python3
"""End to end: a workspace of two modules, packed by one of them, carried, and built as a workspace without network.

The modules require what gin's closure holds: one gin itself, the other two of its dependencies, one at a version below the
one that is selected. The first imports the second, which go.work puts in the place of a version that nobody published.
"""
import json, shutil, sys, tempfile
from pathlib import Path

import lab

SERVER = """package main

import (
	"example.com/ws/words"
	"github.com/gin-gonic/gin"
)

func main() { _ = gin.Version + words.Title("x") }
"""
WORDS = """package words

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"gopkg.in/yaml.v3"
)

func Title(s string) string {
	out, _ := yaml.Marshal(cases.Title(language.English).String(s))
	return string(out)
}
"""
WORDS_TEST = """package words

import "testing"

func TestTitle(t *testing.T) {
	if Title("abc") != "Abc\\n" {
		t.Fatal(Title("abc"))
	}
}
"""
WORK = """go 1.21

use (
	./server
	./libs/words
)

replace example.com/ws/words v0.1.0 => ./libs/words
"""


def write_workspace(top):
    gin = lab.REPO / "tests/gin"
    server, words = top / "server", top / "libs/words"
    server.mkdir(parents=True), words.mkdir(parents=True)
    (top / "go.work").write_text(WORK)
    text = (gin / "go.mod").read_text().replace("example.com/gin", "example.com/ws/server")
    (server / "go.mod").write_text(text + "\nrequire example.com/ws/words v0.1.0\n")
    (server / "main.go").write_text(SERVER)
    (words / "go.mod").write_text("module example.com/ws/words\n\ngo 1.18\n\nrequire golang.org/x/text v0.9.0\n"
                                  "\nrequire gopkg.in/yaml.v3 v3.0.0-20200313102051-9f266ea9e77c\n")
    (words / "words.go").write_text(WORDS)
    (words / "words_test.go").write_text(WORDS_TEST)
    for at in (server, words):
        shutil.copy(gin / "go.sum", at)


def questions(top, env, prefix=()):
    def go(*args, cwd=top, **more):
        return lab.run([*prefix, "go", *args], cwd=cwd, env={**env, **more}).stdout

    go("build", "./server/...", "./libs/words/...")
    go("build", "./...", cwd=top / "server")
    go("test", "./...", cwd=top / "libs/words")
    go("vet", "./...", cwd=top / "libs/words")
    return go("list", "-m", "all"), go("mod", "graph")


def check_target(name, level, top, copy, env, before, prefix):
    shutil.copytree(top, copy)
    assert questions(copy, env, prefix) == before, f"{name}: the build list or the graph differs"
    lab.run([*prefix, "go", "mod", "verify"], cwd=copy, env=env)
    if level == "all":  # in a workspace it takes the whole build list
        lab.run([*prefix, "go", "mod", "download"], cwd=copy, env=env)
    lab.run([*prefix, "go", "work", "sync"], cwd=copy, env=env)
    assert questions(copy, env, prefix)[0] == before[0], f"{name}: the build list differs after go work sync"
    print(f"{level}, {name}: ok")


def check_manifest(bundle, pub):
    roots = json.loads(lab.modferry("list", bundle, "--pubkey", pub, "--json", program="modferry-offline").stdout)["roots"]
    assert [r["path"] for r in roots] == ["example.com/ws/server", "example.com/ws/words"], roots
    assert len({r["go.work"] for r in roots}) == 1 and roots[0]["go.work"], roots
    assert len({r["go.mod"] for r in roots}) == 2 and all(r["go.sum"] for r in roots), roots


def carry(level, scratch, top, env, before, prefix):
    """Packs one bundle, by one of the modules and by the directory of go.work, and takes it to both targets."""
    key, pub = scratch / "k", scratch / "k.pub"
    bundle, again, tree, cache = (scratch / f"{level}-{n}" for n in ("b.tar.zst", "again.tar.zst", "tree", "modcache"))
    packed = lab.modferry("pack", top / "libs/words", "--level", level, "--key", key, "-o", bundle, env=env)
    assert f"stands for the workspace {top}/go.work" in packed.stderr, packed.stderr
    lab.modferry("pack", top, "--level", level, "--offline", "-o", again, env=env)
    lab.modferry("diff", bundle, again, "--allow-unsigned", program="modferry-offline")
    lab.run([sys.executable, lab.REPO / "tests/reader/bundle_reader.py", bundle])
    check_manifest(bundle, pub)
    lab.modferry("unpack", bundle, "--pubkey", pub, "--proxy", tree, program="modferry-offline")
    lab.modferry("unpack", bundle, "--pubkey", pub, "--modcache", cache, program="modferry-offline")
    check_target("proxy tree", level, top, scratch / f"{level}-far1",
                 lab.go_environment(GOPROXY=f"file://{tree}", GOMODCACHE=scratch / f"{level}-m"), before, prefix)
    check_target("module cache", level, top, scratch / f"{level}-far2", lab.go_environment(GOPROXY="off", GOMODCACHE=cache),
                 before, prefix)


def main():
    lab.require_go()
    prefix = lab.isolation()
    lab.fetch_fixture("gin")
    with tempfile.TemporaryDirectory() as scratch, lab.loopback_proxy(scratch) as url:
        scratch = Path(scratch)
        lab.database(scratch)
        top = scratch / "workspace"
        write_workspace(top)
        # Online, go writes the sums that are missing into go.work.sum; they are part of the workspace.
        before = questions(top, lab.go_environment(GOPROXY=url, GOMODCACHE=scratch / "online"))
        env = lab.go_environment(GOPROXY=url, XDG_CACHE_HOME=scratch / "cache", GOMODCACHE=scratch / "none")
        key, pub = scratch / "k", scratch / "k.pub"
        lab.modferry("keygen", "--no-password", "--secret", key, "--public", pub, env=env)
        for level in ("all", "tidy"):
            carry(level, scratch, top, env, before, prefix)
        alone = lab.modferry("resolve", top / "server", env={**env, "GOWORK": "off"}, check=False)
        assert "example.com/ws/words@v0.1.0: not found" in alone.stderr, alone.stderr
        lab.run(["chmod", "-R", "u+w", scratch])
    print("workspace: passed")


if __name__ == "__main__":
    main()
