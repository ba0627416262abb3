"""What go and modferry say about the modules of one directory, as a script left it.

The directory of the script stays in its place and is put back afterwards, so that paths in files mean what they did.
"""
import contextlib, hashlib, json, os, re, shutil, subprocess
from pathlib import Path

import lab
from scriptengine import GO
from scriptproxy import unescape

# Failures of `go list` that are about Go files, not about modules: nothing to compare.
FILES = re.compile(r"expected |build constraints exclude|no Go files|import cycle|use of (internal|vendored) package|found packages|"
                   r"malformed import path|C source files not allowed|no matching files|is a program, not an importable|"
                   r"\.go:\d+:\d+: (missing|illegal|invalid|string|newline|import path|cannot find package)|invalid pattern syntax|"
                   r"outside main module|is not (an importable package|a package path)|invalid import path|"
                   r"cannot import \"main\"|case-insensitive import collision|unknown import path \"C\"")


def is_about_files(message):
    return bool(FILES.search(message))


class World:
    """One state of a script: directories, environment, and the questions about it."""
    def __init__(self, script, scratch, proxy):
        self.script, self.scratch, self.work = script, Path(scratch), script.work
        goproxy = script.env.get("GOPROXY", "")
        if not goproxy or re.search(r"direct|off", goproxy):
            goproxy = proxy
        self.env = {**script.env, "GOFLAGS": "-modcacherw", "GOPROXY": goproxy,
                    "GOMODCACHE": str(self.scratch / "modcache"), "XDG_CACHE_HOME": str(self.scratch / "store"), "GONOPROXY": "none"}

    def go(self, *args, **settings):
        try:
            return subprocess.run([GO, *args], cwd=self.script.cwd, env={**self.env, **settings}, capture_output=True, text=True,
                                  timeout=60, errors="replace", stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise TimeoutError("go " + " ".join(args)) from None

    def modferry(self, *args):
        empty = self.scratch / "empty"
        return lab.modferry("resolve", self.root, "--retries", "0", *args, env={**self.env, "GOMODCACHE": str(empty)}, check=False, cwd=self.script.cwd,
                            errors="replace", timeout=120)

    def find(self):
        """Whether there is a project here, else the reason why not."""
        for name, why in (("GO111MODULE", "GOPATH mode"), ("GOOS", "another platform"), ("GOARCH", "another platform")):
            if self.env.get(name, "") not in ("", "on", "auto", "linux", "amd64", "arm64"):
                return why
        if self.env.get("GO111MODULE") == "auto":
            return "GOPATH mode"
        if "-modfile" in self.script.env.get("GOFLAGS", ""):
            return "-modfile"
        done = self.go("env", "GOMOD", "GOWORK")
        if done.returncode != 0:
            return "settings that go refuses"
        mod, work = done.stdout.split("\n")[:2]
        if work == "off":
            work = ""
        if mod in ("", os.devnull) and not work:
            return "no module here"
        self.mod, self.in_work = Path(mod) if mod not in ("", os.devnull) else None, bool(work)
        self.root = self.mod.parent if self.mod else Path(work).parent
        if str(self.root).startswith(self.env["GOROOT"]):
            return "the standard library as a module"
        return None

    def key(self):
        """Names the state: equal ones are compared once."""
        digest = hashlib.sha256(repr([self.script.cwd, self.env["GOPROXY"], self.env["GOFLAGS"], self.env.get("GOWORK"),
                                      self.env.get("GOENV")]).encode())
        for parent, folders, files in os.walk(self.work):
            folders[:] = sorted(f for f in folders if parent + "/" + f not in (f"{self.work}/gopath/pkg", f"{self.work}/tmp"))
            for name in sorted(files):
                at = os.path.join(parent, name)
                if os.path.islink(at) or name.endswith((".go", ".mod", ".sum", ".work", ".work.sum", ".txt", ".info", ".zip")) or name == "list":
                    digest.update(at.encode() + b"\0" + (os.readlink(at).encode() if os.path.islink(at) else Path(at).read_bytes()))
        return digest.hexdigest()

    @contextlib.contextmanager
    def copy(self):
        """A copy in the place of the original, with an empty module cache, for as long as it lasts."""
        kept = self.work.with_name(self.work.name + ".kept")
        os.rename(self.work, kept)
        shutil.copytree(kept, self.work, symlinks=True,
                        ignore=lambda at, names: ["pkg"] if at == f"{kept}/gopath" else [])
        try:
            yield
        finally:
            shutil.rmtree(self.work)
            os.rename(kept, self.work)
            for cache in ("modcache", "store"):
                shutil.rmtree(self.scratch / cache, ignore_errors=True)

    def complete_sums(self, modules):
        """Adds what go.sum lacks of the modules of the test proxy, so that go.mod alone decides."""
        for file in [self.mod.with_name("go.sum")] if self.mod else []:
            text = file.read_text() if file.exists() else ""
            known = {" ".join(line.split()[:2]) for line in text.splitlines()}
            text += "\n" * (text != "" and not text.endswith("\n"))
            file.write_text(text + "".join(line + "\n" for name, line in modules.sums if name not in known))

    def packages(self):
        """Patterns for the packages of all main modules and their tools."""
        found = []
        for line in self.go("list", "-m", "-mod=readonly", "-f", "{{.Dir}}").stdout.splitlines():
            # "./..." finds modules in folders that patterns pass over
            found.append("./..." if Path(line) == self.script.cwd else line + "/...")
        return [*found, "tool"]

    def get(self, arg):
        """What `go get` ends at in an empty module, and modferry: a version, or a message."""
        path = arg.partition("@")[0]
        at = self.scratch / "get"
        at.mkdir()
        (at / "go.mod").write_text("module example.org/get\n\ngo 1.21\n")
        env = {**self.env, "GOWORK": "off", "GOFLAGS": "-modcacherw", "GO111MODULE": "on"}
        theirs = subprocess.run([GO, "get", arg], cwd=at, env=env, capture_output=True, text=True, errors="replace")
        lines = dict(re.findall(r"(?m)^(?:require |\t)(\S+) (v\S+)", (at / "go.mod").read_text()))
        shutil.rmtree(at)
        shutil.rmtree(self.scratch / "modcache", ignore_errors=True)
        ours = lab.modferry("resolve", "--level", "all", "--retries", "0", arg, "--json", check=False, env={**env, "GOMODCACHE": str(self.scratch / "empty")})
        roots = {r["path"]: r["version"] for r in json.loads(ours.stdout)["roots"]} if ours.returncode == 0 else {}
        prefix = max((p for p in lines if path == p or path.startswith(p + "/")), key=len, default=None)
        return (lines[prefix] if prefix and theirs.returncode == 0 else theirs.stderr,
                next(iter(roots.values())) if roots else ours.stderr)

    def go_mod_text(self):
        return self.mod.read_bytes() if self.mod else b""

    def zips(self):
        download, found = self.scratch / "modcache/cache/download", set()
        for file in download.rglob("*.zip"):
            path, version = str(file.relative_to(download)).split("/@v/")
            found.add(unescape(path) + "@" + unescape(version.removesuffix(".zip")))
        return found


def modules_of(done):
    return {f"{m['path']}@{m['version']}" for m in json.loads(done.stdout)["modules"] if not m["only_mod"]}


# What go says, and the words of modferry for the same where they differ.
WORDS = [
    (r"reading \S+: (\d+) ", r" \1 "),
    (r"reading \S+: no such file or directory", "404 "),
    (r"(?:no required module provides|cannot find module providing) package (\S+?)[;:]", r"no required module provides package \1"),
    (r"ambiguous import: found package (\S+) in multiple modules", r"ambiguous import: found package \1 in multiple modules"),
    (r"provides package (\S+) and is replaced but not required", r"no required module provides package \1"),
    (r"(package \S+ is not in std)", r"\1"),
    (r"(imports \S+ from implicitly required module)", r"\1"),
    (r"(updates to go\.mod needed)", r"\1"),
    (r"updates to go\.mod needed", r"is not an exact version"),
    (r"module declares its path as: (\S+)", r"module declares its path as: \1"),
    (r"(checksum mismatch)", r"\1"),
    (r"(used for two different module paths)", r"\1"),
    (r"cannot load module \S+ (listed in go.work file: open )", r"\1"),
    (r"(reading go\.work: open )", r"\1"),
    (r"\(replaced by \S+(\): reading )", r"\1"),
]


def fragments(message):
    """What modferry has to say where go fails with this message: one of these."""
    found = {f for line in message.splitlines() for f in positions(line)}
    for pattern, ours in WORDS:
        found |= {m.expand(ours) for m in re.finditer(pattern, message)}
    if found:
        return sorted(found)
    lines = [l for l in message.splitlines() if l and not re.match(r"go: (downloading|finding|warning|found|added|ignoring)", l)]
    first = re.sub(r"^(go: )?(cannot match \"all\": )?", "", lines[0]) if lines else message
    return [re.split(r"; |\. To ", first)[0].strip().rstrip(":")]


def positions(line):
    m = re.match(r"(?:.*/)?(go\.(?:mod|work|sum):\d+)(?::\d+)?: (.*)", line)
    return [f"{m[1]}: {m[2]}"] if m else []


def refusal_agrees(theirs, ours):
    said = re.sub(r"(go\.(?:mod|work|sum):\d+):\d+: ", r"\1: ", ours)
    return any(f in said for f in fragments(theirs))


def query_failure(message):
    """None where `go get` fails for what is in the packages, which a plan does not look at."""
    if re.search(r"does not contain package|no matching versions for query|unknown revision|404|invalid|malformed|not found|"
                 r"no such file|disabled by|declares its path|40\d |410 |500 |excluded|mismatch|retracted|unrecognized import path", message) \
            and "does not contain package" not in message:
        return "refused"
    return None
