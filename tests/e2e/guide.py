#!/usr/bin/env python3
"""Runs the commands of the guides in docs/: each block in the directory of the role that heads it, in order.

A block ```sh ROLE runs with `set -e`; ```sh ROLE refused has to end with exit status 1. /media/disc, /srv/go-proxy and
the like stand for directories of this run. Some roles have a network, which ends at a loopback proxy; passwords come
from standard input.

usage: guide.py core|all [PAGE...]
core leaves out rehearsals, which compile everything anew and have tests of their own.
"""
import os, re, shutil, sys, tempfile
from pathlib import Path

import lab

BLOCK = re.compile(r"^```sh (\w+)( refused)?\n(.*?)^```$", re.M | re.S)


class Guide:
    """A page: its roles, those of them that have a network, a project, or an environment in which nobody has set anything; and
    the directories that it names, of which `made` are there before."""

    def __init__(self, roles, online, projects, bare, places, made, refusals):
        self.roles, self.online, self.projects, self.bare = roles.split(), online.split(), projects.split(), bare.split()
        self.places, self.made, self.refusals = places.split(), made.split(), refusals


GUIDES = {
    "air-gap-guide": Guide("packer alice bob carol receiver developer", "packer", "packer developer", "developer",
                           "/media/disc /srv/go-proxy", "/media/disc", 1),
    "release-guide": Guide("release archive later", "release", "release", "", "/srv/archive", "/srv/archive", 0),
    "ci-guide": Guide("setup refresh job", "setup refresh", "refresh job", "", "/var/cache/ci", "/var/cache/ci", 1),
}


def environment(guide, role, scratch, url):
    home = scratch / role
    env = lab.go_environment(HOME=home, PATH=f"{lab.BIN}:{os.environ['PATH']}", GOMODCACHE=home / "modcache")
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        env[name] = str(home / name.lower())
    env["CI_KEY"] = str(scratch / "setup/ci.key")
    if role in guide.online:
        env["GOPROXY"] = url
    if role in guide.bare:  # env prints what go needs
        del env["GOSUMDB"]
        env["GOPATH"] = str(home / "gopath")
    return env


def run_guide(name, guide, whole, scratch, url, alone):
    page = (lab.REPO / f"docs/{name}.md").read_text()
    blocks = BLOCK.findall(page)
    assert {role for role, _, _ in blocks} == set(guide.roles), f"blocks are of {sorted({b[0] for b in blocks})}"
    assert sum(bool(refused) for _, refused, _ in blocks) == guide.refusals, "not as many refusals as there should be"
    assert len(blocks) == page.count("```sh"), "a block has no role"
    places = {place: scratch / ("place" + place.replace("/", "-")) for place in guide.places}
    for place in guide.made:
        places[place].mkdir()
    for role in guide.roles:
        (scratch / role).mkdir()
    for role in guide.projects:
        shutil.copytree(lab.REPO / "tests/gin", scratch / role / "project")
    for role, refused, commands in blocks:
        if not whole and re.search("^modferry rehearse .*$", commands, re.M):
            print("left out: modferry rehearse")
            commands = re.sub("^modferry rehearse .*\n", "", commands, flags=re.M)
        for place, directory in places.items():
            commands = commands.replace(place, str(directory))
        prefix = [] if role in guide.online else alone
        done = lab.run([*prefix, "bash", "-eux", "-o", "pipefail", "-c", commands], cwd=scratch / role,
                       env=environment(guide, role, scratch, url), check=False, input="correct horse\n" * 8)
        want = 1 if refused else 0
        assert done.returncode == want, f"{role}: exit {done.returncode}, not {want}\n{done.stdout}{done.stderr}"
        print(f"{role}: {commands.count(chr(10))} commands, exit {want}", flush=True)
    print(f"{name}: passed, {len(blocks)} blocks")


def main():
    whole = sys.argv[1:2] == ["all"]
    pages = sys.argv[2:] or GUIDES
    if (not whole and sys.argv[1:2] != ["core"]) or set(pages) - set(GUIDES):
        sys.exit(__doc__)
    lab.require_go()
    if not shutil.which("jq"):
        lab.skip("jq is not installed")
    alone = lab.isolation()
    lab.fetch_fixture("gin")
    for name in pages:
        with tempfile.TemporaryDirectory() as scratch, lab.loopback_proxy(scratch) as url:
            lab.database(scratch)
            run_guide(name, GUIDES[name], whole, Path(scratch), url, alone)
            lab.run(["chmod", "-R", "u+w", scratch])


if __name__ == "__main__":
    main()
