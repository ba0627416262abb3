#!/usr/bin/env python3
"""Differences over the gap: packed against what the far side holds, unpacked from trees, caches and bundles, expanded, refused.

usage: differences.py [TEST...]
A small closure goes from one state to another: a module changes, one moves to its next major version, one is split, one is
renamed, one is new, one stays. The judge of what comes out is the real go, without network, and the bundle packed in full.
"""
import json, os, random, shutil, sys, tempfile
from pathlib import Path

import lab
import testdb

# Zips as the proxies of the world make them: Go's archive/zip over its compress/flate.
ZIPPER = """package main

import (
	"archive/zip"
	"encoding/json"
	"os"
)

func main() {
	var files [][2]string
	if json.NewDecoder(os.Stdin).Decode(&files) != nil {
		os.Exit(1)
	}
	z := zip.NewWriter(os.Stdout)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err == nil {
			_, err = w.Write([]byte(f[1]))
		}
		if err != nil {
			os.Exit(1)
		}
	}
	if z.Close() != nil {
		os.Exit(1)
	}
}
"""
OLD = {"same": "v1.0.0", "keep": "v1.0.0", "kept": "v1.0.0", "last": "v1.0.0", "zlast": "v1.0.0", "lib": "v1.0.0", "moved": "v1.0.0", "big": "v1.0.0", "oldname": "v1.0.0"}
NEW = {"same": "v1.0.0", "keep": "v1.0.0", "kept": "v1.0.0", "last": "v1.0.0", "zlast": "v1.0.0", "lib": "v1.1.0", "moved/v2": "v2.0.0", "big": "v1.1.0", "big/part": "v1.1.0", "newname": "v1.0.0",
       "fresh": "v1.0.0"}


def blob(seed, lines=700, changed=0):
    """A Go constant of random text, of which some lines differ."""
    source, other = random.Random(seed), random.Random(f"{seed} changed {changed}")
    text = [format(source.getrandbits(256), "064x") for _ in range(lines)]
    for _ in range(changed):
        text[other.randrange(lines)] = format(other.getrandbits(256), "064x")
    return "".join(f"\t\"{line}\" +\n" for line in text)


def package(name, seed, **more):
    return f"package {name}\n\nconst Data = \"\" +\n{blob(seed, **more)}\t\"\"\n"


def modules():
    """(path, version, {file: content})"""
    go = "module example.com/{}\n\ngo 1.21\n"
    yield "same", "v1.0.0", {"go.mod": go.format("same"), "same.go": package("same", "same")}
    for name in ("keep", "kept", "last", "zlast"):  # some beside one another, one behind all others
        yield name, "v1.0.0", {"go.mod": go.format(name), f"{name}.go": package(name, name, lines=50), "a.txt": name}
    yield "lib", "v1.0.0", {"go.mod": go.format("lib"), "lib.go": package("lib", "lib"), "LICENSE": blob("license", 50)}
    yield "lib", "v1.1.0", {"go.mod": go.format("lib"), "lib.go": package("lib", "lib", changed=3), "LICENSE": blob("license", 50),
                            "deep/more name.txt": "new\n"}
    yield "moved", "v1.0.0", {"go.mod": go.format("moved"), "moved.go": package("moved", "moved")}
    yield "moved/v2", "v2.0.0", {"go.mod": go.format("moved/v2"), "moved.go": package("moved", "moved", changed=2)}
    yield "big", "v1.0.0", {"go.mod": go.format("big"), "big.go": package("big", "big"),
                            "part/part.go": package("part", "part")}
    yield "big", "v1.1.0", {"go.mod": go.format("big"), "big.go": package("big", "big", changed=1)}
    yield "big/part", "v1.1.0", {"go.mod": go.format("big/part"), "part.go": package("part", "part", changed=1)}
    yield "oldname", "v1.0.0", {"go.mod": go.format("oldname"), "a.go": package("name", "a"), "b.txt": blob("b")}
    yield "newname", "v1.0.0", {"go.mod": go.format("newname"), "a.go": package("name", "a", changed=4), "b.txt": blob("b")}
    yield "fresh", "v1.0.0", {"go.mod": go.format("fresh"), "fresh.go": package("fresh", "fresh", lines=20)}


