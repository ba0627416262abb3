#!/usr/bin/env python3
"""The Debian packages: dependencies, contents, use, and the same bytes wherever they are built.

usage: deb.py     environment: MODFERRY_BIN (default build/release/bin), the folder of the programs

Two copies of the sources, in directories of different names, are built and packed with the preset "deb" and one
SOURCE_DATE_EPOCH. The packages are compared, looked at by dpkg-deb and lintian (where it is installed), and installed by dpkg
into a root of their own.
"""
import os, re, shutil, subprocess, sys, tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("MODFERRY_BIN", REPO / "build/release/bin")).resolve()
NETWORK = re.compile(r"\blib(curl|ssl|gnutls|nghttp|nss|ldap|ssh|krb5|gssapi|psl|rtmp|c-ares|idn)")
# Whoever publishes packages names himself with MODFERRY_MAINTAINER; here nobody does.
SUPPRESSED = "bogus-mail-host,bogus-mail-host-in-debian-changelog"


def run(*command, **more):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


def copy_sources(top):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=REPO, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (REPO / name).exists():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPO / name, top / name)


def build(top):
    """Builds and packs the sources at `top`, without a compiler cache; returns the packages by name."""
    env = {k: v for k, v in os.environ.items() if k != "CMAKE_C_COMPILER_LAUNCHER"} | {"SOURCE_DATE_EPOCH": "1700000000"}
    run("cmake", "--preset", "deb", cwd=top, env=env)
    run("cmake", "--build", "--preset", "deb", cwd=top, env=env)
    run("cpack", "--preset", "deb", cwd=top, env=env)
    return {path.name.split("_")[0]: path for path in (top / "build/deb").glob("*.deb")}


def field(package, name):
    return run("dpkg-deb", "-f", package, name).strip()


def look(packages):
    assert set(packages) == {"modferry", "modferry-offline"}, packages
    contents = {}
    for name, package in packages.items():
        depends = field(package, "Depends")
        assert "libc6" in depends and "libzstd1" in depends, depends
        assert field(package, "Package") == name and field(package, "Section") == "devel"
        contents[name] = set(re.findall(r"^-.* \./(\S+)$", run("dpkg-deb", "-c", package), re.M))
    assert not NETWORK.search(field(packages["modferry-offline"], "Depends"))
    assert NETWORK.search(field(packages["modferry"], "Depends")), "this check cannot see dependencies"
    assert not contents["modferry"] & contents["modferry-offline"]
    assert "usr/share/man/man1/modferry-pack.1.gz" in contents["modferry"]
    if shutil.which("lintian"):
        run("lintian", "--allow-root", "--fail-on", "error", "--suppress-tags", SUPPRESSED, *packages.values())


def use(packages, root):
    """Installs both, by dpkg where that may be done, and carries a bundle over."""
    if os.geteuid() == 0:
        for folder in ("info", "updates"):
            (root / "var/lib/dpkg" / folder).mkdir(parents=True)
        (root / "var/lib/dpkg/status").write_text("")
        run("dpkg", f"--root={root}", "--force-depends", "--install", *packages.values())
    else:
        for package in packages.values():
            run("dpkg-deb", "-x", package, root)
    program, work = root / "usr/bin/modferry-offline", root / "work"
    work.mkdir()
    run(BIN.parent / "diff/diff_clibundle", work / "deps.tar.zst")
    run(program, "keygen", "--secret", "k", "--public", "p", "--no-password", cwd=work)
    run(root / "usr/bin/modferry", "sign", "deps.tar.zst", "--key", "k", cwd=work)
    run(program, "unpack", "deps.tar.zst", "--pubkey", "p", "--proxy", "tree", cwd=work)
    run(program, "check", "tree", cwd=work)


def main():
    for tool in ("dpkg-shlibdeps", "file"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        for name in ("a", "another", "root"):
            (work / name).mkdir()
        copy_sources(work / "a")
        shutil.copytree(work / "a", work / "another", dirs_exist_ok=True)
        packages, again = build(work / "a"), build(work / "another")
        look(packages)
        for name, package in packages.items():
            assert package.read_bytes() == again[name].read_bytes(), f"{name} differs from build to build"
        use(packages, work / "root")
        sizes = ", ".join(f"{name} {package.stat().st_size} bytes" for name, package in sorted(packages.items()))
    print(f"equal twice: {sizes}" + ("" if shutil.which("lintian") else "; lintian is not installed"))


if __name__ == "__main__":
    main()
