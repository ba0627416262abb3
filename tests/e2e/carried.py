#!/usr/bin/env python3
"""The checksum database past the gap: real go clients with their checks on, no network, fed from unpacked bundles.

usage: carried.py [TEST...]
Three bundles are packed while the database grows. They are unpacked into trees in order, out of order, with one skipped, and
by packers that do not know of each other. After each, clients that have seen nothing, and clients that hold any head
published in that tree, must be able to download everything; or the bundle was refused and nothing written.
"""
import re, shutil, sys, tempfile, time, zipfile
from pathlib import Path

import lab
import testdb

NAME = testdb.NAME
PROJECTS = {1: ("one", "Two"), 2: ("Two", "three"), 3: ("four",)}


class World:
    def __init__(self, scratch):
        self.scratch, self.count, self.isolation = Path(scratch), 0, lab.isolation()
        self.proxy = self.scratch / "proxy"
        spec = "".join(f"-- example.com/{m}@v1.0.0 --\ngo 1.21\n" for m in ("one", "Two", "three", "four"))
        lab.run([sys.executable, lab.REPO / "tests/cli/mkproxy.py", self.proxy, "--no-sumdb"], input=spec)
        self.database = testdb.Database(self.proxy / "sumdb" / NAME)
        self.database.fill(30000)
        self.database.add_tree(self.proxy)
        self.key, self.pub = self.scratch / "key", self.scratch / "pub"
        lab.modferry("keygen", "--no-password", "--secret", self.key, "--public", self.pub)
        self.online = self.online_environment()
        self.bundles = {}
        for number in PROJECTS:  # the second head is on the same tile as the first, the third far away
            self.database.fill({1: 700, 2: 7, 3: 60000}[number])
            self.database.publish()
            self.bundles[number] = self.pack(number, self.online)
        self.heads = {n: self.head_of(b) for n, b in self.bundles.items()}

    def new(self):
        self.count += 1
        path = self.scratch / f"d{self.count}"
        path.mkdir()
        return path

    def online_environment(self):
        home = self.new()
        return lab.go_environment(GOPROXY=f"file://{self.proxy}", HOME=home, GOPATH=home / "go", XDG_CACHE_HOME=home / "cache")

    def project(self, *numbers):
        top = self.new()
        modules = sorted({m for n in numbers for m in PROJECTS[n]})
        (top / "go.mod").write_text("module example.com/p\n\ngo 1.21\n\nrequire (\n" +
                                    "".join(f"\texample.com/{m} v1.0.0\n" for m in modules) + ")\n")
        (top / "p.go").write_text("package p\n\nimport (\n" + "".join(f'\t_ "example.com/{m}"\n' for m in modules) + ")\n")
        return top

    def pack(self, number, env, *options):
        project, bundle = self.project(number), self.new() / "bundle"
        lab.run(["go", "mod", "tidy"], cwd=project, env=env)
        lab.modferry("pack", project, "--level", "all", "--key", self.key, "-o", bundle, "--quiet", *options, env=env)
        lab.run([sys.executable, lab.REPO / "tests/reader/bundle_reader.py", bundle])
        return bundle

    def head_of(self, bundle):
        import json
        manifest = self.new() / "manifest"
        lab.modferry("list", bundle, "--pubkey", self.pub, "--manifest", manifest, program="modferry-offline")
        return json.loads(manifest.read_text())["provenance"]["tree_head"]

    def unpack(self, bundle, tree, kind="--proxy", check=True, env=None):
        env = env or lab.go_environment()
        return lab.modferry("unpack", bundle, "--pubkey", self.pub, kind, tree, program="modferry-offline", env=env, check=check)

    def client(self, tree, seen=None, modcache=None):
        """The environment of a client, from what `env` prints; `seen` is the head that it holds."""
        home = self.new()
        printed = lab.modferry("env", tree, "--format", "goenv", program="modferry-offline", env=lab.go_environment()).stdout
        settings = dict(line.split("=", 1) for line in printed.splitlines() if not line.startswith("#"))
        assert settings["GOSUMDB"] == lab.GOSUMDB, f"env prints no GOSUMDB: {printed}"
        if seen:
            latest = home / "go/pkg/sumdb" / NAME / "latest"
            latest.parent.mkdir(parents=True)
            latest.write_text(seen)
        settings.setdefault("GOMODCACHE", home / "modcache")
        return lab.go_environment(**{"HOME": home, "GOPATH": home / "go", "GOFLAGS": "-modcacherw", **settings})

    def go(self, args, cwd, env, check=True):
        return lab.run([*self.isolation, "go", *args], cwd=cwd, env=env, check=check)

    def judge(self, tree, numbers, heads=()):
        """Clients without go.sum: one that has seen nothing, one for each head that was published here."""
        for seen in (None, *heads):
            project, env = self.project(*numbers), self.client(tree, seen)
            self.go(["mod", "download", "all"], project, env)
            self.go(["mod", "tidy"], project, env)
            self.go(["build", "./..."], project, env)
            self.go(["mod", "verify"], project, env)
            latest = (Path(env["GOPATH"]) / "pkg/sumdb" / NAME / "latest").read_text()
            assert int(latest.split("\n")[1]) >= int((seen or "\n0").split("\n")[1])