class World:
    def __init__(self, scratch):
        self.scratch, self.count, self.isolation = Path(scratch), 0, lab.isolation()
        lab.require_go()
        self.proxy, self.zipper = self.scratch / "proxy", self.scratch / "zipper"
        source = self.new()
        (source / "main.go").write_text(ZIPPER)
        lab.run(["go", "build", "-o", self.zipper, "main.go"], cwd=source, env=lab.go_environment())
        for path, version, files in modules():
            self.publish(path, version, files)
        database = testdb.Database(self.proxy / "sumdb" / testdb.NAME)
        database.fill(3000)
        database.add_tree(self.proxy)
        database.fill(3000)
        database.publish()
        self.key, self.pub, self.other, self.other_pub = (self.scratch / n for n in ("key", "pub", "other", "other.pub"))
        for key, pub in ((self.key, self.pub), (self.other, self.other_pub)):
            lab.modferry("keygen", "--no-password", "--secret", key, "--public", pub)
        self.env = self.online()
        self.old_project, self.new_project = self.project(OLD), self.project(NEW)
        self.old = self.pack(self.old_project)
        self.full = self.pack(self.new_project)
        self.difference = self.pack(self.new_project, "--base", self.old)

    def new(self):
        self.count += 1
        path = self.scratch / f"d{self.count}"
        path.mkdir()
        return path

    def publish(self, path, version, files, proxy=None):
        path = f"example.com/{path}"
        at = (proxy or self.proxy) / path / "@v"
        at.mkdir(parents=True, exist_ok=True)
        zipped = json.dumps([[f"{path}@{version}/{name}", text] for name, text in files.items()])
        (at / f"{version}.zip").write_bytes(lab.run([self.zipper], input=zipped.encode(), text=False).stdout)
        (at / f"{version}.mod").write_text(files["go.mod"])
        (at / f"{version}.info").write_text(json.dumps({"Version": version, "Time": "2020-01-02T03:04:05Z"}))
        versions = sorted({p.stem for p in at.glob("*.mod")})
        (at / "list").write_text("".join(v + "\n" for v in versions))

    def online(self):
        home = self.new()
        return lab.go_environment(GOPROXY=f"file://{self.proxy}", HOME=home, GOPATH=home / "go", XDG_CACHE_HOME=home / "cache",
                                  GOMODCACHE=home / "none", SOURCE_DATE_EPOCH="1000000000")

    def project(self, requires):
        top = self.new()
        lines = "".join(f"\texample.com/{path} {version}\n" for path, version in requires.items())
        (top / "go.mod").write_text(f"module example.com/p\n\ngo 1.21\n\nrequire (\n{lines})\n")
        imports = "".join(f'\t_ "example.com/{path}"\n' for path in requires)
        (top / "p.go").write_text(f"package main\n\nimport (\n{imports})\n\nfunc main() {{}}\n")
        lab.run(["go", "mod", "tidy"], cwd=top, env=self.env)
        return top

    def pack(self, project, *options, key=True, env=None):
        bundle = self.new() / "bundle"
        signed = ["--key", self.key] if key else []
        lab.modferry("pack", project, "-o", bundle, *signed, "--quiet", *options, env=env or self.env)
        return bundle

    def list(self, bundle):
        return json.loads(lab.modferry("list", bundle, "--pubkey", self.pub, "--json").stdout)

    def manifest(self, bundle):
        return json.loads(lab.modferry("list", bundle, "--allow-unsigned", "--manifest", "-").stdout)

    def offline(self, *args, check=True, trust=True):
        trusted = ["--pubkey", self.pub] if trust else []
        return lab.modferry(*args, *trusted, program="modferry-offline", env=lab.go_environment(), check=check)

    def tree(self, bundle, kind="--proxy", *options):
        tree = self.new() / "tree"
        self.offline("unpack", bundle, kind, tree, *options)
        return tree

    def bases(self):
        """What the far side may have: a tree, a cache, one without a record or with a torn one, the bundle."""
        tree, cache, torn = self.tree(self.old), self.tree(self.old, "--modcache"), self.tree(self.old, "--modcache")
        record = torn / ".modferry/installed"
        record.write_bytes(record.read_bytes()[:-20])
        bare = self.new() / "bare"
        shutil.copytree(cache, bare, ignore=shutil.ignore_patterns(".modferry"))
        return {"tree": tree, "cache": cache, "cache without a record": bare, "cache with a torn record": torn, "bundle": self.old}

    def refused(self, done, code, *words):
        assert done.returncode == {"base": 1, "wrong-key": 1, "usage": 2, "damaged": 4}[code], (done.returncode, done.stderr)
        for word in words:
            assert word in done.stderr, (word, done.stderr)

    def judge(self, target):
        """The real go, from nothing but the target."""
        printed = lab.modferry("env", target, "--format", "goenv", program="modferry-offline", env=lab.go_environment()).stdout
        settings = dict(line.split("=", 1) for line in printed.splitlines() if not line.startswith("#"))
        home, project = self.new(), self.new() / "p"
        settings.setdefault("GOMODCACHE", str(home / "modcache"))
        env = lab.go_environment(**{"HOME": home, "GOPATH": home / "go", "GOFLAGS": "-modcacherw", **settings})
        shutil.copytree(self.new_project, project)
        for args in (["build", "./..."], ["mod", "verify"], ["list", "-m", "all"]):
            lab.run([*self.isolation, "go", *args], cwd=project, env=env)


