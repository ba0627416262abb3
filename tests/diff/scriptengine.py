"""Runs a script test of the go command (GOROOT/src/cmd/go/testdata/script) with the installed go.

The language is that of GOROOT/src/cmd/internal/script; what it has beyond modules is left out. A script ends early, with a
reason, where it needs what is not here: the network, version control, the test build of go (TESTGO_*).
"""
import os, re, shutil, subprocess
from pathlib import Path

SECONDS = 120
GO = shutil.which("go")
UNKNOWN = {"net": "network", "git": "version control", "git-sha256": "version control", "bzr": "version control"}
FALSE = {"short", "go-builder", "verbose", "race", "asan", "msan", "trimpath", "fuzz", "cross", *UNKNOWN}
TRUE = {"symlink", "case-sensitive", "link", "mod-cache"}


class Stop(Exception):
    """The script ends here; the argument is the reason, empty for `stop`."""


class Mismatch(Exception):
    """The installed go does not do what the script expects of its own go."""


def words_of(line):
    """The words of a line, each a list of (text, quoted)."""
    words, word, start, quoted, i = [], [], None, False, 0
    while True:
        end = i >= len(line)
        if not quoted and (end or line[i] in " \t\r\n#"):
            if start is not None:
                word.append((line[start:i], False))
                start = None
            if word:
                words.append(word)
                word = []
            if end or line[i] == "#":
                return words
        elif end:
            raise Stop("script language")
        elif line[i] == "'":
            if start is not None:
                word.append((line[start:i], quoted))
            if quoted and line[i + 1:i + 2] == "'":
                i += 1
                start = i
            else:
                quoted, start = not quoted, i + 1 if not quoted else None
        elif start is None:
            start = i
        i += 1


