#!/usr/bin/env python3
"""`modferry fits` against the real go: is what a bundle or a tree holds enough for a go.mod that has changed since?

usage: fits.py CASES [SEED]

The small project is packed at each level and unpacked. Then its go.mod and its imports are changed, by hand and CASES
times at random, and go says without network whether the level's commands work from the tree. fits must say
the same, from the bundle, from the proxy tree and from the GOMODCACHE.

A change is judged as it is (`raw`), or after go.mod and go.sum were made tidy with a network (`tidy`), as somebody does who
commits it.
"""
import os, random, shutil, sys, tempfile
from pathlib import Path

import lab

LEVELS = ("build", "test", "tidy")
DOWNLOAD = lab.FIXTURES / "gomodcache/cache/download"
QUESTIONS = {
    "build": [["build", "./..."], ["list", "-m", "all"]],
    "test": [["list", "-deps", "-test", "./..."], ["list", "-m", "all"]],
    "tidy": [["list", "-deps", "-test", "./..."], ["mod", "download"], ["mod", "tidy"], ["mod", "vendor"]],
}


def go_edit(*flags):
    return lambda project, env: lab.run(["go", "mod", "edit", *flags], cwd=project, env=env)


def imports(*packages):
    def change(project, _env):
        lines = "".join(f'import _ "{p}"\n' for p in packages)
        (project / f"more{len(list(project.iterdir()))}.go").write_text(f"package main\n\n{lines}")
    return change


# name, how it is judged, changes
BY_HAND = [
    ("unchanged", "tidy", []),
    ("an indirect requirement less", "raw", [go_edit("-droprequire=golang.org/x/sys")]),
    ("the one direct requirement less", "raw", [go_edit("-droprequire=github.com/gin-gonic/gin")]),
    ("only the direct requirement", "tidy", [lambda p, env: (p / "go.mod").write_text(
        "module example.com/gin\n\ngo 1.21\n\nrequire github.com/gin-gonic/gin v1.9.1\n")]),
    ("a version that is not held", "tidy", [go_edit("-require=golang.org/x/net@v0.38.0")]),
    ("the same, and no tidy", "raw", [go_edit("-require=golang.org/x/net@v0.38.0")]),
    ("a version of which the go.mod is held alone", "raw", [go_edit("-require=golang.org/x/text@v0.8.0")]),
    ("a package of a module that is required", "tidy", [imports("golang.org/x/net/html")]),
    ("a package of a module that only tests need", "tidy", [imports("github.com/stretchr/testify/assert")]),
    ("the same without requiring it", "raw", [imports("github.com/stretchr/testify/assert")]),
    ("a package that no module has", "raw", [imports("golang.org/x/net/nothing")]),
    ("a package of a module that is not held", "tidy", [imports("github.com/spf13/cobra")]),
    ("a module that does not exist", "raw", [go_edit("-require=example.com/none@v1.0.0")]),
    ("a replacement that is held", "tidy", [go_edit("-replace=golang.org/x/net=golang.org/x/net@v0.10.0")]),
    ("a replacement that is not held", "tidy", [go_edit("-replace=golang.org/x/net=golang.org/x/net@v0.17.0")]),
    ("an exclusion", "raw", [go_edit("-exclude=golang.org/x/net@v0.10.0", "-droprequire=golang.org/x/net")]),
    ("a lower go line", "raw", [go_edit("-go=1.16")]),
    ("a higher go line", "tidy", [go_edit("-go=1.22")]),
]


# A package all of whose files are excluded counts as provided (docs/decisions.md); go fails online as well.
EXCLUDED = "build constraints exclude all Go files in"


def unescape(text):
    out = text.split("!")
    return out[0] + "".join(part[:1].upper() + part[1:] for part in out[1:])


def versions(download, suffix):
    """{module path: its versions that a proxy tree has such files of}"""
    known = {}
    for file in sorted(download.glob(f"**/@v/*{suffix}")):
        path = unescape(str(file.parent.parent.relative_to(download)))
        if not path.startswith("golang.org/toolchain"):
            known.setdefault(path, []).append(unescape(file.stem))
    return known


def required(project):
    words = [line.split() for line in (project / "go.mod").read_text().replace("require ", "").splitlines()]
    return [w[0] for w in words if len(w) > 1 and w[1].startswith("v") and "." in w[0]]