def files_of(tree, *, only="*"):
    return {str(p.relative_to(tree)): p.read_bytes() for p in sorted(Path(tree).rglob(only))
            if p.is_file() and ".modferry" not in p.parts}


def test_pack(w):
    """Same id as in full, whatever kind of base; small; the same bytes in every run."""
    listed, full = w.list(w.difference), w.list(w.full)
    assert listed["id"] == full["id"], (listed["id"], full["id"])
    forms = {f"{m['path'].removeprefix('example.com/')}": m["form"] for m in listed["modules"]}
    held = {name: "held" for name in ("same", "keep", "kept", "last", "zlast")}
    assert forms == {**held, "lib": "files", "moved/v2": "files", "big": "files", "big/part": "files",
                     "newname": "files", "fresh": "files"}, forms
    manifest = w.manifest(w.difference)
    assert manifest["requires"] == ["files", "held", "prefix"], manifest["requires"]
    named = {m["path"].removeprefix("example.com/") for f in manifest["frames"] for m in f.get("base", {}).get("modules", [])}
    assert {"lib", "moved", "big", "oldname"} <= named, named
    # everything but the head: what changed is a few lines of each module
    payload = [sum(f["size"] for f in w.manifest(b)["frames"]) for b in (w.difference, w.full)]
    assert payload[0] < 0.25 * payload[1], payload
    tree = w.tree(w.old)
    manifest_file = w.new() / "manifest.json"
    lab.modferry("list", w.old, "--allow-unsigned", "--manifest", manifest_file)
    record, heads = tree / ".modferry/installed", tree / ".modferry/heads"
    same = [w.pack(w.new_project, "--base", w.old, "--jobs", "1"), w.pack(w.new_project, "--base", w.old, "--jobs", "5"),
            w.pack(w.new_project, "--base", manifest_file)]
    assert all(s.read_bytes() == w.difference.read_bytes() for s in same), "not reproducible"
    with_heads = w.pack(w.new_project, "--base", record, "--since-head", heads)
    without = w.pack(w.new_project, "--base", record)
    for bundle in (with_heads, without):
        assert w.list(bundle)["id"] == full["id"]
    assert with_heads.stat().st_size < without.stat().st_size, "the tiles that the tree holds travel again"
    for bundle in (w.difference, with_heads, without):
        w.offline("unpack", bundle, "--proxy", w.tree(w.old))


def test_pack_trust(w):
    """A bundle as base is one's own, or trusted expressly."""
    def attempt(*options):
        return lab.modferry("pack", w.new_project, "-o", w.new() / "b", "--quiet", "--base", w.old, *options, env=w.env, check=False)
    w.refused(attempt(), "usage", "whose signature is to be trusted was not said")
    w.refused(attempt("--key", w.other), "wrong-key", "--base")
    for options in (["--pubkey", w.pub], ["--key", w.other, "--pubkey", w.pub], ["--allow-unsigned"]):
        assert attempt(*options).returncode == 0, options
    done = lab.modferry("pack", w.new_project, "-o", w.new() / "b", "--pubkey", w.pub, env=w.env, check=False)
    w.refused(done, "usage", "go with --base")


def test_store_lacks(w):
    """Without the older zips modules go in alone, and it is said."""
    env = w.online()
    hidden = w.new() / "proxy"
    shutil.copytree(w.proxy, hidden)
    for path, version in OLD.items():
        if NEW.get(path) != version:
            (hidden / "example.com" / path / "@v" / f"{version}.zip").unlink()
    env["GOPROXY"] = f"file://{hidden}"
    bundle = w.new() / "bundle"
    done = lab.modferry("pack", w.new_project, "-o", bundle, "--key", w.key, "--base", w.old, "--json", env=env)
    told = json.loads(done.stdout)
    assert told["held"] == 5 and told["older_lacking"] == 3 and told["without_older"] == 6, told
    w.offline("unpack", bundle, "--proxy", w.tree(w.old))


