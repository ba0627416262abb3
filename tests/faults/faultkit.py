"""What the tests of faults share: bundles with a checksum database, runs under the shim, and what must hold after each.

$FAULT_SHIM is the library made from shim.c, whose top says what it can do.
"""
import collections, contextlib, functools, http.server, os, random, shutil, struct, subprocess, sys, tempfile, threading
from pathlib import Path

for folder in ("e2e", "attack"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / folder))
import damage, lab, testdb  # noqa: E402

CLASSES = ("alloc", "read", "write", "open", "close", "sync", "rename", "truncate", "copy", "mkdir", "unlink", "chmod",
           "stat", "lock", "list", "net", "thread", "nameless", "any")
STATE_SIZE = 8 * (len(CLASSES) + 2)
SHIM = os.environ.get("FAULT_SHIM", "")
KINDS = damage.KINDS
NAME = testdb.NAME

LINES = "".join(f"const Line{n} = \"some text that compresses, number {n}\"\\n" for n in range(400))
MODULES = {
    "one@v1.0.0": f"go 1.21\n+ one.go <- package one\\nconst Name = \"one\"\\n{LINES}\n+ doc/readme.txt\n+ sub/x/x.go <- package x\n",
    "Two@v1.0.0": "go 1.21\nrequire example.com/one v1.0.0\n+ two.go <- package two\\nimport \"example.com/one\"\\nconst Name = one.Name\n",
    "three@v1.0.0": "go 1.21\n+ three.go <- package three\\nconst Name = \"three\"\n+ a/b/c/deep.txt\n",
    "three@v1.1.0": "go 1.21\n+ three.go <- package three\\nconst Name = \"three, newer\"\n+ a/b/c/deep.txt\n",
    "large@v1.0.0": f"go 1.21\n+ noise.txt <- {random.Random(1).randbytes(3 << 20).hex()}\n",
    "four@v1.0.0": f"go 1.21\n+ four.go <- package four\\n{LINES}\n",
}
BUNDLES = {1: ("one@v1.0.0", "Two@v1.0.0", "three@v1.0.0"), 2: ("one@v1.0.0", "three@v1.1.0", "four@v1.0.0"),
           3: ("large@v1.0.0", "three@v1.0.0", "four@v1.0.0")}

# Libraries keep no frame pointers: only a slow walk up the stack finds which of them lost something.
SANITIZERS = {"ASAN_OPTIONS": "verify_asan_link_order=0:allocator_may_return_null=1:fast_unwind_on_malloc=0",
              "LSAN_OPTIONS": f"print_suppressions=0:suppressions={Path(__file__).resolve().with_name('lsan.supp')}"}
Done = collections.namedtuple("Done", "status out err counts fired shortened")


