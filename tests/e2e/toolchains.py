#!/usr/bin/env python3
"""End to end: a go past the gap switches by itself to a toolchain that was carried, without network.

    toolchains.py small     toolchains whose bin/go is a script that prints its name
    toolchains.py real      a release of Go

Both from a proxy tree, from a module cache, and from a module cache on a read-only mount.
"""
import json, os, shutil, subprocess, sys, tempfile
from pathlib import Path

import lab

REAL = "go1.21.13"
NAMED, LATER = "go1.26.99", "go1.27.0"


def describe(platform):
    """Toolchains for this machine, and modules that want them, for tests/cli/mkproxy.py."""
    text = ""
    for name in (NAMED, LATER):
        text += (f"-- golang.org/toolchain@v0.0.1-{name}.{platform} --\n! nothing\n"
                 f"+ bin/go <- #!/bin/sh\\necho this is {name}: \"$@\"\n+ bin/gofmt\n"
                 f"+ lib/wasm/go_js_wasm_exec\n+ pkg/tool/{platform}/compile\n"
                 f"+ src/_go.mod <- module std\\n\\ngo 1.26\n+ src/cmd/_go.mod <- module cmd\\n\\ngo 1.26\n")
    return text + "-- example.com/new@v1.0.0 --\ngo 1.27.0\n"


def project(at, *lines):
    at.mkdir(parents=True, exist_ok=True)
    (at / "go.mod").write_text("\n\n".join(["module example.com/p", *lines]) + "\n")
    (at / "main.go").write_text("package main\n\nfunc main() { println(1) }\n")
    return at


def settings(tree, scratch):
    """The environment that `env` prints, for a go that knows nothing else."""
    printed = json.loads(lab.modferry("env", tree, "--format", "json", program="modferry-offline").stdout)["env"]
    assert printed["GOTOOLCHAIN"] == "auto", printed
    fresh = {"GOMODCACHE": Path(tempfile.mkdtemp(dir=scratch))}
    return lab.go_environment(**{**fresh, "GOPATH": scratch / "gopath", **printed})


class Far:
    """One target past the gap."""

    def __init__(self, name, env, prefix):
        self.name, self.env, self.prefix = name, env, prefix

    def go(self, *args, at, check=True, **more):
        return lab.run([*self.prefix, "go", *args], cwd=at, env={**self.env, **more}, check=check)


def read_only(prefix, directory):
    """The prefix that mounts the directory read-only first; None where the system does not permit that."""
    words = [*prefix, "unshare", "-m", "sh", "-c", 'mount --bind -o ro "$0" "$0" && exec "$@"', str(directory)]
    if lab.run([*words, "touch", directory / "probe"], check=False).returncode == 0 or \
       lab.run([*words, "true"], check=False).returncode != 0:
        print("skipped: the read-only mount is not permitted here")
        return None
    return words


def targets(scratch, bundle, prefix):
    tree, cache = scratch / "tree", scratch / "cache"
    lab.modferry("unpack", bundle, "--allow-unsigned", "--proxy", tree, program="modferry-offline")
    lab.modferry("unpack", bundle, "--allow-unsigned", "--modcache", cache, program="modferry-offline")
    mount = read_only(prefix, cache)
    if mount:  # before anything has run from it
        yield Far("read-only module cache", settings(cache, scratch), mount)
    yield Far("module cache", settings(cache, scratch), prefix)
    yield Far("proxy tree", settings(tree, scratch), prefix)
    for kind, at in (("--proxy", tree), ("--modcache", cache)):
        lab.modferry("check", at, program="modferry-offline")
        again = lab.modferry("unpack", bundle, "--allow-unsigned", kind, at, program="modferry-offline").stdout
        assert "nothing changed" in again, again
    (cache / ".modferry/installed").unlink()
    again = lab.modferry("unpack", bundle, "--allow-unsigned", "--modcache", cache, program="modferry-offline").stdout
    assert "nothing changed" in again, again


def first_use(scratch, bundle, prefix):
    """A cache as it is without what unpack does: go does it on first use, and check accepts the result."""
    cache = scratch / "raw"
    lab.modferry("unpack", bundle, "--allow-unsigned", "--modcache", cache, program="modferry-offline")
    lab.run(["chmod", "-R", "u+w", cache])
    copies = list(cache.rglob("src/go.mod")) + list(cache.rglob("src/*/go.mod"))
    assert copies, "unpack has made no go.mod"
    for path in copies:
        path.unlink()
    for path in [*cache.rglob("bin/*"), *cache.rglob("pkg/tool/*/*")]:
        path.chmod(0o444)
    lab.modferry("check", cache, program="modferry-offline")
    far = Far("first use", settings(cache, scratch), prefix)
    assert NAMED in far.go("version", at=project(scratch / "named", "go 1.26", f"toolchain {NAMED}")).stdout
    assert any(path.exists() for path in copies), "go has made no go.mod"
    lab.modferry("check", cache, program="modferry-offline")