def test_unpack(w):
    """From every kind of base into every kind of target: what the full bundle gives."""
    expected = {kind: files_of(w.tree(w.full, kind)) for kind in ("--proxy", "--modcache")}
    for name, base in w.bases().items():
        for kind in ("--proxy", "--modcache"):
            target = w.new() / "target"
            w.offline("unpack", w.difference, kind, target, "--base", base)
            assert files_of(target) == expected[kind], f"{kind} from {name}"
            w.judge(target)
        w.offline("verify", w.difference, "--base", base)
    for kind in ("--proxy", "--modcache"):
        tree = w.tree(w.old, kind)
        w.offline("unpack", w.difference, kind, tree)
        assert expected[kind].items() <= {**files_of(tree), **{n: c for n, c in expected[kind].items() if n.endswith("list")}}.items()
        w.offline("check", tree, trust=False)
        w.judge(tree)
        again = w.offline("unpack", w.difference, kind, tree)
        assert "nothing changed" in again.stdout, again.stdout


def test_no_zips(w):
    """Extracted modules alone: no zip is made, so none differs from the one that was packed."""
    whole = w.new() / "target"
    w.offline("unpack", w.full, "--modcache", whole, "--no-zips")
    for name, base in w.bases().items():
        target = w.new() / "target"
        told = json.loads(w.offline("unpack", w.difference, "--modcache", target, "--no-zips", "--base", base, "--json").stdout)
        assert told["rebuilt_differently"] == 0, (name, told)
        assert files_of(target) == files_of(whole), name


def test_pipe(w):
    """A difference needs no file: the lists come before what needs them."""
    tree = w.tree(w.old)
    with open(w.difference, "rb") as bundle:
        lab.run([lab.BIN / "modferry-offline", "unpack", "-", "--proxy", tree, "--pubkey", w.pub], stdin=bundle, env=lab.go_environment())
    w.judge(tree)


