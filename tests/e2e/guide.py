#!/usr/bin/env python3
"""Runs the commands of docs/air-gap-guide.md: each block in the directory of the role that heads it, in order.

A block ```sh ROLE runs with `set -e`; ```sh ROLE refused has to end with exit status 1. /media/disc and /srv/go-proxy
stand for directories of this run. The packer alone has a network, which ends at a loopback proxy; passwords come from
standard input.

usage: guide.py core|all
core leaves out the rehearsal, which compiles everything anew and has tests of its own.
"""
import os, re, shutil, sys, tempfile
from pathlib import Path

import lab

GUIDE = lab.REPO / "docs/air-gap-guide.md"
ROLES = {"packer", "alice", "bob", "carol", "receiver", "developer"}
BLOCK = re.compile(r"^```sh (\w+)( refused)?\n(.*?)^```$", re.M | re.S)


def environment(role, scratch, url):
    home = scratch / role
    env = lab.go_environment(HOME=home, PATH=f"{lab.BIN}:{os.environ['PATH']}", GOMODCACHE=home / "modcache")
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        env[name] = str(home / name.lower())
    if role == "packer":
        env["GOPROXY"] = url
    if role == "developer":  # as it is on a machine where nobody has set anything; env prints what go needs
        del env["GOSUMDB"]
        env["GOPATH"] = str(home / "gopath")
    return env


def main():
    whole = sys.argv[1:] == ["all"]
    if not whole and sys.argv[1:] != ["core"]:
        sys.exit(__doc__)
    lab.require_go()
    alone = lab.isolation()
    lab.fetch_fixture("gin")
    blocks = BLOCK.findall(GUIDE.read_text())
    assert {role for role, _, _ in blocks} == ROLES, f"blocks are of {sorted({b[0] for b in blocks})}"
    assert any(refused for _, refused, _ in blocks), "no block shows a refusal"
    assert len(blocks) == GUIDE.read_text().count("```sh"), "a block has no role"
    with tempfile.TemporaryDirectory() as scratch, lab.loopback_proxy(scratch) as url:
        scratch = Path(scratch)
        lab.database(scratch)
        disc, tree = scratch / "disc", scratch / "go-proxy"
        disc.mkdir()
        for role in sorted(ROLES):
            (scratch / role).mkdir()
        for role in ("packer", "developer"):
            shutil.copytree(lab.REPO / "tests/gin", scratch / role / "project")
        for role, refused, commands in blocks:
            if not whole and re.search("^modferry rehearse .*$", commands, re.M):
                print("left out: modferry rehearse")
                commands = re.sub("^modferry rehearse .*\n", "", commands, flags=re.M)
            script = commands.replace("/media/disc", str(disc)).replace("/srv/go-proxy", str(tree))
            prefix = [] if role == "packer" else alone
            done = lab.run([*prefix, "bash", "-eux", "-o", "pipefail", "-c", script], cwd=scratch / role,
                           env=environment(role, scratch, url), check=False, input="correct horse\n" * 8)
            want = 1 if refused else 0
            assert done.returncode == want, f"{role}: exit {done.returncode}, not {want}\n{done.stdout}{done.stderr}"
            print(f"{role}: {commands.count(chr(10))} commands, exit {want}", flush=True)
        lab.run(["chmod", "-R", "u+w", scratch])
    print(f"guide: passed, {len(blocks)} blocks")


if __name__ == "__main__":
    main()