class Script:
    def __init__(self, comment, files, work, environment, before_go=None, after_go=None):
        self.work, self.cwd = Path(work), Path(work) / "gopath/src"
        self.env = {**environment, "WORK": str(work), "GOPATH": f"{work}/gopath", "TMPDIR": f"{work}/tmp",
                    "HOME": f"{work}.home"}
        self.stdout = self.stderr = ""
        self.before_go, self.after_go = before_go, after_go
        self.lines = comment.decode().splitlines()
        for folder in ("tmp", "gopath/src"):
            (self.work / folder).mkdir(parents=True)
        self.enter(self.cwd)
        for name, body in files:
            file = self.path(self.expand(name))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)

    def path(self, name):
        return Path(os.path.normpath(self.cwd / name))

    def enter(self, folder):
        self.cwd = folder
        self.env["PWD"] = str(folder)

    def expand(self, text, in_pattern=False):
        def value(m):
            name = m[1] or m[2]
            found = {"/": "/", ":": ":"}.get(name) or self.env.get(name, "")
            return re.escape(found) if in_pattern else found
        return re.sub(r"\$(?:\{([^}]*)\}|([A-Za-z_]\w*))", value, text)

    def join(self, word, in_pattern=False):
        return "".join(text if quoted else self.expand(text, in_pattern) for text, quoted in word)

    def run(self):
        """Raises Stop or Mismatch."""
        for number, line in enumerate(self.lines, 1):
            words = words_of(line)
            want, active = "", True
            while words and not words[0][0][1] and len(words[0]) == 1:
                first = words[0][0][0]
                if first in ("!", "?"):
                    want = first
                elif first.startswith("[") and first.endswith("]"):
                    active = active and self.condition(first[1:-1].strip(), words)
                else:
                    break
                words = words[1:]
            if words and active:
                try:
                    self.command(want, self.join(words[0]), words[1:])
                except (AssertionError, OSError, re.error, UnicodeError) as e:
                    raise Mismatch(f"line {number}: {line.strip()}: {e}") from e

    def condition(self, text, words):
        wanted = not text.startswith("!")
        name, _, suffix = text.removeprefix("!").strip().partition(":")
        if not wanted and name in UNKNOWN and any(w[0][0] == "skip" for w in words):
            raise Stop(UNKNOWN[name])
        if name == "exec":
            holds = bool(shutil.which(suffix))
        elif name in ("GOOS", "GOARCH"):
            holds = suffix == self.env[name]
        elif name == "root":
            holds = os.geteuid() == 0
        elif name == "cgo":
            holds = bool(shutil.which("gcc"))
        elif name == "compiler":
            holds = suffix == "gc"
        else:
            holds = name in TRUE
            if name not in TRUE | FALSE | {"GOEXPERIMENT", "GODEBUG", "buildmode", "cc"}:
                raise Stop("script language")
        return holds == wanted

    def command(self, want, name, words):
        if name == "go" or name == "exec":
            return self.execute(want, name, [self.join(w) for w in words])
        run = getattr(self, "do_" + name, None)
        if run is None:
            raise Stop("script language")
        pattern_at = next((i for i, w in enumerate(words) if not self.join(w).startswith("-")), None)
        args = [self.join(w, in_pattern=name in ("stdout", "stderr", "grep") and i == pattern_at) for i, w in enumerate(words)]
        try:
            run(*args)
        except AssertionError:
            if want == "":
                raise
        else:
            assert want != "!", "succeeds"

    def execute(self, want, name, args):
        if args[-1:] == ["&"]:
            args.pop()
        if name == "go" and self.before_go:
            self.before_go(self, args)
        program = [GO, *args] if name == "go" else args
        try:
            done = subprocess.run(program, cwd=self.cwd, env=self.env, capture_output=True, text=True, timeout=SECONDS,
                                  errors="surrogateescape", stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as e:
            raise Stop("takes too long") from e
        self.stdout, self.stderr = done.stdout, done.stderr
        if name == "go" and self.after_go:
            self.after_go(self, args)
        assert want == "?" or (done.returncode == 0) == (want == ""), f"exit {done.returncode}: {done.stderr.strip()}"

    # The commands of the language, by name.

    def do_skip(self, *message):
        raise Stop("the script skips itself")

    def do_stop(self, *message):
        raise Stop("")

    def do_wait(self):
        pass

    def do_env(self, *args):
        for arg in args:
            key, found, value = arg.partition("=")
            if key == "GOSUMDB" and value != "off" or "sumdb" in value:
                raise Stop("checksum database")
            if key.startswith("TESTGO_") or key == "TESTGOVCSREMOTE":
                raise Stop("test build of go")
            if found:
                self.env[key] = value

    def do_cd(self, folder):
        folder = self.path(folder)
        assert folder.is_dir(), "no directory"
        self.enter(folder)

    def do_mkdir(self, *folders):
        for folder in folders:
            self.path(folder).mkdir(parents=True, exist_ok=True)

    def do_rm(self, *names):
        for path in map(self.path, names):
            if path.is_dir() and not path.is_symlink():
                for parent, folders, _ in os.walk(path):
                    os.chmod(parent, 0o777)
                shutil.rmtree(path)
            elif os.path.lexists(path):
                path.unlink()

    def do_mv(self, old, new):
        os.rename(self.path(old), self.path(new))

    def do_cp(self, *args):
        target = self.path(args[-1])
        for name in args[:-1]:
            to = target / name.rsplit("/")[-1] if target.is_dir() else target
            to.write_bytes(self.read(name))

    def do_symlink(self, path, arrow, target):
        os.symlink(target, self.path(path))

    def do_chmod(self, mode, *names):
        for name in names:
            os.chmod(self.path(name), int(mode, 8))

    def do_cat(self, *names):
        self.stdout, self.stderr = "".join(self.read(n).decode() for n in names), ""

    def do_echo(self, *args):
        self.stdout, self.stderr = " ".join(args) + "\n", ""

    def do_replace(self, *args):
        file = self.path(args[-1])
        text = file.read_text()
        for old, new in zip(args[:-1:2], args[1:-1:2]):
            text = text.replace(*(s.encode().decode("unicode_escape") for s in (old, new)))
        file.write_text(text)

    def do_exists(self, *args):
        for name in args:
            if name == "-readonly":
                raise Stop("root may write everything" if os.geteuid() == 0 else "script language")
            assert name.startswith("-") or os.path.exists(self.path(name)), f"{name} does not exist"

    def read(self, name):
        text = {"stdout": self.stdout, "stderr": self.stderr}.get(name)
        return self.path(name).read_bytes() if text is None else text.encode(errors="surrogateescape")

    def do_cmp(self, *args):
        one, two = [a for a in args if a != "-q"]
        assert self.read(one) == self.read(two), "they differ"

    def do_cmpenv(self, *args):
        one, two = [a for a in args if a != "-q"]
        assert self.expand(self.read(one).decode()) == self.expand(self.read(two).decode()), "they differ"

    def match(self, args, text):
        count = next((int(a[len("-count="):]) for a in args if a.startswith("-count=")), None)
        pattern = next(a for a in args if not a.startswith("-count=") and a != "-q")
        found = len(re.findall("(?m)" + pattern.replace(r"\z", r"\Z"), text))
        assert found if count is None else found == count, f"{found} matches in {text.strip()!r}"

    def do_stdout(self, *args):
        self.match(args, self.stdout)

    def do_stderr(self, *args):
        self.match(args, self.stderr)

    def do_grep(self, *args):
        self.match(args[:-1], self.path(args[-1]).read_text())