def ask_small(far, scratch):
    named = project(scratch / "named", "go 1.26", f"toolchain {NAMED}")
    assert far.go("build", at=named).stdout == f"this is {NAMED}: build\n", far.name
    line = project(scratch / "line", "go 1.27.0")
    assert far.go("build", at=line).stdout == f"this is {LATER}: build\n", far.name
    language = project(scratch / "language", "go 1.27")
    assert far.go("build", at=language).stdout == f"this is {LATER}: build\n", far.name
    # A dependency that is newer: go reads the list of toolchains and takes one that is new enough.
    getting = project(scratch / "getting", "go 1.26")
    got = far.go("get", "example.com/new@v1.0.0", at=getting)
    assert got.stdout == f"this is {LATER}: get example.com/new@v1.0.0\n", (far.name, got.stdout, got.stderr)
    assert far.go("list", "-m", "-versions", "toolchain", at=getting).stdout.split()[1:] != [], far.name
    assert f"toolchain {LATER}\n" == far.go("list", "-m", f"toolchain@{LATER}", at=getting).stdout, far.name
    missing = far.go("build", at=project(scratch / "missing", "go 1.28.0"), check=False)
    assert missing.returncode != 0 and "go: download go1.28.0" in missing.stderr, (far.name, missing.stderr)
    forced = far.go("build", at=line, check=False, GOTOOLCHAIN="local")
    assert forced.returncode != 0 and "go.mod requires go >= 1.27.0" in forced.stderr, (far.name, forced.stderr)


def ask_real(far, scratch):
    at = project(scratch / "old", "go 1.21")
    assert f"go version {REAL} " in far.go("version", at=at, GOTOOLCHAIN=REAL).stdout, far.name
    goroot = far.go("env", "GOROOT", at=at, GOTOOLCHAIN=REAL).stdout
    assert "golang.org/toolchain@" in goroot, (far.name, goroot)
    far.go("vet", "./...", at=at, GOTOOLCHAIN=REAL)
    far.go("build", "-o", scratch / "program", ".", at=at, GOTOOLCHAIN=REAL)
    assert REAL in lab.run(["go", "version", scratch / "program"]).stdout, far.name


def pack(scratch, proxy, toolchains, **more):
    env = lab.go_environment(**more, GOPROXY=proxy, XDG_CACHE_HOME=scratch / "store", GOMODCACHE=scratch / "none")
    bundle, again = scratch / "b.tar.zst", scratch / "again.tar.zst"
    root = project(scratch / "root", "go 1.21")
    roots = [root, *([] if toolchains.startswith(REAL) else ["example.com/new@v1.0.0"])]
    lab.modferry("pack", *roots, "--level", "all", "--toolchain", toolchains, "-o", bundle,
                 env={**env, "SOURCE_DATE_EPOCH": "1700000000"})
    lab.modferry("pack", *roots, "--level", "all", "--toolchain", toolchains, "-o", again, "--offline", "--jobs", "1",
                 env={**env, "SOURCE_DATE_EPOCH": "1700000000"})
    assert bundle.read_bytes() == again.read_bytes(), "two runs differ"
    lab.run([sys.executable, lab.REPO / "tests/reader/bundle_reader.py", bundle])
    return bundle


def rehearse(scratch, proxy, platform):
    """go switches in a rehearsal too, with the checksum database on; where another toolchain travels, it cannot."""
    env = lab.go_environment(GOPROXY=proxy, XDG_CACHE_HOME=scratch / "store", GOMODCACHE=scratch / "none")
    named = project(scratch / "rehearsed", "go 1.26", f"toolchain {NAMED}")
    for name, status in ((NAMED, 0), (LATER, 1)):
        bundle, record = scratch / f"r{status}.tar.zst", scratch / f"r{status}-record.tar.zst"
        lab.modferry("pack", named, "--toolchain", f"{name}.{platform}", "-o", bundle, env=env)
        done = lab.modferry("rehearse", bundle, "--allow-unsigned", "--root", named, "--record", record, env=env, check=False)
        assert done.returncode == status, f"rehearse with {name}: exit {done.returncode}: {done.stdout}{done.stderr}"
        assert status == 0 or NAMED in done.stdout, done.stdout
        shown = json.loads(lab.modferry("list", record, "--allow-unsigned", "--json").stdout)
        assert shown["roots"][0]["rehearsed"]["settings"] == [] or status, shown["roots"]
    print("rehearsal: ok")


def small_proxy(scratch, platform):
    lab.run([sys.executable, lab.REPO / "tests/cli/mkproxy.py", scratch / "proxy"], input=describe(platform))
    return f"file://{scratch}/proxy"


def real_proxy(platform):
    module = f"golang.org/toolchain@v0.0.1-{REAL}.{platform}"
    env = lab.fetch_environment()
    lab.run(["go", "mod", "download", module], cwd="/", env=env)
    return f"file://{lab.FIXTURES}/gomodcache/cache/download"


def main(kind):
    lab.require_go()
    prefix = lab.isolation()
    platform = "-".join(lab.run(["go", "env", "GOOS", "GOARCH"], cwd="/", env=lab.go_environment()).stdout.split())
    names = (REAL,) if kind == "real" else (NAMED, LATER)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        proxy = real_proxy(platform) if kind == "real" else small_proxy(scratch, platform)
        more = {}
        if kind == "real":
            lab.database(scratch)
            more["GOSUMDB"] = f"{lab.GOSUMDB} file://{scratch}/sumdb/{lab.testdb.NAME}"
        bundle = pack(scratch, proxy, ",".join(f"{name}.{platform}" for name in names), **more)
        for far in targets(scratch, bundle, prefix):
            (ask_real if kind == "real" else ask_small)(far, scratch)
            print(f"{far.name}: ok")
        if kind == "small":
            first_use(scratch, bundle, prefix)
            rehearse(scratch, proxy, platform)
        lab.run(["chmod", "-R", "u+w", scratch])
    print(f"toolchains, {kind}: passed")


if __name__ == "__main__":
    main(sys.argv[1])
