#!/usr/bin/env python3
"""The static modferry-offline: needs nothing, and works where there is nothing.

usage: static.py     environment: MODFERRY_BIN (default build/release/bin), the folder of the programs

Builds the preset "static" beside the other programs, then looks at the file (no interpreter, no warning of the C library at
the link, no symbol that connects) and runs it in an empty root directory: keygen, sign, verify, unpack, check, without a
system call that opens a socket.
"""
import os, re, shutil, subprocess, sys, tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("MODFERRY_BIN", REPO / "build/release/bin")).resolve()
BUILD = BIN.parent / "ship-static"
PROGRAM = BUILD / "bin/modferry-offline"
# connect and what only a network program needs; glibc starts threads with parts of its resolver
NETWORK = r"connect|listen|accept4?|getaddrinfo|gethostbyname(_r)?|curl_\w+|res_n?query"


def run(*command, **more):
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, **more).stdout


def build():
    run("cmake", "--preset", "static", "-B", BUILD, cwd=REPO)
    PROGRAM.unlink(missing_ok=True)
    log = run("cmake", "--build", BUILD, "--target", "modferry-offline")
    assert "in statically linked applications" not in log, log
    assert PROGRAM.exists()


def look():
    kind = run("file", "-b", PROGRAM)
    assert "static-pie linked" in kind and "interpreter" not in kind, kind
    listed = subprocess.run(["ldd", PROGRAM], text=True, capture_output=True)
    assert re.search("statically linked|not a dynamic executable", listed.stdout + listed.stderr), listed
    assert "NEEDED" not in run("objdump", "-p", PROGRAM)
    symbols = [line.split()[-1] for line in run("nm", "--defined-only", PROGRAM).splitlines()]
    assert "mf_cli_main" in symbols, "this check cannot see symbols"
    found = [name for name in symbols if re.fullmatch(NETWORK, name.lstrip("_"))]
    assert not found, found


def use(root):
    """Both sides in a directory that holds the program, a bundle and nothing else."""
    shutil.copy(PROGRAM, root / "modferry-offline")
    run(BIN.parent / "diff/diff_clibundle", root / "deps.tar.zst")
    trace = root.parent / "trace"
    enter = ["unshare", "--map-root-user", "strace", "-f", "-qq", "-e", "trace=network,chroot", "-o", trace, "chroot", root,
             "/modferry-offline"]
    run(*enter, "keygen", "--secret", "/team.key", "--public", "/team.pub", "--no-password")
    run(*enter, "sign", "/deps.tar.zst", "--key", "/team.key")
    seen = run(*enter, "verify", "/deps.tar.zst", "--pubkey", "/team.pub")
    assert "bundle id" in seen and "UNVERIFIED" not in seen, seen
    run(*enter, "unpack", "/deps.tar.zst", "--pubkey", "/team.pub", "--proxy", "/tree")
    run(*enter, "check", "/tree")
    assert (root / "tree/example.com/alpha/@v/v1.2.0.zip").stat().st_size > 0
    calls = trace.read_text().splitlines()
    assert len(calls) == 1 and "chroot(" in calls[0], calls
    run(*enter, "keygen", "--secret", "/other.key", "--public", "/other.pub", "--no-password")
    refused = subprocess.run([*enter, "verify", "/deps.tar.zst", "--pubkey", "/other.pub"], text=True, capture_output=True)
    assert refused.returncode == 1, refused


def main():
    for tool in ("file", "strace", "unshare"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            sys.exit(77)
    if subprocess.run(["unshare", "--map-root-user", "true"], capture_output=True).returncode:
        print("skipped: no user namespaces here")
        sys.exit(77)
    build()
    look()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "root")
        root.mkdir()
        use(root)
    print(f"modferry-offline of {PROGRAM.stat().st_size} bytes works in an empty directory")


if __name__ == "__main__":
    main()