class World:
    def __init__(self, scratch, prefix, online):
        self.scratch, self.prefix, self.online = scratch, prefix, online
        self.count = {True: 0, False: 0}
        self.base = scratch / "base"
        shutil.copytree(lab.REPO / "tests/gin", self.base)
        env = lab.go_environment(GOPROXY=f"file://{DOWNLOAD}", XDG_CACHE_HOME=scratch / "pack-cache",
                                 GOMODCACHE=scratch / "none", GOSUMDB=online["GOSUMDB"])
        host = "/".join(lab.run(["go", "env", "GOOS", "GOARCH"], env=env).stdout.split())
        # without a platform fits counts every constraint as satisfiable, go only those of this host
        self.level_options = {"build": ["--level", "build", "--platform", host],
                              "test": ["--level", "test", "--platform", host], "tidy": []}
        for level in LEVELS:
            bundle, tree = scratch / f"{level}.tar.zst", scratch / f"{level}-tree"
            lab.modferry("pack", self.base, *self.level_options[level], "-o", bundle, env=env)
            for kind, target in (("--proxy", tree), ("--modcache", scratch / f"{level}-modcache")):
                lab.modferry("unpack", bundle, "--allow-unsigned", kind, target, program="modferry-offline")
        # what random changes draw from: everything there is, what is held, what is mentioned in what is held
        self.sources = [versions(DOWNLOAD, ".zip"), versions(scratch / "tidy-tree", ".zip"),
                        versions(scratch / "tidy-tree", ".mod")]

    def works(self, level, project):
        """What go says; the reason where it does not work."""
        env = lab.go_environment(GOPROXY=f"file://{self.scratch}/{level}-tree", GOMODCACHE=self.scratch / f"{level}-m")
        copy = self.scratch / "copy"
        for question in QUESTIONS[level]:
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(project, copy)
            done = lab.run([*self.prefix, "go", *question], cwd=copy, env=env, check=False)
            if done.returncode:
                return f"go {' '.join(question)}: {done.stderr.strip()[-600:]}"
        return ""

    def fits(self, level, project):
        """What fits says of everything that holds the level's modules, which must be one thing."""
        env = lab.go_environment(XDG_CACHE_HOME=self.scratch / "fits-cache", GOPROXY="off", GOMODCACHE=self.scratch / "none")
        answers = []
        for held in ([self.scratch / f"{level}.tar.zst", "--allow-unsigned"],
                     [self.scratch / f"{level}-tree", *self.level_options[level]],
                     [self.scratch / f"{level}-modcache", *self.level_options[level]]):
            done = lab.modferry("fits", project, *held, env=env, check=False)
            assert done.returncode in (0, 1), f"fits {held}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            answers.append((done.returncode, done.stdout.replace("UNVERIFIED\n", "")))
        assert answers[0] == answers[1] == answers[2], f"{level}: bundle, tree and GOMODCACHE differ: {answers}"
        return answers[0]

    def judge(self, name, how, project):
        before = {f: (project / f).read_bytes() for f in ("go.mod", "go.sum")}
        for level in LEVELS:
            status, said = self.fits(level, project)
            why = self.works(level, project)
            text = f"{name} ({how}), level {level}: fits says {'no' if status else 'yes'}, go {'no' if why else 'yes'}"
            print(text, flush=True)
            if status == 0 and EXCLUDED in why:
                print("  everything is held, but no file of an imported package counts on this platform")
                continue
            assert (status != 0) == bool(why), f"{text}\n{said}\n{why}\n{before['go.mod'].decode()}"
            assert status == 0 or said, f"{text}: no reason is given"
            self.count[status == 0] += 1
        assert before == {f: (project / f).read_bytes() for f in before}, "fits or the judge changed the project"

    def run(self, name, how, changes):
        """Applies the changes to a copy; False where there is nothing to judge."""
        project = self.scratch / "project"
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(self.base, project)
        for change in changes:
            change(project, self.online)
        if how == "tidy":
            done = lab.run(["go", "mod", "tidy"], cwd=project, env=self.online, check=False)
            if done.returncode:
                return False
        self.judge(name, how, project)
        return True

    def random_change(self, rng):
        known = rng.choice(self.sources)
        path, foreign = rng.choice(required(self.base)), rng.choice(sorted(known))
        version, other = rng.choice(known.get(path, ["v1.0.0"])), rng.choice(known[foreign])
        require, new = go_edit(f"-require={path}@{version}"), go_edit(f"-require={foreign}@{other}")
        use = imports(foreign)
        return rng.choice([
            (f"{path} {version}", require),
            (f"{path} less", go_edit(f"-droprequire={path}")),
            (f"{path} => {version}", go_edit(f"-replace={path}={path}@{version}")),
            (f"{foreign} {other}", new),
            (f"import {foreign} {other}", lambda p, env: (new(p, env), use(p, env))),
        ])


def main():
    if len(sys.argv) not in (2, 3) or not all(a.isdigit() for a in sys.argv[1:]):
        sys.exit(__doc__)
    cases, seed = (int(a) for a in (*sys.argv[1:], "1")[:2])
    lab.require_go()
    prefix = lab.isolation()
    lab.fetch_fixture("gin")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        lab.database(scratch)  # the fixtures hold none
        online = lab.go_environment(GOPROXY=f"file://{DOWNLOAD}", GOMODCACHE=scratch / "online",
                                    GOSUMDB=f"{lab.GOSUMDB} file://{scratch}/sumdb/{lab.testdb.NAME}")
        world = World(scratch, prefix, online)
        for name, how, changes in BY_HAND:
            if not world.run(name, how, changes):
                print(f"{name}: the fixtures lack what go mod tidy wants")
        rng, done = random.Random(seed), 0
        for _ in range(20 * cases):
            if done == cases:
                break
            picked = [world.random_change(rng) for _ in range(rng.randint(1, 3))]
            how = rng.choice(("tidy", "tidy", "raw"))
            done += world.run("; ".join(name for name, _ in picked), how, [change for _, change in picked])
        lab.run(["chmod", "-R", "u+w", scratch])
    assert min(world.count.values()) > 10, f"one-sided: {world.count}"
    print(f"fits: passed, {world.count[True]} times yes, {world.count[False]} times no, {done} random changes")


if __name__ == "__main__":
    main()
