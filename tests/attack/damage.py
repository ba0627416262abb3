#!/usr/bin/env python3
"""Damaged bundles, full discs, signals and rivals, systematically; and the table of bad inputs in docs/errors.md.

usage: damage.py core|all [NAME...]     (NAME: only these tests)

Whatever happens to a bundle or to a run: exit status 0 only where nothing was lost; one message with a next step; no
module in a tree but those of the undamaged bundle, bit for bit; no partial file and no temporary left behind.

Each row of the table names its test. A row of a transcript must be found there with its status and its words; the rows
of this file are run here. `core` takes samples, `all` every byte.
"""
import concurrent.futures, contextlib, functools, hashlib, http.server, json, os, random, re, resource, shutil, signal
import subprocess, sys, tempfile, threading, time, traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import lab, testdb  # noqa: E402

MKBUNDLE = lab.BIN.parent / "diff/diff_clibundle"
TABLE = lab.REPO / "docs/errors.md"
SECONDS = 120
KINDS = ("proxy", "modcache")
# What minisign does not sign. Nothing is decided by them: keys are told apart by all of their bytes.
HARMLESS = ("untrusted comment", "key id")


def sha256_tree(top):
    """{name: SHA-256} of every file that counts: not modferry's own notes, not go's locks."""
    found = {}
    for directory, folders, files in os.walk(top):
        folders[:] = [f for f in folders if f != ".modferry"]
        for name in files:
            path = Path(directory) / name
            if name != "lock" and not name.endswith(".lock"):
                found[str(path.relative_to(top))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def temporaries(top):
    return [str(p) for p in Path(top).rglob("*") if p.name.startswith(".modferry-") or p.name.endswith(".tmp")]


def outcome(done):
    """Exit status and first line of what a run said, after checking that it spoke as every failure must."""
    lines = [line for line in done.stderr.split("\n") if line and not line.startswith("modferry: warning:")]
    assert done.returncode >= 0, f"killed by signal {-done.returncode}: {done.stderr}"
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    if done.returncode == 0:
        return 0, ""
    assert lines and lines[0].startswith("modferry: "), f"exit {done.returncode} without a message: {done.stderr}"
    assert lines[-1].startswith("  next: ") and len(lines) <= 3, f"not one message and a next step: {done.stderr}"
    return done.returncode, lines[0].removeprefix("modferry: ")


class Lab:
    """A scratch folder with keys, bundles and what they unpack to."""

    def __init__(self, scratch):
        self.top = Path(scratch)
        self.count = 0
        for name in ("home", "tmp"):
            (self.top / name).mkdir()
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG") or k.startswith(("ASAN", "UBSAN", "TSAN"))}
        self.env = {**keep, "HOME": str(self.top / "home"), "TMPDIR": str(self.top / "tmp"), "GOENV": "off",
                    "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1700000000", "XDG_CACHE_HOME": str(self.top / "cache"),
                    "GOSUMDB": lab.GOSUMDB}
        self.key, self.pub = self.top / "a.key", self.top / "a.pub"
        self.must("keygen", "--secret", self.key, "--public", self.pub, "--no-password")
        self.must("keygen", "--secret", self.top / "b.key", "--public", self.top / "b.pub", "--no-password")

    def new(self, suffix=""):
        """A name in the scratch folder that nothing has."""
        self.count += 1
        return self.top / f"n{self.count}{suffix}"

    def run(self, *args, program="modferry-offline", env=None, **more):
        return subprocess.run([lab.BIN / program, *map(str, args)], env={**self.env, **(env or {})}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS, **more)

    def start(self, *args, program="modferry-offline", env=None, **more):
        return subprocess.Popen([lab.BIN / program, *map(str, args)], env={**self.env, **(env or {})},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def must(self, *args, **more):
        done = self.run(*args, **more)
        assert done.returncode == 0, f"{args}: {done.stderr}"
        return done

    @functools.lru_cache(maxsize=None)
    def bundle(self, *options, signed=True):
        """A bundle of small modules; the same file for the same options."""
        path = self.new(".tar.zst")
        subprocess.run([MKBUNDLE, path, *options], check=True, cwd=self.top)
        if signed:
            self.must("sign", path, "--key", self.key)
        return path

    @functools.lru_cache(maxsize=None)
    def tree(self, kind, *options):
        """Where the whole bundle was unpacked."""
        path = self.new()
        self.must("unpack", self.bundle(*options), f"--{kind}", path, "--pubkey", self.pub)
        return path

    def online(self, proxy, url=None):
        """The settings for packing from a proxy tree, with a checksum database of what is in it."""
        database = testdb.serve_tree(proxy, into=f"{proxy}.sumdb")
        return {"GOPROXY": url or f"file://{proxy}", "GOSUMDB": f"{database.log.signer.key} file://{proxy}.sumdb"}

    @functools.lru_cache(maxsize=None)
    def files(self, kind, *options):
        return sha256_tree(self.tree(kind, *options))

    def check_tree(self, path, kind, options, whole):
        """Nothing but files of the whole bundle, each complete; all of them where `whole`."""
        if not path.exists():
            assert not whole, "nothing was published"
            return
        found, right = sha256_tree(path), self.files(kind, *options)
        for name, digest in found.items():
            if name.endswith("@v/list"):
                published = {f"{name[:-4]}{v}.mod" for v in (path / name).read_text().split()}
                assert published <= set(found), f"{name} names what is not there"
            else:
                assert right.get(name) == digest, f"{name} is not as it should be"
        assert not whole or found == right, f"missing: {sorted(set(right) - set(found))}"
        self.check_with_go(path, kind, found)

    def judge(self, path, kind, options, whole):
        """After a run: temporaries, files, `check`, and go."""
        assert not path.exists() or not temporaries(path), temporaries(path)
        self.check_tree(path, kind, options, whole)
        if path.exists() and (path / ".modferry/installed").exists():
            status, text = outcome(self.run("check", path))
            assert status == 0, f"check {path}: {text}"

    @functools.lru_cache(maxsize=None)
    def sums(self, bundle):
        """go.sum lines of what a bundle carries."""
        modules = json.loads(self.must("list", bundle, "--allow-unsigned", "--json").stdout)["modules"]
        return {(m["path"], m["version"]): (m.get("h1"), m["mod_h1"]) for m in modules}

    def check_with_go(self, path, kind, found, seen={}):  # noqa: B006: remembers what go has seen already
        """`go` takes every published zip from a proxy tree and finds the hashes that the bundle promised."""
        zips = sorted(n for n in found if n.endswith(".zip"))
        state = (kind, tuple((n, found[n]) for n in zips))
        if not zips or state in seen or not shutil.which("go"):
            return
        seen[state] = True
        cache = self.new() if kind == "proxy" else path
        # these bundles are made by hand and carry no checksum database
        env = {**self.env, "GOPROXY": f"file://{path}" if kind == "proxy" else "off", "GOMODCACHE": str(cache),
               "GOSUMDB": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw -mod=mod"}
        promised = {k: h1 for b in (self.bundle(), self.bundle("--big", "20")) for k, (h1, _) in self.sums(b).items()}
        for name in zips:
            base, _, version = name.removeprefix("cache/download/").removesuffix(".zip").rpartition("/@v/")
            done = subprocess.run(["go", "mod", "download", "-json", f"{base}@{version}"], cwd=self.top, env=env,
                                  text=True, capture_output=True)
            assert done.returncode == 0, f"go: {done.stdout}{done.stderr}"
            assert json.loads(done.stdout)["Sum"] == promised[base, version], f"go finds another hash for {name}"


# --- damage to the bundle ---

def flipped(data, at, bit):
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]


class Damage:
    def __init__(self, world, everything):
        self.world, self.everything = world, everything
        self.harmless = 0

    def attempt(self, data, options, allowed, what):
        """verify and both targets with damaged bytes; returns whether all took it as if it were whole."""
        world = self.world
        bundle = world.new(".damaged")
        bundle.write_bytes(data)
        statuses = set()
        for kind in (None, *KINDS):
            target = world.new()
            arguments = ("verify", bundle) if kind is None else ("unpack", bundle, f"--{kind}", target)
            status, text = outcome(world.run(*arguments, "--pubkey", world.pub, "--jobs", "1"))
            assert status in allowed, f"{what}: {arguments[0]} {kind or ''}: exit {status} {text}"
            statuses.add(status)
            if kind:
                try:
                    world.judge(target, kind, options, status == 0)
                except AssertionError as wrong:
                    raise AssertionError(f"{what}: {kind}: {wrong}") from None
                shutil.rmtree(target, ignore_errors=True)
        bundle.unlink()
        assert statuses in ({0}, statuses - {0}), f"{what}: the commands do not agree: {statuses}"
        return 0 in statuses

    def each(self, jobs):
        """Runs (data, options, allowed, what) two at a time; raises the first failure. Returns those that passed."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            futures = [(pool.submit(self.attempt, data(), options, allowed, what), what)
                       for data, options, allowed, what in jobs]
            return [what for future, what in futures if future.result()]

    def regions(self, data):
        """{name: (start, end)} of a bundle of two payload frames, from its own format."""
        size = int.from_bytes(data[5:9], "little")
        head = 9 + size + 3 * -(-size // 131072)
        frames = [f["size"] for f in json.loads(self.manifest(data))["frames"]]
        comment = data.index(b"untrusted comment: ")
        regions = {"head frame header": (0, 12), "tar header of the manifest": (12, 524),
                   "manifest": (524, 524 + len(self.manifest(data)))}
        padded = 524 + -(-len(self.manifest(data)) // 512) * 512
        regions["padding of the manifest"] = (524 + len(self.manifest(data)), padded)
        regions["tar header of the signature"] = (padded, comment)
        regions["untrusted comment"] = (comment + len(b"untrusted comment: "), data.index(b"\n", comment))
        line = data.index(b"\n", comment) + 1
        # two bytes name the algorithm, eight the key; in base64
        regions["algorithm"], regions["key id"] = (line - 1, line + 2), (line + 2, line + 14)
        regions["signature"] = (line + 14, head)
        at = head
        for i, frame in enumerate(frames):
            regions[f"payload frame {i + 1}"] = (at, at + frame)
            at += frame
        regions["seek table"] = (at, len(data))
        return regions

    @staticmethod
    def manifest(data):
        size = int(data[12 + 124:12 + 135], 8)
        return data[524:524 + size]

    def offsets(self, start, end, samples):
        if self.everything or end - start <= samples:
            return range(start, end)
        inner = random.Random(start).sample(range(start + 1, end - 1), samples - 2)
        return sorted({start, end - 1, *inner})

    def flips(self, options=(), samples=4):
        data = self.world.bundle(*options).read_bytes()
        jobs = []
        for region, (start, end) in self.regions(data).items():
            allowed = {0, 1, 4} if region in HARMLESS else {1, 4}
            for at in self.offsets(start, end, samples):
                bit = 1 << (at * 7 % 8)
                jobs.append((functools.partial(flipped, data, at, bit), options, allowed,
                             f"{region}: byte {at} ^ {bit:#x}"))
        passed = self.each(jobs)
        assert all(what.startswith(HARMLESS) for what in passed), passed
        print(f"  {len(jobs)} flips {' '.join(options)}: {len(passed)} harmless ones, in {' and '.join(HARMLESS)}")

    def cuts(self, options=(), samples=12):
        data = self.world.bundle(*options).read_bytes()
        jobs = [(lambda n=n: data[:n], options, {4}, f"cut to {n} bytes")
                for n in self.offsets(0, len(data), samples)]
        assert not self.each(jobs)
        print(f"  {len(jobs)} lengths {' '.join(options)}")

    def behind(self, options=()):
        data = self.world.bundle(*options).read_bytes()
        extra = {"a zero byte": b"\0", "a newline": b"\n", "itself": data, "an empty skippable frame":
                 b"\x50\x2a\x4d\x18\0\0\0\0", "an empty zstd frame": bytes.fromhex("28b52ffd2000010000")}
        assert not self.each([(lambda e=e: data + e, options, {4}, f"{n} behind it") for n, e in extra.items()])

    def mixed(self):
        """Payload of one bundle, head of another: both signed."""
        one, other = (self.world.bundle(*o).read_bytes() for o in ((), ("--newer",)))
        cut = [self.regions(d)["payload frame 1"][0] for d in (one, other)]
        assert not self.each([(lambda: one[:cut[0]] + other[cut[1]:], (), {1, 4}, "another payload"),
                              (lambda: other[:cut[1]] + one[cut[0]:], ("--newer",), {1, 4}, "another head")])

    def large(self):
        """Several frames, so that modules are complete before the damage; the next run completes the tree."""
        options = ("--big", "20")
        data = self.world.bundle(*options).read_bytes()
        regions = self.regions(data)
        for kind in KINDS:
            target = self.world.new()
            last = max(r for r in regions if r.startswith("payload"))
            for at, cut in ((regions[last][0] + 100, False), (regions[last][1] - 1, True)):
                bad = self.world.new(".damaged")
                bad.write_bytes(data[:at] if cut else flipped(data, at, 1))
                status, _ = outcome(self.world.run("unpack", bad, f"--{kind}", target, "--pubkey", self.world.pub))
                assert status == (4 if cut else 1), status
                self.world.judge(target, kind, options, False)
            self.world.must("unpack", self.world.bundle(*options), f"--{kind}", target, "--pubkey", self.world.pub)
            self.world.judge(target, kind, options, True)


# --- questions to what is damaged ---

class Fits:
    """`fits` reads parts of a bundle: it must notice damage in each of them, and keep no index of anything wrong."""

    def __init__(self, world, damage, options):
        self.world, self.damage, self.options = world, damage, options
        self.project = world.new()
        self.project.mkdir()
        (self.project / "go.mod").write_text("module example.com/app\n\ngo 1.21\n\nrequire (\n"
                                             "\texample.com/alpha v1.2.0\n\texample.com/beta v0.3.1\n)\n\n"
                                             "exclude example.com/gamma v1.0.0 // only its go.mod is held\n")
        (self.project / "main.go").write_text('package main\n\nimport _ "example.com/alpha"\nimport _ "example.com/beta"\n')
        self.right = self.indexes(self.ask(world.bundle(*options), "tidy")[1])

    def ask(self, bundle, level):
        """Status and the cache of a run that has none from before."""
        cache = self.world.new()
        done = self.world.run("fits", self.project, bundle, "--pubkey", self.world.pub, "--level", level, "--jobs", "1",
                              "--allow-missing-sum", program="modferry", env={"XDG_CACHE_HOME": str(cache)})
        return outcome(done)[0], cache

    @staticmethod
    def indexes(cache):
        return {str(p.relative_to(cache)): p.read_bytes() for p in cache.rglob("*.packages")}

    def attempt(self, data, region, what):
        bundle = self.world.new(".damaged")
        bundle.write_bytes(data)
        for level in ("tidy", "all"):
            status, cache = self.ask(bundle, level)
            # at level all nobody asks for the content
            unseen = level == "all" and region == "payload frame 2"
            allowed = {0} if unseen else {0, 1, 4} if region in HARMLESS else {1, 4}
            assert status in allowed, f"fits, {what}, level {level}: exit {status}"
            kept = self.indexes(cache)
            assert kept.items() <= self.right.items(), f"fits, {what}: an index of something else was kept"
            shutil.rmtree(cache, ignore_errors=True)
        bundle.unlink()

    def run(self, samples):
        data = self.world.bundle(*self.options).read_bytes()
        count = 0
        assert len(self.right) == 2, self.right.keys()
        for region, (start, end) in self.damage.regions(data).items():
            for at in self.damage.offsets(start, end, samples):
                self.attempt(flipped(data, at, 1 << (at * 5 % 8)), region, f"{region}: byte {at}")
                count += 1
        for n in self.damage.offsets(0, len(data), samples):
            self.attempt(data[:n], "cut", f"cut to {n} bytes")
        print(f"  fits: {count} flips {' '.join(self.options)}")


# --- full discs ---

def on_small_disc(world, size, script, **env):
    """Runs a shell script with `mnt`, a new file system of so many KiB. Returns what it did and said."""
    top = world.new()
    top.mkdir()
    prefix = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
    mount = f"mkdir mnt && mount -t tmpfs -o size={size}k tmpfs mnt"
    if subprocess.run([*prefix, "sh", "-c", mount], cwd=top, capture_output=True).returncode != 0:
        print("  left out: this system permits no mount namespace")
        return None
    (top / "mnt").rmdir()
    env = {**world.env, **env, "PATH": f"{lab.BIN}:{world.env['PATH']}"}
    return subprocess.run([*prefix, "sh", "-c", f"{mount} && {script}"], cwd=top, env=env, text=True,
                          capture_output=True, timeout=SECONDS)


def no_space(world):
    """Yields (row of the table, outcome). 8 MiB that do not compress; discs where the guess of what is needed, 0.7 of
    the zips for each copy, is met and the content is not."""
    proxy = world.tree("proxy", "--big", "8")
    bundle = world.bundle("--big", "8")
    root = "modferry pack example.com/big@v1.0.0"
    trust = f"--pubkey {world.pub}"
    online = world.online(proxy)
    left = 'status=$?; find mnt -type f -not -path "mnt/t/*" -o -name "*.tmp"; exit $status'
    for row, size, script in (
            ("no space: pack, known before", 1024, f"{root} -o mnt/out; {left}"),
            ("no space: pack -o FILE", 13 * 1024, f"{root} -o mnt/out; {left}"),
            ("no space: pack -o -, spool in TMPDIR", 7 * 1024, f"TMPDIR=mnt {root} -o - > out; {left}"),
            ("no space: store", 4 * 1024, f"XDG_CACHE_HOME=$PWD/mnt {root} -o out; {left}"),
            ("no space: unpack --proxy", 4 * 1024, f"modferry unpack {bundle} --proxy mnt/t {trust}; {left}"),
            ("no space: unpack --modcache", 4 * 1024,
             f"modferry unpack {bundle} --modcache mnt/t {trust}; {left}"),
            ("no space: unpack --modcache, for the files", 12 * 1024,
             f"modferry unpack {bundle} --modcache mnt/t {trust}; {left}")):
        done = on_small_disc(world, size, script, **online)
        if done is None:
            return
        kept = (".info", ".mod") if row == "no space: store" else ()  # small files that were complete
        names = [n for n in done.stdout.split("\n") if n and not n.endswith(kept)]
        assert not names, f"{row}: left behind: {names}"
        yield row, outcome(done)


# --- signals ---

class SlowProxy:
    """The static proxy at `top`, which sends zips slowly and halts at what `halt` says. `reached` is set there."""

    def __init__(self, top, halt=None):
        self.reached, self.go_on = threading.Event(), threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_GET(self):
                try:
                    data = (Path(top) / self.path[1:]).read_bytes()
                except OSError:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                half = len(data) // 2
                with contextlib.suppress(OSError):
                    self.wfile.write(data[:half])
                    if halt and self.path.endswith(halt):
                        outer.reached.set()
                        outer.go_on.wait(20)
                    self.wfile.write(data[half:])

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


def finish(child):
    out, err = child.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(child.args, child.returncode, "", err.decode())


def pack_interrupted(world, number, moment):
    """Returns the outcome of a pack that is stopped at a moment; the next run gives the whole bundle."""
    proxy = world.tree("proxy", "--big", "20")
    folder, cache = world.new(), world.new()
    folder.mkdir()
    arguments = ["pack", "example.com/big@v1.0.0", "example.com/alpha@v1.2.0", "-o", folder / "out"]
    halt = {"mod": "v1.2.0.mod", "zip": "big/@v/v1.0.0.zip"}.get(moment)
    with SlowProxy(proxy, halt) as slow:
        env = {**world.online(proxy, slow.url), "XDG_CACHE_HOME": str(cache)}
        extra = ["--compress", "22", "--progress=json"] if moment == "compress" else []
        child = world.start(*arguments, *extra, program="modferry", env=env)
        if moment == "compress":
            before = b""
            while b'"step":"pack"' not in before and b'"event":"end","step":"fetch"' not in before:
                before = child.stderr.readline()
                assert before, "pack said nothing"
        else:
            assert slow.reached.wait(20), f"no request for {halt}"
        child.send_signal(number)
        done = finish(child)
        done.stderr = "\n".join(line for line in done.stderr.split("\n") if not line.startswith('{"event"'))
        result = outcome(done)
        assert result[0], f"it was done before the signal came: {moment}"
        assert not list(folder.iterdir()), list(folder.iterdir())
        assert not temporaries(cache), temporaries(cache)
        slow.go_on.set()
        world.must(*arguments, program="modferry", env=env)
    world.must("verify", folder / "out", "--allow-unsigned")
    return result


def pack_to_nobody(world):
    """A reader of standard output that does not read."""
    proxy = world.tree("proxy", "--big", "8")
    env = world.online(proxy)
    child = world.start("pack", "example.com/big@v1.0.0", "-o", "-", program="modferry", env=env)
    assert child.stdout.read(1)
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    try:
        child.wait(20)
    finally:
        child.kill()
    err = child.stderr.read().decode()
    child.stdout.close(), child.stderr.close()
    return outcome(subprocess.CompletedProcess((), child.returncode, "", err))


def unpack_stopped(world, kind, number, part):
    """Stops an unpack after that part of the bundle was fed; then a second run completes the tree."""
    options = ("--big", "20")
    data = world.bundle(*options).read_bytes()
    target = world.new()
    child = world.start("unpack", "-", f"--{kind}", target, "--pubkey", world.pub, "--quiet", stdin=subprocess.PIPE)
    child.stdin.write(data[:int(len(data) * part)])
    child.stdin.flush()
    time.sleep(0.3)
    child.send_signal(number)
    if number == signal.SIGKILL:
        child.communicate()
        assert child.returncode == -signal.SIGKILL
        result = None
    else:
        result = outcome(finish(child))
        world.judge(target, kind, options, False)
    if target.exists():
        world.check_tree(target, kind, options, False) if kind == "proxy" and number != signal.SIGKILL else None
    world.must("unpack", world.bundle(*options), f"--{kind}", target, "--pubkey", world.pub)
    world.judge(target, kind, options, True)
    shutil.rmtree(target)
    return result


def killed_at_random(world, kind, seconds):
    """kill -9 while it works from a file."""
    options = ("--big", "20")
    target = world.new()
    arguments = ("unpack", world.bundle(*options), f"--{kind}", target, "--pubkey", world.pub, "--quiet")
    child = world.start(*arguments)
    time.sleep(seconds)
    child.kill()
    child.communicate()
    world.must(*arguments)
    world.judge(target, kind, options, True)
    shutil.rmtree(target)


# --- rivals ---

def two_unpacks(world, kind):
    """The same and different bundles into one tree at once."""
    target = world.new()
    bundles = [world.bundle("--big", "20"), world.bundle("--big", "20"), world.bundle("--newer"), world.bundle()]
    running = [world.start("unpack", b, f"--{kind}", target, "--pubkey", world.pub) for b in bundles]
    for child in running:
        assert outcome(finish(child))[0] == 0
    found = sha256_tree(target)
    for options in (("--big", "20"), ("--newer",), ()):
        right = world.files(kind, *options)
        assert all(found.get(n) == d for n, d in right.items() if not n.endswith("/list")), options
    assert not temporaries(target)
    world.must("check", target)


def two_packs(world):
    """With one store; from nothing, and from a store that holds all."""
    env = {**world.online(world.tree("proxy", "--big", "8")), "XDG_CACHE_HOME": str(world.new())}
    for _ in range(2):
        outs = [world.new(".tar.zst") for _ in range(3)]
        running = [world.start("pack", "example.com/big@v1.0.0", "example.com/alpha@v1.2.0", "-o", out,
                               program="modferry", env=env) for out in outs]
        for child in running:
            assert outcome(finish(child))[0] == 0
        assert len({out.read_bytes() for out in outs}) == 1, "two packs, two bundles"
    assert not temporaries(env["XDG_CACHE_HOME"])


# --- the rows of docs/errors.md that are run here ---

def endless(world):
    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    return outcome(world.run("verify", "/dev/zero", "--pubkey", world.pub, preexec_fn=limits))


def simple_rows(world):
    small = world.bundle()
    data = small.read_bytes()
    files = {name: world.new() for name in ("text", "cut", "flipped", "extra")}
    files["text"].write_text("hello\n")
    files["cut"].write_bytes(data[:-200])
    files["extra"].write_bytes(data + b"\0")
    yield "bundle: without a signature", outcome(
        world.run("verify", world.bundle(signed=False), "--pubkey", world.pub))
    yield "bundle: signed with another key", outcome(world.run("verify", small, "--pubkey", world.top / "b.pub"))
    yield "bundle: one byte added", outcome(world.run("verify", files["extra"], "--pubkey", world.pub))
    yield "bundle: its end missing", outcome(world.run("verify", files["cut"], "--pubkey", world.pub))
    yield "bundle: an endless device", endless(world)


class Run:
    def __init__(self, world, everything):
        self.world, self.everything = world, everything
        self.damage = Damage(world, everything)
        self.rows = {}

    def note(self, row, result):
        self.rows[row] = result

    def test_rows(self):
        for row, result in simple_rows(self.world):
            self.note(row, result)

    def test_flips(self):
        self.damage.flips()
        self.damage.flips(("--zips",), samples=2)
        self.damage.mixed()

    def test_cuts(self):
        self.damage.cuts()
        self.damage.behind()

    def test_fits(self):
        for options in ((), ("--zips",)):
            Fits(self.world, self.damage, options).run(3)

    def test_large(self):
        self.damage.large()

    def test_space(self):
        for row, result in no_space(self.world):
            self.note(row, result)

    def test_pack_signals(self):
        for moment, words in (("mod", "while fetching a go.mod"), ("zip", "while fetching a zip"),
                              ("compress", "while compressing")):
            self.note(f"SIGINT: pack, {words}", pack_interrupted(self.world, signal.SIGINT, moment))
        self.note("SIGTERM: pack", pack_interrupted(self.world, signal.SIGTERM, "zip"))
        self.note("SIGINT: pack -o -, nobody reads", pack_to_nobody(self.world))

    def test_unpack_signals(self):
        parts = [i / 10 for i in range(1, 10)] if self.everything else [0.5]
        for kind in KINDS:
            for part in parts:
                self.note(f"SIGINT: unpack --{kind}", unpack_stopped(self.world, kind, signal.SIGINT, part))
            self.note(f"SIGTERM: unpack --{kind}", unpack_stopped(self.world, kind, signal.SIGTERM, parts[-1]))

    def test_kill(self):
        for kind in KINDS:
            for part in [i / 10 for i in range(1, 10)] if self.everything else [0.9]:
                unpack_stopped(self.world, kind, signal.SIGKILL, part)
            for i in range(40 if self.everything else 2):
                killed_at_random(self.world, kind, 0.05 + 0.03 * i)

    def test_rivals(self):
        for kind in KINDS:
            two_unpacks(self.world, kind)
        two_packs(self.world)


def table():
    """Rows of the table of bad inputs: (input, status, first words, test)."""
    text = TABLE.read_text().split("\n## Bad input\n")[1].split("\n## ")[0]
    lines = [line for line in text.split("\n") if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert rows and all(len(row) == 4 for row in rows), f"{TABLE}: not four columns"
    return [(name, status, words.strip("`"), test) for name, status, words, test in rows[1:]]


def words_match(words, text):
    return re.match(".*".join(map(re.escape, words.split("…"))), text) is not None


def check_transcripts(rows):
    """Every row of a transcript is a message with that status there."""
    for name, status, words, test in rows:
        if not test.startswith("cli/"):
            continue
        steps = re.split(r"(?m)^\$ ", (lab.REPO / "tests" / f"{test}.t").read_text())[1:]
        assert any(f"\n? {status}\n" in step and any(
            words_match(words, line.removeprefix("modferry: "))
            for line in step.split("\n") if line.startswith("modferry: ")) for step in steps), \
            f"{TABLE}: {name}: tests/{test}.t has no such message with status {status}"


def check_rows(rows, found, complete):
    """What was run here is what the table says."""
    stated = {name: (status, words) for name, status, words, test in rows if test == "attack/damage"}
    wrong = []
    for name, (status, text) in found.items():
        want, words = stated.get(name, ("?", ""))
        if str(status) != want or not words_match(words, text):
            wrong.append(f"| {name} | {status} | `{text}` | attack/damage |")
    assert not wrong, f"{TABLE} does not say:\n" + "\n".join(wrong)
    missing = set(stated) - set(found)
    assert not complete or not missing, f"{TABLE} has rows that nothing tests: {missing}"


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("core", "all"):
        sys.exit(__doc__)
    names = sys.argv[2:] or [n.removeprefix("test_") for n in vars(Run) if n.startswith("test_")]
    rows = table()
    check_transcripts(rows)
    failures = []
    with tempfile.TemporaryDirectory() as scratch:
        run = Run(Lab(scratch), sys.argv[1] == "all")
        for name in names:
            begin = time.monotonic()
            try:
                getattr(run, f"test_{name}")()
                print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)
            except (AssertionError, subprocess.SubprocessError) as wrong:
                failures.append(name)
                print(f"{name}: FAILED\n{wrong}\n{traceback.format_exc()}", flush=True)
        subprocess.run(["chmod", "-R", "u+w", scratch], check=False)
    spaceless = "space" in names and not any(r.startswith("no space") for r in run.rows)
    check_rows(rows, run.rows, not sys.argv[2:] and not failures and not spaceless)
    sys.exit(f"failed: {', '.join(failures)}" if failures else 0)


if __name__ == "__main__":
    main()
