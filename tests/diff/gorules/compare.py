"""Compares diff_gorules with `go mod edit -json`, `go work edit -json` and `go list -m`.

Every file is parsed as a main module. Where our parser accepts it, go must
accept it with the same contents. Where it refuses what `go mod edit` accepts
(which leaves versions alone), `go list -m` without a network must refuse it
too. Where both refuse, the first message must be the same. go.mod files of the
module cache are parsed as dependencies as well, which must not fail. Files of
go.work are parsed with the same contents or refused with the same message.
"""
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import scriptproxy

DRIVER, FIXTURES = sys.argv[1], pathlib.Path(sys.argv[2])
HERE = pathlib.Path(__file__).parent
ENV = dict(os.environ, GOPROXY="off", GOTOOLCHAIN="local", GOFLAGS="-mod=readonly", GOWORK="off", GO111MODULE="on")
SCRIPT_FILES = int(os.environ.get("SCRIPT_FILES", 100))
MUTATIONS = int(os.environ.get("MUTATIONS", 250))
CACHE_FILES = 60

BYTE_CASES = [
    b"\xef\xbb\xbfmodule example.com/m\n", b"module example.com/m\r\ngo 1.21\r\n", b"module example.com/\xff\n",
    b'module "example.com/\xff"\n', b"module a\x00b\n", b"module a\x0bb\n", b"module a\xc2\xa0b\n",
    b"module a\xe2\x80\x8bb\n", b"module a\xc2\x85b\n", b"module \xe4\xb8\x96\n", b"module a // \xff\n",
    b"// Deprecated: \xc2\xa0x\xe3\x80\x80\nmodule a\n", b"module a\nrequire b.c/d v1.0.0 //\xc2\xa0indirect\xe2\x80\x83\n",
    b"module a\r", b"module a //x\r", b"module a\n\n\n\nrequire (\n\n\n)\n", b"go\t1.21", b'module "a\\', b"module `a\\`\n",
    b'module "\\U0010FFFF\\u0041\\a"\n', b'module "\\ud800"\n', b'module "\\400"\n', b'module "\\xg0"\n',
]


def go(*args, cwd):
    return subprocess.run(["go", *args], cwd=cwd, env=ENV, capture_output=True)


def ours(mode, files):
    lines = []
    for i in range(0, len(files), 200):
        out = subprocess.run([DRIVER, mode, *map(str, files[i:i + 200])], capture_output=True, check=True)
        lines += out.stdout.decode().splitlines()
    return [json.loads(line) for line in lines]


def theirs(directory, kind="mod"):
    run = go(kind, "edit", "-json", f"go.{kind}", cwd=directory)
    if run.returncode == 0:
        parsed = json.loads(run.stdout)
        return {key: value for key, value in parsed.items() if value not in (None, [], "")}
    return {"Error": run.stderr.decode(errors="backslashreplace")}


def message(text):
    """The first message of go without what the two print differently: go leaves column 1 out."""
    lines = text.splitlines()
    first = next((line for line in lines if re.match(r"go\.(mod|work):\d", line)), lines[0] if lines else "")
    first = re.sub(r"^(go\.\w+:\d+):1: ", r"\1: ", first)
    return first.replace('\\"', '"').replace("\\\\", "\\")


def same_message(mine, go_text):
    mine, first = message(mine), message(go_text)
    if "is not an exact version" in mine or (first and mine.startswith(first)):  # usage messages of go have two lines
        return True
    return mine == first


def mutate(rng, text):
    words = [b"(", b")", b"[", b"]", b",", b"//", b'"', b"`", b"\n", b" ", b"=>", b"v1.0.0", b"require", b"retract",
             b"indirect", b"\\", b"/*", b"'", b"go", b"\xff", b"\r", b"// indirect", b"Deprecated:", b"()", b"+x"]
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(text))
        cut = rng.choice((0, 0, 1, 5))
        text = text[:at] + rng.choice(words) + text[at + cut:]
    return text


def corpus(name, more=()):
    cases = [case.encode() for case in (HERE / name).read_text().split("---\n")] + list(more)
    rng = random.Random(1)
    return cases + [mutate(rng, rng.choice(cases[:80])) for _ in range(MUTATIONS)]


def script_files(name):
    """Some of the files of that name in go's own script tests (GOROOT/src/cmd/go/testdata), where GOROOT has them."""
    testdata = pathlib.Path(go("env", "GOROOT", cwd=HERE).stdout.decode().strip(), "src/cmd/go/testdata")
    found = set()
    for archive in sorted(testdata.glob("*/*.txt")):
        for file, body in scriptproxy.parse_txtar(archive.read_bytes())[1]:
            if name in file or (name == "go.mod" and file == ".mod"):
                found.add(body)
    if not found:
        print(f"without the {name} files of go's script tests: {testdata} is not there")
    return random.Random(2).sample(sorted(found), min(SCRIPT_FILES, len(found)))


def report(text, mine, go_says):
    print("DIFFERENT", repr(text[:600]), "\n   ours:", json.dumps(mine)[:600], "\n   go:  ", json.dumps(go_says)[:600])
    return 1


def compare(text, mine, directory):
    go_says = theirs(directory)
    if "Error" not in mine:
        return 0 if mine == go_says else report(text, mine, go_says)
    if "Error" in go_says and same_message(mine["Error"], go_says["Error"]):
        return 0
    listed = go("list", "-m", cwd=directory)
    if listed.returncode == 0:
        return report(text, mine, "accepted")
    says = listed.stderr.decode(errors="backslashreplace")
    return 0 if same_message(mine["Error"], says) else report(text, mine, says)


def compare_work(text, mine, directory):
    go_says = theirs(directory, "work")
    same = same_message(mine["Error"], go_says["Error"]) if "Error" in mine and "Error" in go_says else mine == go_says
    return 0 if same else report(text, mine, go_says)


def write_files(top, name, cases):
    files = []
    for i, text in enumerate(cases):
        directory = pathlib.Path(top, name, str(i))
        directory.mkdir(parents=True)
        files.append(directory / name)
        files[-1].write_bytes(text)
    return files


def main():
    differences = 0
    cached = sorted((FIXTURES / "gomodcache/cache/download").glob("**/*.mod"))
    for path, parsed in zip(cached, ours("dep", cached)):
        if "Error" in parsed:
            differences += report(str(path).encode(), parsed, "a file that go has loaded")
    step = max(1, len(cached) // CACHE_FILES)
    cases = corpus("cases.txt", BYTE_CASES) + [path.read_bytes() for path in cached[::step]] + script_files("go.mod")
    works = corpus("works.txt") + script_files("go.work")
    with tempfile.TemporaryDirectory() as top:
        files = write_files(top, "go.mod", cases)
        for text, path, parsed in zip(cases, files, ours("main", files)):
            differences += compare(text, parsed, path.parent)
        files = write_files(top, "go.work", works)
        for text, path, parsed in zip(works, files, ours("work", files)):
            differences += compare_work(text, parsed, path.parent)
    print(f"gorules: {len(cases)} main modules, {len(cached)} dependencies, {len(works)} workspaces, "
          f"{differences} differences")
    sys.exit(1 if differences else 0)


main()
