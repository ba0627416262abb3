#!/usr/bin/env python3
"""Manual pages: well formed, complete, and the same from each run.

usage: pages.py     environment: MODFERRY_BIN (default build/release/bin), the folder of the programs

groff must find nothing to warn of, mandoc neither where it is installed. Rendered, a page has every word that --help has
of description, options and examples. Made twice, pages and completions are equal, and SOURCE_DATE_EPOCH dates them.
"""
import filecmp, os, re, shutil, subprocess, sys, tempfile
from pathlib import Path

import helppages

REPO = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("MODFERRY_BIN", REPO / "build/release/bin")).resolve()
PROGRAMS = {"modferry": [], "modferry-offline": ["--whole"]}


def run(*command, **more):
    return subprocess.run(command, text=True, check=True, capture_output=True, **more).stdout


def make(program, out, epoch="1700000000"):
    out.mkdir()
    env = os.environ | {"SOURCE_DATE_EPOCH": epoch, "LC_ALL": "C"}
    run(BIN.parent / "tools" / f"mkpages-{program}", REPO / "tools", out, *PROGRAMS[program], env=env)
    return sorted(path.name for path in out.iterdir())


def compare_runs(program, work):
    names = make(program, work / "one")
    assert make(program, work / "two") == names
    assert filecmp.cmpfiles(work / "one", work / "two", names, shallow=False) == (names, [], []), "two runs differ"
    assert '"2023-11-14"' in (work / "one" / f"{program}.1").read_text()
    make(program, work / "three", epoch="")
    assert re.match(r'.*\n\.TH "\S+" "1" "" ', (work / "three" / f"{program}.1").read_text()), "an undated page has a date"


def check_form(page):
    found = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-z", page], text=True, capture_output=True).stderr
    if shutil.which("mandoc"):
        found += subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], text=True, capture_output=True).stdout
    assert not found, f"{page.name}: {found}"


def squeeze(text):
    """Without blanks and backticks: lines are broken in other places, and `code` is bold in a page."""
    return re.sub(r"[\s`]+", "", text)


def render(page):
    return squeeze(run("groff", "-man", "-Tascii", "-rHY=0", "-P-cbou", "-rLL=200n", page))


def check_words(text, page):
    usage, rest = text.split("\n\n", 1)
    parts = [line.removeprefix("usage: ") for line in usage.splitlines()]
    summary, rest = rest.split("\n\n", 1)
    parts.append(summary[1:-1])
    if helppages.is_group(text):
        parts += rest.partition("\n\nCommands:\n")[0].split("\n\n")
    else:
        description, rest = rest.split("\n\nOptions:\n")
        options, examples = rest.split("\n\nExamples:\n")
        parts += description.split("\n\n") + examples.splitlines() + re.split(r"\n(?=  (?:-|    --))", options)
    rendered = render(page)
    for part in parts:
        assert squeeze(part) in rendered, f"{page.name} lacks: {part}"
    return len(parts)


def main():
    if not shutil.which("groff"):
        print("skipped: groff is not installed")
        sys.exit(77)
    pages = parts = 0
    for program, how in PROGRAMS.items():
        with tempfile.TemporaryDirectory() as directory:
            work = Path(directory)
            compare_runs(program, work)
            for page in sorted((work / "one").glob("*.1")):
                check_form(page)
                pages += 1
            for words, text in helppages.commands(BIN / program).items():
                page = work / "one" / (f"{program}.1" if how else f"{program}-{'-'.join(words)}.1")
                parts += check_words(text, page)
    print(f"{pages} pages are well formed and say {parts} things that --help says"
          + ("" if shutil.which("mandoc") else "; mandoc is not installed"))


if __name__ == "__main__":
    main()
