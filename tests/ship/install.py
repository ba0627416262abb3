#!/usr/bin/env python3
"""cmake --install: what lands where, and that it is found there.

usage: install.py     environment: MODFERRY_BIN (default build/release/bin), the folder of the programs

Installs below DESTDIR, as a whole and by component. The components share no file and make up the whole; programs run from
there; each command has its manual page, and fish, where it is installed, finds the completions by itself.
"""
import os, shutil, subprocess, tempfile
from pathlib import Path

import helppages

REPO = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("MODFERRY_BIN", REPO / "build/release/bin")).resolve()
OFFLINE = """bin/modferry-offline share/man/man1/modferry-offline.1 share/fish/vendor_completions.d/modferry-offline.fish
    share/bash-completion/completions/modferry-offline share/zsh/site-functions/_modferry-offline
    share/doc/modferry-offline/LICENSE share/doc/modferry-offline/format-bundle.md
    share/doc/modferry-offline/errors.md share/doc/modferry-offline/air-gap-guide.md share/doc/modferry-offline/settings.md
    share/doc/modferry-offline/threat-model.md share/doc/modferry-offline/troubleshooting.md share/doc/modferry-offline/trust.md""".split()
ONLINE = """bin/modferry share/man/man1/modferry.1 share/man/man1/modferry-pack.1
    share/bash-completion/completions/modferry share/zsh/site-functions/_modferry share/fish/vendor_completions.d/modferry.fish
    share/doc/modferry/LICENSE share/doc/modferry/README.md share/doc/modferry/README.zh.md share/doc/modferry/docs/errors.md share/doc/modferry/docs/performance-gin-sizes.svg""".split()


def run(*command, **more):
    return subprocess.run(command, text=True, check=True, capture_output=True, **more).stdout


def install(root, *arguments):
    run("cmake", "--install", BIN.parent, "--prefix", "/opt/ferry", *arguments, env=os.environ | {"DESTDIR": str(root)})
    top = root / "opt/ferry"
    assert [path.name for path in root.iterdir()] == ["opt"] and [path.name for path in top.parent.iterdir()] == ["ferry"]
    return {str(path.relative_to(top)) for path in top.rglob("*") if not path.is_dir()}


def use(top):
    for program in ("modferry", "modferry-offline"):
        assert run(top / "bin" / program, "--version").startswith(program + " ")
    pages = {path.name for path in (top / "share/man/man1").iterdir()}
    assert pages == {f"modferry-{'-'.join(words)}.1" for words in helppages.commands(top / "bin/modferry")} | {"modferry.1", "modferry-offline.1"}, pages
    if shutil.which("fish"):
        env = {"PATH": f"{top}/bin:{os.environ['PATH']}", "HOME": str(top), "XDG_DATA_DIRS": f"{top}/share:/usr/share"}
        for program in ("modferry", "modferry-offline"):
            offered = run("fish", "-c", f'complete -C "{program} verify --pub"', env=env)
            assert offered.startswith("--pubkey\t"), offered


def main():
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        whole = install(work / "whole")
        offline = install(work / "offline", "--component", "offline")
        online = install(work / "online", "--component", "online")
        assert not offline & online and offline | online == whole, (offline & online, whole - offline - online)
        assert offline == set(OFFLINE), offline ^ set(OFFLINE)
        assert online >= set(ONLINE), set(ONLINE) - online
        use(work / "whole/opt/ferry")
    print(f"{len(whole)} files are installed, {len(offline)} of them for modferry-offline alone")


if __name__ == "__main__":
    main()
