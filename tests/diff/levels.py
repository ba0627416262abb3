#!/usr/bin/env python3
"""The zips of each level against what the real go takes.

usage: levels.py PROJECT...      projects of tests/e2e/lab.py; environment: MODFERRY_BIN

For each level, the commands that it promises run with an empty module cache against the fixtures as a static proxy; the
zips that go leaves in its cache are what it needs. They must all be in the level. Where go can be asked for the whole
level (build and test for one platform; tidy with `go mod tidy` and `go mod download`), nothing else may be.
"""
import json, shutil, sys, tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import lab

PLATFORM = ["--platform", "linux/amd64"]
# level, options, commands with their settings, whether the sets must be equal
CASES = [
    ("build", PLATFORM, [(["list", "-deps", "./..."], {"CGO_ENABLED": "1"}), (["list", "-deps", "./..."], {"CGO_ENABLED": "0"})], True),
    ("test", PLATFORM, [(["list", "-deps", "-test", "./..."], {"CGO_ENABLED": "1"}), (["list", "-deps", "-test", "./..."], {"CGO_ENABLED": "0"})], True),
    ("build", [], [(["list", "-deps", "./..."], {"GOOS": os, "GOARCH": arch, "CGO_ENABLED": cgo})
                   for os, arch in (("linux", "amd64"), ("windows", "amd64"), ("darwin", "arm64"), ("freebsd", "386")) for cgo in "01"], False),
    ("tidy", [], [(["mod", "tidy"], {}), (["mod", "download"], {})], True),
    ("tidy", [], [(["mod", "vendor"], {}), (["mod", "why", "-m", "all"], {}), (["list", "-mod=mod", "-test", "-deps", "all"], {})], False),
    ("all", [], [(["mod", "download", "all"], {})], True),
]


def unescape(s):
    import re
    return re.sub("!([a-z])", lambda m: m[1].upper(), s)


def taken(project, commands, scratch):
    """path@version of the zips that the commands fetch, together."""
    zips = set()
    for args, settings in commands:
        work, cache = scratch / "work", scratch / "cache"
        shutil.copytree(project, work)
        env = lab.go_environment(GOPROXY=f"file://{lab.FIXTURES}/gomodcache/cache/download", GOSUMDB="off",
                                 GOMODCACHE=cache, **settings)
        lab.run(["go", *args], cwd=work, env=env)
        download = cache / "cache/download"
        for zip_file in download.rglob("*.zip"):
            path, version = str(zip_file.relative_to(download)).split("/@v/")
            zips.add(unescape(path) + "@" + unescape(version[: -len(".zip")]))
        shutil.rmtree(work), shutil.rmtree(cache)
    return zips


def main():
    lab.require_go()
    failed = False
    print("| project | level | options | needed by go | packed | missing | surplus |\n|---|---|---|---|---|---|---|")
    for name in sys.argv[1:] or ["gin"]:
        project = lab.fetch_fixture(name)
        with tempfile.TemporaryDirectory() as scratch:
            env = lab.go_environment(GOPROXY=f"file://{lab.FIXTURES}/gomodcache/cache/download",
                                     XDG_CACHE_HOME=Path(scratch) / "store", GOMODCACHE=Path(scratch) / "none")
            for level, options, commands, exact in CASES:
                need = taken(project, commands, Path(scratch))
                found = json.loads(lab.modferry("resolve", project, "--level", level, *options, "--json", env=env).stdout)
                have = {f"{m['path']}@{m['version']}" for m in found["modules"] if not m["only_mod"]}
                missing, surplus = sorted(need - have), sorted(have - need)
                bad = missing or (exact and surplus)
                failed |= bool(bad)
                print(f"| {name} | {level} | {' '.join(options)} | {len(need)} | {len(have)} | {len(missing)} | {len(surplus)} |"
                      + (f" missing {missing} surplus {surplus}" if bad else ""), flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
