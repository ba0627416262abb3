#!/usr/bin/env python3
"""Shell completions, asked of the shell itself.

usage: completion.py bash|zsh|fish     environment: MODFERRY_BIN (default build/release/bin), the folder of the programs

Looked at are commands, options, values, files and directories; and for every command of both programs that the options
offered are those of --help. Where the shell is missing the test is skipped.
"""
import os, re, shutil, sys, tempfile
from pathlib import Path

import helppages, shells

BIN = Path(os.environ.get("MODFERRY_BIN", Path(__file__).resolve().parents[2] / "build/release/bin")).resolve()
FILES, DIRECTORIES = {"team.pub", "b c.tar.zst"}, {"project", "tree"}
LEVELS = {"build", "test", "tidy", "all"}

# What bash makes of a line and a Tab.
TYPED = [
    ("modferry ver", "modferry verify "),
    ("modferry pack --lev", "modferry pack --level "),
    ("modferry pack --level=b", "modferry pack --level=build "),
    ("modferry verify b", "modferry verify b\\ c.tar.zst "),
    ("modferry pack pro", "modferry pack project/"),
    ("modferry pack --key=te", "modferry pack --key=team.pub "),
]

# line, what must be offered, what must not be
CASES = [
    ("modferry ", {"pack", "resolve", "verify", "unpack", "help"}, FILES | DIRECTORIES | {"--level"}),
    ("modferry re", {"resolve", "rehearse"}, {"pack", "verify"}),
    ("modferry --v", {"--version"}, {"pack"}),
    ("modferry help ve", {"verify"}, {"pack"}),
    ("modferry pack --l", {"--level"}, {"--key"}),
    ("modferry pack --nonsense", set(), {"--level"}),
    ("modferry pack --level ", LEVELS, FILES | DIRECTORIES | {"--key"}),
    ("modferry pack -l ", LEVELS, FILES | DIRECTORIES),
    ("modferry pack --level=", LEVELS, FILES | DIRECTORIES),
    ("modferry pack --level=t", {"test", "tidy"}, {"build", "all"}),
    ("modferry pack --level test -", {"--key", "-k", "--help"}, FILES | LEVELS),
    ("modferry pack --level=test -", {"--key", "-k", "--help"}, FILES | LEVELS),
    ("modferry pack --key ", FILES | DIRECTORIES, {"--level"}),
    ("modferry pack --key=", FILES | DIRECTORIES, {"--level"}),
    ("modferry pack -k te", {"team.pub"}, {"b c.tar.zst", "project"}),
    ("modferry pack --key team.pub -k b", {"b c.tar.zst"}, {"team.pub"}),
    ("modferry pack --platform ", set(), FILES | DIRECTORIES),
    ("modferry pack ", DIRECTORIES, FILES),
    ("modferry pack project ", DIRECTORIES, FILES),
    ("modferry pack --quiet ", DIRECTORIES, FILES),
    ("modferry resolve --graph=", {"text", "dot", "mermaid"}, FILES | DIRECTORIES),
    ("modferry resolve --graph ", DIRECTORIES, {"text", "dot"}),
    ("modferry verify ", FILES | DIRECTORIES, {"--pubkey", "pack"}),
    ("modferry verify -- -", set(), {"--pubkey"}),
    ("modferry verify --progress ", {"auto", "plain", "json"}, FILES),
    ("modferry fits ", DIRECTORIES, {"--pubkey"}),
    ("modferry fits project ", FILES | DIRECTORIES, {"--pubkey"}),
    ("modferry cat deps.tar.zst ", set(), DIRECTORIES | FILES),
    ("modferry pack --payload ", {"files", "zips"}, FILES),
    ("modferry env ", DIRECTORIES, FILES),
    ("modferry env tree --format p", {"powershell"}, {"sh", "json"}),
    ("modferry env tree -f=", set(), FILES | DIRECTORIES),
    ("modferry rehearse b --root ", DIRECTORIES, FILES),
    ("modferry keygen ", set(), FILES | DIRECTORIES),
    ("modferry nonsense ", set(), FILES | DIRECTORIES | {"pack"}),
]


def compare(shell, program, directory):
    """Every command and every option of --help is offered, and nothing else."""
    file = BIN.parent / "pages" / program / f"{program}.{shell}"
    known, want = helppages.commands(BIN / program), {"": {"help"}}
    for words, text in known.items():
        line = "".join(word + " " for word in words)
        want[line.rpartition(words[-1])[0]].add(words[-1])
        if helppages.is_group(text):
            want[line] = set()
        else:
            want[line + "--"] = set(re.findall(r"^  (?:-., |    )(--[a-z-]+)", text, re.M))
    offers = getattr(shells, shell)(file, program, [f"{program} {line}" for line in want], directory)
    for (line, names), offered in zip(want.items(), offers, strict=True):
        assert offered == names, f"{program} {line}: offers {offered}, has {names}"
    assert len(want) > 8 and all("--help" in names for line, names in want.items() if line.endswith("--"))
    return sum(map(len, want.values()))


def try_cases(shell, directory):
    file = BIN.parent / "pages/modferry" / f"modferry.{shell}"
    ask, lines = getattr(shells, shell), [line for line, _, _ in CASES]
    runs = [ask(file, "modferry", lines, directory)]
    if shell == "bash":
        runs.append(ask(file, "modferry", lines, directory, breaks=" "))
    for run in runs:
        for (line, want, never), offered in zip(CASES, run, strict=True):
            # zsh offers options where nothing else fits; fish does not count operands
            never = {n for n in never if not (shell == "zsh" and n.startswith("-") and not line.endswith("-"))}
            never -= FILES | DIRECTORIES if shell == "fish" and line.startswith(("modferry fits", "modferry cat")) else set()
            assert want <= offered, f"{line!r}: {want - offered} is not offered, but {offered}"
            assert not never & offered, f"{line!r}: {never & offered} is offered"


def main():
    shell = sys.argv[1]
    if not shutil.which(shell):
        print(f"skipped: {shell} is not installed")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        for name in FILES:
            Path(directory, name).write_text("")
        for name in DIRECTORIES:
            Path(directory, name).mkdir()
        try_cases(shell, directory)
        for line, want in TYPED if shell == "bash" else []:
            got = shells.bash_types(BIN.parent / "pages/modferry/modferry.bash", line, directory)
            assert got == want, f"{line!r} and Tab became {got!r}"
        options = sum(compare(shell, program, directory) for program in ("modferry", "modferry-offline"))
    print(f"{shell}: {len(CASES)} lines and {options} names are completed")


if __name__ == "__main__":
    main()
