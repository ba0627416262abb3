#!/usr/bin/env python3
"""README.zh.md says what README.md says: section by section the same commands, tables, names and links.

usage: readmes.py [ENGLISH CHINESE]
Words cannot be compared; what stands in code can, and that every paragraph, row and item is there, in Chinese. Comments
in code blocks may differ. The commands and exit statuses of README.md are also those of --help, where the program was built.
"""
import collections, os, re, subprocess, sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
BIN = Path(os.environ.get("MODFERRY_BIN") or REPO / "build/release/bin")
CODE, LINK, CHINESE = re.compile(r"`([^`]+)`"), re.compile(r"\]\(([^)]+)\)"), re.compile("[\u4e00-\u9fff]")
OTHER = {"README.md": "README.zh.md"}


def sections(text):
    """[(level of the heading, lines)]"""
    found = [(0, [])]  # before the first heading
    for line in text.splitlines():
        if re.match("#+ ", line):
            found.append((line.index(" "), []))
        else:
            found[-1][1].append(line)
    return found


def commands(lines):
    return [re.sub(r"\s+#.*", "", line.strip()) for line in lines if line.startswith("    ")]


def rows(lines):
    """The cells of each row of tables, but for the lines below headings."""
    split = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in split if not set("".join(row)) <= set("-")]


def blocks(lines):
    """Paragraphs and items, code and tables left out; each as one line."""
    prose = [line if not line.startswith(("    ", "|")) else "" for line in lines]
    joined = re.sub(r"\n(?=- )", "\n\n", "\n".join(prose))
    return [re.sub(r"\s*\n\s*", " ", part.strip()) for part in re.split(r"\n\s*\n", joined) if part.strip()]


def links(text):
    return collections.Counter(OTHER.get(target, target) for target in LINK.findall(text))


def has_words(text):
    return re.search("[A-Za-z]{2}", CODE.sub("", text)) is not None


def compare(english, chinese):
    """What differs, as lines."""
    wrong = []

    def same(where, what, a, b):
        if a != b:
            wrong.append(f"{where}: {what}: {a} and {b}")

    first, second = sections(english), sections(chinese)
    same("headings", "levels", [s[0] for s in first], [s[0] for s in second])
    for number, ((_, a), (_, b)) in enumerate(zip(first, second), 1):
        where = f"section {number}"
        same(where, "commands", commands(a), commands(b))
        same(where, "first columns", [CODE.findall(r[0]) or has_words(r[0]) or r[0] for r in rows(a)],
             [CODE.findall(r[0]) or bool(CHINESE.search(r[0])) or r[0] for r in rows(b)])
        same(where, "rows with words", [has_words(r[1]) for r in rows(a)], [bool(CHINESE.search(r[1])) for r in rows(b)])
        for row, other in zip(rows(a), rows(b)):
            same(f"{where}, row {row[0]}", "names", sorted(CODE.findall(row[1])), sorted(CODE.findall(other[1])))
        same(where, "paragraphs", len(blocks(a)), len(blocks(b)))
        for text, other in zip(blocks(a), blocks(b)):
            place = f"{where}, \"{text[:50]}\""
            same(place, "names", sorted(set(CODE.findall(text))), sorted(set(CODE.findall(other))))
            same(place, "links", links(text), links(other))
            if not CHINESE.search(other):
                wrong.append(f"{place}: not in Chinese: {other[:50]}")
    return wrong


def check_help(english):
    """Commands and exit statuses of the tables are those of the program."""
    program = BIN / "modferry"
    if not program.exists():
        print(f"left out: {program} was not built")
        return []
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    listed = re.findall(r"^  ([a-z]+) {2,}\S", text.partition("Commands:")[2], re.M)[:-1]  # the last one is `help`
    table = [row[0] for row in rows(english.splitlines())]
    named = [m[1] for m in (re.match(r"`([a-z]+)\b[^`]*`$", cell) for cell in table) if m and m[1] not in ("cmake",)]
    wrong = [] if named == listed else [f"commands: README has {named}, --help {listed}"]
    exits = re.findall(r"(\d+(?:, \d+)*) ", text[text.index("Exit status:"):].replace("\n", " "))
    statuses = [cell for cell in table if re.match(r"\d", cell)]
    return wrong if statuses == exits else [*wrong, f"exit statuses: README has {statuses}, --help {exits}"]


def check_itself(english, chinese):
    """Each kind of change in either file is noticed."""
    changes = [("pack path/to/project", "pack path/to/other"), ("`check DIR`", "`check TREE`"), ("docs/trust.md)", "docs/trusts.md)"),
               ("| 5 |", "| 6 |"), ("\n## ", "\n### "), ("`--offline`", "`--online`")]
    for before, after in changes:
        for pair in ((english.replace(before, after, 1), chinese), (english, chinese.replace(before, after, 1))):
            assert pair != (english, chinese), f"this check looks for {before!r}, which is not there"
            assert compare(*pair), f"{before!r} for {after!r} was not noticed"
    parts = chinese.split("\n\n")
    for i in range(len(parts)):
        assert compare(english, "\n\n".join(parts[:i] + parts[i + 1:])), f"it was not noticed that this is missing: {parts[i]}"


def main():
    names = sys.argv[1:] or [REPO / "README.md", REPO / "README.zh.md"]
    english, chinese = (Path(name).read_text() for name in names)
    wrong = compare(english, chinese)
    if not wrong:
        wrong = check_help(english)
        check_itself(english, chinese)
    for line in wrong:
        print(f"FAIL: {line}")
    print(f"{len(sections(english)) - 1} sections, {len(commands(english.splitlines()))} commands, {len(rows(english.splitlines()))} rows")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