def test_refused(w):
    """No base, an incomplete one, a wrong one, a difference as base: named, and nothing is written."""
    def attempt(*options, target=None):
        target = target or w.new() / "target"
        before = files_of(target) if target.exists() else None
        done = w.offline("unpack", w.difference, "--proxy", target, *options, check=False)
        assert (files_of(target) if target.exists() and before is not None else None) == before, "something was written"
        assert before is not None or not [p for p in target.rglob("*.zip")], "something was written"
        return done
    w.refused(attempt(), "base", "lacks 9 of 9 modules", "example.com/keep@v1.0.0", "and 4 more", "next:")
    w.refused(w.offline("verify", w.difference, check=False), "base", "is a difference")
    lacking = w.tree(w.old)
    shutil.rmtree(lacking / "example.com/moved")
    w.refused(attempt("--base", lacking), "base", "lacks 1 of 9 modules", "example.com/moved@v1.0.0")
    w.refused(attempt(target=lacking), "base", "example.com/moved@v1.0.0")
    bare = w.tree(w.old, "--modcache", "--no-zips")
    w.refused(attempt("--base", bare), "base", "lacks 9 of 9 modules")
    packed = w.pack(w.new_project, "--base", bare / ".modferry/installed")
    assert not [m for m in w.list(packed)["modules"] if m["form"] == "held"], "zips that are not there count as held"
    for name in ("same", "lib"):
        wrong = w.tree(w.old)
        w.publish(name, "v1.0.0", {"go.mod": f"module example.com/{name}\n", "x.go": "package x\n"}, proxy=wrong)
        w.refused(attempt("--base", wrong), "base", "another h1", f"example.com/{name}@v1.0.0")
    w.refused(attempt("--base", w.difference), "base", "is a difference itself", "expand")
    stranger = w.pack(w.old_project, "--key", w.other, key=False)
    w.refused(attempt("--base", stranger), "wrong-key", "--base")
    # the record and stat say that nothing has changed: what is read tells
    for name, code in (("lib", "base"), ("same", "damaged")):
        changed, target = w.tree(w.old), w.new() / "target"
        file = changed / "example.com" / name / "@v/v1.0.0.zip"
        before = file.stat()
        with open(file, "r+b") as stream:
            stream.seek(before.st_size // 2)
            byte = stream.read(1)[0]
            stream.seek(before.st_size // 2)
            stream.write(bytes([byte ^ 1]))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        done = w.offline("unpack", w.difference, "--proxy", target, "--base", changed, check=False)
        w.refused(done, code, f"example.com/{name}@v1.0.0")
        assert not (target / "example.com" / name / "@v/v1.0.0.zip").exists(), "published"
    tiles = w.tree(w.old)
    shutil.rmtree(tiles / "sumdb" / testdb.NAME / "tile")
    w.refused(attempt("--base", tiles), "base", "lacks sumdb/")


def test_parts(w):
    """cat and unpack --only read what they need, and say what they lack."""
    base = w.tree(w.old)
    said = w.offline("cat", w.difference, "example.com/lib@v1.1.0/lib.go", "--base", base).stdout
    assert said == w.offline("cat", w.full, "example.com/lib@v1.1.0/lib.go").stdout
    said = w.offline("cat", w.difference, "example.com/same@v1.0.0/same.go", "--base", w.old).stdout
    assert said == w.offline("cat", w.full, "example.com/same@v1.0.0/same.go").stdout
    for what in ("example.com/lib@v1.1.0", "example.com/same@v1.0.0"):
        w.refused(w.offline("cat", w.difference, what, check=False), "base", "is a difference")
    target = w.new() / "target"
    w.offline("unpack", w.difference, "--proxy", target, "--only", "example.com/moved/*", "--base", base)
    assert {p.name for p in target.rglob("*.zip")} == {"v2.0.0.zip"}, list(target.rglob("*.zip"))
    fits = lab.modferry("fits", w.new_project, w.difference, "--pubkey", w.pub, env=w.env, check=False)
    w.refused(fits, "base", "is a difference")
    lab.modferry("diff", w.old, w.difference, "--pubkey", w.pub)


def test_expand(w):
    """The very file that packing in full writes, from every kind of base, but for the signature."""
    full = w.pack(w.new_project, key=False)
    zips = w.pack(w.new_project, "--payload", "zips", key=False)
    of_zips = w.pack(w.new_project, "--payload", "zips", "--base", w.old)
    for name, base in w.bases().items():
        out = w.new() / "expanded"
        w.offline("expand", w.difference, "--base", base, "-o", out)
        assert out.read_bytes() == full.read_bytes(), name
        lab.modferry("expand", w.difference, "--base", base, "-o", out, "--pubkey", w.pub, "--jobs", "1")
        assert out.read_bytes() == full.read_bytes(), name
        if name != "bundle":
            w.offline("expand", of_zips, "--base", base, "-o", out, "--compress", "1")
            assert out.read_bytes() == zips.read_bytes(), name
    w.refused(w.offline("expand", of_zips, "--base", w.old, "-o", w.new() / "x", check=False), "base", "does not have the zip")
    turned = w.new() / "proxy"
    shutil.copytree(w.proxy, turned)
    same = next(files for path, version, files in modules() if path == "same")
    w.publish("same", "v1.0.0", dict(reversed(same.items())), proxy=turned)
    other = w.pack(w.old_project, env={**w.online(), "GOPROXY": f"file://{turned}"})
    out = w.new() / "x"
    w.refused(w.offline("expand", w.difference, "--base", other, "-o", out, check=False), "base", "example.com/same@v1.0.0", "does not have the zip")
    w.refused(w.offline("expand", w.difference, "--base", w.tree(other), "-o", out, check=False), "base", "does not have the zip")
    assert not out.exists()
    w.refused(w.offline("expand", w.full, "--base", w.old, "-o", w.new() / "x", check=False), "usage", "is no difference")
    signed = w.new() / "signed"
    out = w.new() / "expanded"
    w.offline("expand", w.difference, "--base", w.old, "-o", out)
    lab.modferry("sign", out, "--key", w.key, "-o", signed, env={**w.env})
    assert signed.read_bytes() == w.full.read_bytes(), "signed anew it is the bundle packed in full"


def test_reader(w):
    """The reader that shares no code understands it too."""
    base = w.tree(w.old)
    lab.run([sys.executable, lab.REPO / "tests/reader/bundle_reader.py", "--base", base, w.difference])


def main():
    with tempfile.TemporaryDirectory() as scratch:
        world = World(scratch)
        for name, test in [(n, t) for n, t in globals().items() if n.startswith("test_")]:
            if len(sys.argv) > 1 and name not in sys.argv[1:]:
                continue
            test(world)
            print(f"{name}: ok", flush=True)


if __name__ == "__main__":
    main()