class World(damage.Lab):
    """A proxy of small modules and a large one, bundles of three each under different tree heads, and the trees they give."""

    def __init__(self, scratch):
        super().__init__(scratch)
        if not Path(SHIM).is_file():
            lab.skip("FAULT_SHIM does not name the shim")
        self.local = threading.local()
        self.proxy = self.top / "proxy"
        self.sums = self.top / "go.sum"
        spec = "".join(f"-- example.com/{name} --\n{text}" for name, text in MODULES.items())
        lab.run([sys.executable, lab.REPO / "tests/cli/mkproxy.py", self.proxy, "--sum", self.sums, "--no-sumdb"], input=spec)
        self.database = testdb.Database(self.proxy / "sumdb" / NAME)
        self.database.fill(600)
        self.database.add_tree(self.proxy)
        self.env["GOPROXY"] = f"file://{self.proxy}"
        self.bundles = {}
        for number in BUNDLES:
            self.database.fill(300 * number)
            self.database.publish()
            self.bundles[number] = self.top / f"bundle{number}.tar.zst"
            self.must(*self.pack_arguments(number, self.bundles[number]), program="modferry")
        self.project = self.top / "project"
        self.project.mkdir()
        (self.project / "go.mod").write_text("module example.com/p\n\ngo 1.21\n\nrequire (\n" + "".join(
            f"\texample.com/{name} v1.0.0\n" for name in ("one", "Two", "three")) + ")\n")
        (self.project / "p.go").write_text("package p\n\nimport (\n" + "".join(
            f'\t_ "example.com/{name}"\n' for name in ("one", "Two", "three")) + ")\n")
        (self.project / "go.sum").write_text(self.sums.read_text())
        self.isolation = lab.isolation()
        self.stages = {(kind, done): self.stage(kind, done) for kind in KINDS for done in ((1,), (2,), (3,), (1, 2), (2, 1))}

    def pack_arguments(self, number, out):
        return ("pack", *(f"example.com/{m}" for m in BUNDLES[number]), "-o", out, "--key", self.key, "--quiet")

    def unpack_arguments(self, number, kind, target):
        return ("unpack", self.bundles[number], f"--{kind}", target, "--pubkey", self.pub, "--quiet")

    def stage(self, kind, numbers):
        """What the tree holds after these bundles."""
        target = self.new()
        for number in numbers:
            self.must(*self.unpack_arguments(number, kind, target))
        return files_of(target)

    def go_environment(self, target, kind, home):
        """For a `go` that has only that tree; its own caches are in `home`, but what it has compiled is shared."""
        own = {"GOPROXY": "off", "GOMODCACHE": str(target)} if kind == "modcache" else {
            "GOPROXY": f"file://{target}", "GOMODCACHE": str(home / "modcache")}
        return {**self.env, **own, "GOPATH": str(home / "gopath"), "GOCACHE": str(self.top / "gocache"),
                "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw", "GOTELEMETRY": "off"}

    def faulty(self, *args, fault=None, short=None, program="modferry-offline", seconds=None, env=None, **more):
        """Runs it under the shim; with `seconds`, it is killed after them."""
        if not hasattr(self.local, "state"):
            self.local.state = self.new(".state")
        state = str(self.local.state)
        Path(state).write_bytes(bytes(STATE_SIZE))
        extra = {"LD_PRELOAD": SHIM, "FAULT_STATE": state, **SANITIZERS}
        extra |= {"FAULT_AT": fault} if fault else {}
        extra |= {"FAULT_SHORT": str(short)} if short is not None else {}
        child = self.start(*args, program=program, env={**(env or {}), **extra}, **more)
        try:
            out, err = child.communicate(timeout=seconds or damage.SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            assert seconds, f"{args}: {fault} {short}: it hangs"
        numbers = struct.unpack(f"{len(CLASSES) + 2}Q", Path(state).read_bytes())
        return Done(child.returncode, out, err.decode(), dict(zip(CLASSES, numbers)), *numbers[-2:])

    @contextlib.contextmanager
    def server(self):
        """The proxy on loopback; yields its URL."""
        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

        handler = functools.partial(Handler, directory=str(self.proxy))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()

    def judge_failure(self, done, statuses=(5,)):
        """A run that failed says why, and does so with the right status."""
        said = done.err.replace("modferry: the error could not be printed as JSON\n", "")
        status, text = damage.outcome(subprocess.CompletedProcess((), done.status, "", said))
        assert status in statuses, f"exit {status}: {text}"
        return text

    def judge_tree(self, target, kind, stages, whole=None, dead=False):
        """Whatever has a final name is right, for one of these stages; all of the stage `whole` is there. After a run
        that was killed (`dead`) there may be temporaries."""
        if not target.exists():
            assert not whole, "nothing was published"
            return
        assert dead or not damage.temporaries(target), damage.temporaries(target)
        found = files_of(target)
        rights = [self.stages[kind, stage] for stage in stages]
        for name, digest in found.items():
            if name.endswith("@v/list"):
                named = {f"{name[:-4]}{v}.mod" for v in (target / name).read_text().split()}
                assert named <= set(found), f"{name} names what is not there"
            else:
                assert any(right.get(name) == digest for right in rights), f"{name} is not as it should be"
        if whole:
            right = self.stages[kind, whole]
            assert found == right, f"missing {sorted(set(right) - set(found))}, other {[n for n in found if found[n] != right.get(n)]}"
        self.judge_supported(target, found)
        if kind == "modcache":
            self.judge_directories(target, found, rights)

    @staticmethod
    def judge_supported(target, found):
        """Where a tree says that it serves the checksum database, it has the lookup of every module."""
        if f"sumdb/{NAME}/supported" not in found:
            return
        for name in found:
            if name.endswith(".zip"):
                path, _, version = name.removesuffix(".zip").rpartition("/@v/")
                assert f"sumdb/{NAME}/lookup/{path}@{version}" in found, f"no lookup of {path}@{version}"

    @staticmethod
    def judge_directories(target, found, rights):
        """A directory that go would believe is whole."""
        for directory in target.glob("example.com/*@*"):
            path, _, version = str(directory.relative_to(target)).partition("@")
            stem = f"cache/download/{path}/@v/{version}"
            prefix = f"{path}@{version}/"
            if f"{stem}.partial" in found:
                continue
            wanted = {n for right in rights for n in right if n.startswith(prefix)}
            assert wanted == {n for n in found if n.startswith(prefix)}, f"{directory} is not whole"

    def check(self, target, allowed=(0,)):
        """`modferry check` finds nothing wrong."""
        if not (target / ".modferry/installed").exists():
            return
        done = self.run("check", target)
        assert done.returncode in allowed, f"check: {done.stdout}{done.stderr}"


# What go says where it lacks a module, or is given a wrong one.
LACKS = ("module lookup disabled", "no such file or directory", "not found", "missing go.sum entry")
WRONG = ("mismatch", "SECURITY", "not a valid zip", "unexpected EOF", "malformed", "syntax error", "undefined:", "expected 'package'")


def go_lacks(text):
    """Whether a failed build was for want of a module, and for nothing else."""
    return any(word in text for word in LACKS) and not any(word in text for word in WRONG)


def files_of(top):
    """{name: SHA-256} of what has a final name."""
    return {name: digest for name, digest in damage.sha256_tree(top).items() if ".modferry-" not in name}


def scratch():
    """A scratch folder, in memory where that is possible: what is tested is not the speed of a disc."""
    memory = Path("/dev/shm")
    room = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30
    return tempfile.TemporaryDirectory(dir=memory if room else None)


def remove(path):
    if path.exists():
        subprocess.run(["chmod", "-R", "u+w", path], check=False)
        shutil.rmtree(path)


def spread(count, total, generator):
    """`count` different numbers from 1 to `total`, one of each stretch of equal length."""
    count = min(count, total)
    return [generator.randint(i * total // count + 1, (i + 1) * total // count) for i in range(count)]
