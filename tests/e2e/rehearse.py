#!/usr/bin/env python3
"""End to end: `modferry rehearse` of gin, as a directory and as path@version, with its tests, and stopped half-way.

The promises of real bundles are kept; one that promises more than it holds is found out; nothing is left behind,
neither files nor processes, also where a signal comes while go is at work.

usage: rehearse.py core|all
"""
import json, os, shutil, signal, subprocess, sys, tempfile, time
from pathlib import Path

import lab


def processes_below(directory):
    """Arguments of every process that works in the directory or was told of it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            cwd, environ = os.readlink(entry / "cwd"), (entry / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if cwd.startswith(str(directory)) or f"={directory}/" in environ and "GOMODCACHE=" + str(directory) in environ:
            found.append(words)
    return found


def state(directory):
    return {str(p.relative_to(directory)): (p.stat().st_mtime_ns, p.read_bytes()) for p in directory.rglob("*") if p.is_file()}


class World:
    def __init__(self, scratch, url):
        self.scratch, self.tmp = Path(scratch), Path(scratch) / "tmp"
        self.tmp.mkdir()
        self.project = self.scratch / "gin"
        shutil.copytree(lab.fetch_fixture("gin"), self.project)
        lab.run(["chmod", "-R", "u+w", self.project])
        self.env = lab.go_environment(GOPROXY=url, XDG_CACHE_HOME=self.scratch / "cache", GOMODCACHE=self.scratch / "none",
                                      TMPDIR=self.tmp)
        lab.database(scratch)
        # nothing of this may reach the go of a rehearsal; its checksum database is the one that travels
        self.env.update(GOFLAGS="-mod=vendor", GOWORK="/none", GONOSUMDB="example.com/none", GOTOOLCHAIN="go1.1", CC="/bin/false")

    def pack(self, name, *words):
        bundle = self.scratch / name
        env = {**self.env, "GOWORK": "off", "GOFLAGS": ""}
        lab.modferry("pack", *words, "--quiet", "-o", bundle, env=env)
        return bundle

    def rehearse(self, bundle, *words, check=True):
        done = lab.modferry("rehearse", bundle, "--allow-unsigned", *words, env=self.env, check=check)
        assert not list(self.tmp.iterdir()), list(self.tmp.iterdir())
        assert not processes_below(self.tmp), processes_below(self.tmp)
        return done


def results(done):
    return {(c["command"], c["result"]) for root in json.loads(done.stdout)["roots"] for c in root["commands"]}


def directory(world):
    """Level tidy, all that is promised, tests included; the project stays as it is."""
    bundle = world.pack("dir.tar.zst", world.project)
    before, record = state(world.project), world.scratch / "rec.tar.zst"
    done = results(world.rehearse(bundle, "--root", world.project, "--run-tests", "--record", record, "--json"))
    commands = json.loads(lab.modferry("list", bundle, "--allow-unsigned", "--json").stdout)["roots"][0]["commands"]
    assert "go test all" in commands and done == {(c, "ok") for c in commands}, done
    assert state(world.project) == before, "the project was changed"
    lab.run([sys.executable, lab.REPO / "tests/reader/bundle_reader.py", record])
    shown = json.loads(lab.modferry("list", record, "--allow-unsigned", "--json").stdout)
    assert shown["roots"][0]["rehearsed"]["settings"] == [], "go ran with its checks off"
    assert all("log_index" in m for m in shown["modules"]), shown["modules"]
    lab.run([lab.BIN / "modferry", "diff", bundle, record, "--allow-unsigned"])
    assert str(world.scratch).encode() not in record.read_bytes()
    print("directory: ok")


def too_much(world):
    """At level build, go mod download all has not what it wants."""
    bundle, more = world.pack("build.tar.zst", world.project, "--level", "build"), world.scratch / "more.tar.zst"
    lab.run([sys.executable, lab.REPO / "tests/reader/promiser.py", bundle, more, "go mod download all", "go mod tidy"])
    done = world.rehearse(more, "--root", world.project, "--json", check=False)
    failed = {command for command, result in results(done) if result == "failed"}
    assert done.returncode == 1 and failed == {"go mod download all", "go mod tidy"}, done.stdout
    print("too much: ok")


def at(world):
    bundle = world.pack("at.tar.zst", lab.PROJECTS["gin"][1])
    done = results(world.rehearse(bundle, "--run-tests", "--json"))
    failed = {command for command, result in done if result != "ok"}
    assert not failed, failed
    assert len(done) >= 6, done
    print("path@version: ok")


def interrupted(world, number, seconds):
    """A signal while compilers run."""
    child = subprocess.Popen([lab.BIN / "modferry", "rehearse", world.scratch / "dir.tar.zst", "--allow-unsigned", "--root",
                              world.project], env=world.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + seconds
    while not any("/compile " in words for words in processes_below(world.tmp)):
        assert time.monotonic() < deadline and child.poll() is None, "no compiler was seen"
        time.sleep(0.02)
    child.send_signal(number)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 128 + number, (child.returncode, out, err)
    assert not list(world.tmp.iterdir()), list(world.tmp.iterdir())
    assert not processes_below(world.tmp), processes_below(world.tmp)
    print(f"signal {number}: ok")


def main():
    if sys.argv[1:] not in (["core"], ["all"]):
        sys.exit(__doc__)
    lab.require_go()
    lab.isolation()
    with tempfile.TemporaryDirectory() as scratch, lab.loopback_proxy(scratch) as url:
        world = World(scratch, url)
        directory(world)
        interrupted(world, signal.SIGINT, 300)
        too_much(world)
        if sys.argv[1] == "all":
            interrupted(world, signal.SIGTERM, 300)
            at(world)
    print("rehearse: passed")


if __name__ == "__main__":
    main()
