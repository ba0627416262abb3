#!/usr/bin/env python3
"""A real update over the gap: the closure of prometheus v0.304.0, and then of v0.305.0 as a difference to it.

usage: update.py
The size of the difference, everything counted, is held against the goal of the project: 0.09 of the zips of the modules that
changed, from the default level on. Other tools are measured beside it, and memory with two threads. The bundle that
`expand` makes has to be the one that is packed in full, and the real go has to build from the tree.

The checksum database has each module's record in a tile of its own, as in the world's, where they lie far apart.
"""
import filecmp, json, os, shutil, subprocess, tempfile
from pathlib import Path

import lab
import measured
import testdb

GOAL = 0.09
PEAK = 256 << 20
OLD = "github.com/prometheus/prometheus@v0.304.0"
NEW = "github.com/prometheus/prometheus@v0.305.0"
BEFORE = "prometheus-old"
lab.PROJECTS[BEFORE] = (OLD, OLD, "github.com/prometheus/prometheus/cmd/promtool")


def database(top):
    """Records at distances, so that no two share a tile."""
    made = testdb.Database(top / "sumdb" / testdb.NAME)
    for path, version, stem in testdb.modules_of(lab.FIXTURES / "gomodcache/cache/download"):
        made.fill(256)
        made.add(testdb.record_of(path, version, stem))
    made.fill(70000)
    made.publish()


def peers(runner, old, new, scratch):
    """What zstd and xdelta3 make of the tars of the same files."""
    tars = []
    for bundle in (old, new):
        tars.append(scratch / f"{bundle.name}.tar")
        with open(tars[-1], "wb") as out:
            subprocess.run(["zstd", "-dcq", bundle], stdout=out, check=True)
    tools = {"zstd -9 --patch-from": ["zstd", "-q", "-f", "-9", "--long=31", f"--patch-from={tars[0]}", tars[1], "-o", scratch / "patch"],
             "xdelta3 -9": ["xdelta3", "-f", "-e", "-9", "-B", "2147483648", "-s", tars[0], tars[1], scratch / "patch"]}
    for name, command in tools.items():
        if not shutil.which(command[0]):
            print(f"{name}: not installed")
            continue
        taken = runner.run(command)
        yield name, (scratch / "patch").stat().st_size, taken.cpu, taken.wall


def main():
    lab.require_go()
    isolation = lab.isolation()
    for name in (BEFORE, "prometheus"):
        lab.fetch_fixture(name)
    with tempfile.TemporaryDirectory() as scratch, lab.loopback_proxy(scratch) as url, measured.Runner() as runner:
        scratch = Path(scratch)
        database(scratch)
        env = lab.go_environment(GOPROXY=url, XDG_CACHE_HOME=scratch / "cache", GOMODCACHE=scratch / "none",
                                 SOURCE_DATE_EPOCH="1000000000", TMPDIR=scratch)

        def ferry(*args):
            """What modferry prints, CPU seconds, and the peak of its memory in bytes."""
            taken = runner.run([lab.BIN / "modferry", *args], scratch, env, scratch / "told")
            return (scratch / "told").read_text(), taken.cpu, taken.memory

        old, full, tree = scratch / "old", scratch / "full", scratch / "tree"
        ferry("pack", OLD, "--level", "all", "-o", old, "--quiet")
        told, full_cpu, _ = ferry("pack", NEW, "--level", "all", "-o", full, "--quiet", "--json")
        whole = json.loads(told)
        results = {}
        for level in (9, 12, 19):
            out = scratch / f"difference-{level}"
            told, cpu, peak = ferry("pack", NEW, "--level", "all", "--base", old, "--allow-unsigned", "--compress", level, "--jobs", 2,
                                    "-o", out, "--quiet", "--json", "--offline")
            r = json.loads(told)
            assert r["id"] == whole["id"]
            results[level] = (out, r, peak)
            print(f"level {level}: {out.stat().st_size} bytes for {r['zips'] - r['held']} modules with {r['carried_zip_size']} bytes of zips: "
                  f"{out.stat().st_size / r['carried_zip_size']:.4f}; {cpu:.0f} s of CPU, peak {peak >> 20} MiB", flush=True)
        print(f"in full, level 9: {full.stat().st_size} bytes, {full_cpu:.0f} s of CPU")
        difference, r, peak = results[9]
        ferry("unpack", old, "--proxy", tree, "--allow-unsigned", "--quiet")
        for base in (tree, old):
            out = scratch / "expanded"
            _, cpu, expanded_peak = ferry("expand", difference, "--base", base, "-o", out, "--allow-unsigned", "--quiet", "--jobs", 2)
            assert filecmp.cmp(out, full, shallow=False), f"expanded from {base.name}: another bundle"
            out.unlink()
            _, verify_cpu, verify_peak = ferry("verify", difference, "--base", base, "--allow-unsigned", "--quiet", "--jobs", 2)
            print(f"from the {base.name}: expand {cpu:.0f} s of CPU, peak {expanded_peak >> 20} MiB; verify {verify_cpu:.0f} s, {verify_peak >> 20} MiB", flush=True)
            assert max(verify_peak, expanded_peak) < PEAK, "verify or expand takes too much memory"
        _, cpu, unpack_peak = ferry("unpack", difference, "--proxy", tree, "--allow-unsigned", "--quiet", "--jobs", 2)
        print(f"unpack into the tree: {cpu:.0f} s of CPU, peak {unpack_peak >> 20} MiB", flush=True)
        settings = lab.modferry("env", tree, "--format", "goenv", program="modferry-offline", env=lab.go_environment()).stdout
        settings = dict(line.split("=", 1) for line in settings.splitlines() if not line.startswith("#"))
        work, far = scratch / "work", lab.go_environment(**{"GOMODCACHE": scratch / "far", "GOFLAGS": "-modcacherw", **settings})
        work.mkdir()
        for args in (["mod", "init", "example.com/at"], ["get", NEW],
                     ["build", "-mod=mod", "-o", os.devnull, lab.PROJECTS["prometheus"][2]], ["mod", "verify"]):
            lab.run([*isolation, "go", *args], cwd=work, env=far)
        for name, size, cpu, wall in peers(runner, old, full, scratch):
            print(f"{name} on the tars: {size} bytes, {size / r['carried_zip_size']:.4f}; {cpu:.0f} s of CPU, {wall:.0f} s", flush=True)
        for level in (9, 12):
            assert results[level][2] < PEAK, f"level {level} takes {results[level][2] >> 20} MiB"
        for level, (out, found, _) in results.items():
            ratio = out.stat().st_size / found["carried_zip_size"]
            assert ratio <= GOAL, f"level {level}: {ratio:.4f} is above {GOAL}"
        print("update: passed")


if __name__ == "__main__":
    main()