def content_of(tree):
    return {str(p.relative_to(tree)): p.read_bytes() for p in sorted(Path(tree).rglob("*"))
            if p.is_file() and p.name not in ("lock", "installed")}


def test_sums(world):
    """go.sum comes back as it was: by download and by tidy, in both kinds of tree."""
    tree, cache = world.new(), world.new()
    world.unpack(world.bundles[1], tree)
    world.unpack(world.bundles[1], cache, "--modcache")
    online = world.project(1)
    lab.run(["go", "mod", "tidy"], cwd=online, env=world.online)
    want = (online / "go.sum").read_text()
    for target in (tree, cache):
        project, env = world.project(1), world.client(target)
        world.go(["mod", "tidy"], project, env)
        assert (project / "go.sum").read_text() == want, f"{target}: go.sum differs"
        (project / "go.sum").unlink()
        world.go(["mod", "download"], project, env)
        world.go(["mod", "tidy"], project, env)
        assert (project / "go.sum").read_text() == want, f"{target}: go.sum differs"
    assert (tree / "sumdb" / NAME / "supported").exists() and not (cache / "cache/download/sumdb" / NAME / "supported").exists()
    again = world.unpack(world.bundles[1], tree)
    assert "nothing changed" in again.stdout, again.stdout


def test_security_error(world):
    """go notices a byte that changed in a zip, or in a lookup."""
    tree = world.new()
    world.unpack(world.bundles[1], tree)
    victim = tree / "example.com/one/@v/v1.0.0.zip"
    with zipfile.ZipFile(victim, "w") as z:
        z.writestr("example.com/one@v1.0.0/go.mod", "module example.com/one\n\ngo 1.21\n")
        z.writestr("example.com/one@v1.0.0/one.go", "package one // changed\n")
    project, env = world.project(1), world.client(tree)
    done = world.go(["mod", "download", "all"], project, env, check=False)
    assert done.returncode != 0 and "SECURITY ERROR" in done.stderr, done.stderr
    tree = world.new()
    world.unpack(world.bundles[1], tree)
    lookup = tree / "sumdb" / NAME / "lookup/example.com/one@v1.0.0"
    assert lab.modferry("check", tree, program="modferry-offline", check=False).returncode == 0
    lookup.write_text(re.sub("h1:(.)", lambda m: "h1:B" if m[1] == "A" else "h1:A", lookup.read_text(), count=1))
    done = world.go(["mod", "download", "all"], world.project(1), world.client(tree), check=False)
    assert done.returncode != 0 and "cannot authenticate record data" in done.stderr, done.stderr
    done = lab.modferry("check", tree, program="modferry-offline", check=False)
    assert done.returncode == 1 and "lookup/example.com/one@v1.0.0 is not in the tree" in done.stderr, done.stderr


def flipped(file, what):
    """Flips one bit of the last place where the bytes `what` stand in a file; returns what was there."""
    content = file.read_bytes()
    at = content.rindex(what)
    file.chmod(0o644)
    file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1:])
    return content


def test_flips(world):
    """One bit of a zip or a .mod in a tree, however it was filled: go itself reports it, whatever head it has seen."""
    def of_packers():
        tree = world.new()
        world.unpack(world.bundles[1], tree)
        bundle = world.pack(3, world.online_environment(), "--since-head", tree / ".modferry/heads")
        world.unpack(bundle, tree)
        return tree, [1, 3], [world.heads[1], world.head_of(bundle)]

    def of_order(*order):
        tree = world.new()
        for number in order:
            world.unpack(world.bundles[number], tree)
        return tree, order, [world.heads[n] for n in order]
    for what, (tree, numbers, heads) in (("in order", of_order(1, 2, 3)), ("out of order", of_order(3, 1, 2)),
                                         ("one skipped", of_order(1, 3)), ("two packers", of_packers())):
        for number, seen in zip(numbers, [None, *heads]):
            name = PROJECTS[number][0]
            stem = f"example.com/{lab.escape(name)}/@v/v1.0.0"
            # the name in the zip's directory: it stays a zip, of another file
            for file, place in ((tree / f"{stem}.zip", b"go.mod"), (tree / f"{stem}.mod", b"1.21")):
                before = flipped(file, place)
                project, env = world.project(*numbers), world.client(tree, seen)
                done = world.go(["mod", "download", "all"], project, env, check=False)
                assert done.returncode != 0 and "SECURITY ERROR" in done.stderr, f"{what}: {file.name}: {done.stderr}"
                done = lab.modferry("check", tree, program="modferry-offline", check=False)
                assert done.returncode == 1, f"{what}: {file.name}: check exits with {done.returncode}"
                file.write_bytes(before)
        world.judge(tree, numbers, heads)
        print(f"  {what}: ok", flush=True)


def test_orders(world):
    """The bundles of one packer, in every order of interest."""
    for order in ((1, 2, 3), (3, 1, 2), (1, 3), (2, 1), (3, 2)):
        for kind in ("--proxy", "--modcache"):
            tree, unpacked = world.new(), []
            for number in order:
                world.unpack(world.bundles[number], tree, kind)
                unpacked.append(number)
                world.judge(tree, unpacked, [world.heads[n] for n in unpacked])
            checked = lab.modferry("check", tree, program="modferry-offline").stdout
            assert "records proved, complete" in checked, checked
            notes = (tree / ".modferry/heads").read_text()
            assert all(world.heads[n] in notes for n in order)
        print(f"  {order}: ok", flush=True)


def test_packers(world):
    """Two packers: the second does not know what the first one shipped. It is refused, until it is told."""
    tree = world.new()
    world.unpack(world.bundles[1], tree)
    world.database.fill(70000)
    world.database.publish()
    stranger = world.online_environment()
    bundle, before = world.pack(3, stranger), content_of(tree)
    done = world.unpack(bundle, tree, check=False)
    assert done.returncode == 1 and "--since-head" in done.stderr, done.stderr
    sizes = [head.split("\n")[1] for head in (world.heads[1], world.head_of(bundle))]
    assert all(f"size {size}" in done.stderr for size in sizes), done.stderr
    assert content_of(tree) == before, "something was written"
    world.judge(tree, [1], [world.heads[1]])
    stranger = world.online_environment()
    bundle = world.pack(3, stranger, "--since-head", tree / ".modferry/heads")
    world.unpack(bundle, tree)
    world.judge(tree, [1, 3], [world.heads[1], world.head_of(bundle)])


def test_exempt(world):
    """Private modules are not asked for; a bundle without proofs takes `supported` away until they come."""
    env = {**world.online_environment(), "GONOSUMDB": "example.com/Two"}
    bundle, tree = world.pack(1, env), world.new()
    world.unpack(bundle, tree)
    printed = lab.modferry("env", tree, program="modferry-offline").stdout
    assert "GONOSUMDB='example.com/Two'" in printed, printed
    assert (tree / "sumdb" / NAME / "supported").exists()
    world.judge(tree, [1])
    world.unpack(world.pack(3, world.online_environment(), "--no-sumdb"), tree)
    assert not (tree / "sumdb" / NAME / "supported").exists(), "the database is not complete any more"
    assert "no complete checksum database" in lab.modferry("env", tree, program="modferry-offline").stdout
    stranger = world.online_environment()
    world.unpack(world.pack(3, stranger, "--since-head", tree / ".modferry/heads"), tree)
    assert (tree / "sumdb" / NAME / "supported").exists()
    world.judge(tree, [1, 3])


def test_off(world):
    """GOSUMDB=off on the far side: nothing of the database is published."""
    tree = world.new()
    world.unpack(world.bundles[1], tree, env=lab.go_environment(GOSUMDB="off"))
    assert not (tree / "sumdb").exists() and not (tree / ".modferry/heads").exists()
    world.unpack(world.bundles[1], tree)
    world.judge(tree, [1], [world.heads[1]])


def main():
    lab.require_go()
    with tempfile.TemporaryDirectory() as scratch:
        world = World(scratch)
        for test in (test_sums, test_security_error, test_packers, test_exempt, test_off, test_flips, test_orders):
            name, started = test.__name__.removeprefix("test_"), time.monotonic()
            if not sys.argv[1:] or name in sys.argv[1:]:
                test(world)
                print(f"{name}: {time.monotonic() - started:.1f} s", flush=True)
        lab.run(["chmod", "-R", "u+w", scratch])
        for path in Path(scratch).iterdir():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else None
    print("carried: passed")


if __name__ == "__main__":
    main()
