#!/usr/bin/env python3
"""Hostile bundles: runs every attack of attacks_*.py, and compares with the table in docs/threat-model.md.

usage: hostile.py core|all [--sample N] [--print] [ROW...]     (ROW: only attacks whose name holds this)

Each bundle goes to verify, list and both kinds of unpack, with the right key. The table says how each of them ends and what
the message begins with after its path; both directions are compared: every row is run, and every attack is a row. And always:

- no crash, no sanitizer report, one message with a next step;
- peak of resident memory below 256 MiB with two threads, CPU below 10 seconds, 60 for the long ones (neither with sanitizers);
- no control character on standard output or error, also where they are terminals;
- nothing beside the target is touched, nothing in it but whole files with the hash that a signed manifest promised, no links;
- the next run with an honest bundle completes the tree and leaves no temporary, and `check` finds all right.

`core` leaves out the long ones; --sample takes N variants of each attack.
"""
import base64, concurrent.futures, contextlib, hashlib, json, os, pty, re, shutil, stat, struct, subprocess, sys, tempfile
import time, zipfile, zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
import lab, measured  # noqa: E402
from attacks import ATTACKS, honest  # noqa: E402
import attacks_difference, attacks_frames, attacks_head, attacks_manifest, attacks_sumdb, attacks_tar, attacks_target, attacks_zip  # noqa: E402,F401
from forge import key, reader, testdb  # noqa: E402

TABLE = lab.REPO / "docs/threat-model.md"
PEAK = 256 << 20
CPU = {False: 10, True: 60}  # seconds of a run; the latter for attacks that are long, by the number of files they write
SECONDS = 300
KINDS = ("proxy", "modcache")
JOBS = ("--jobs", 2)  # memory grows with them
PROGRESS = re.compile("(verify|unpack): |modferry: warning: ")
TEMPORARY = re.compile(r"\.modferry-.*|.*\.(tmp|partial)")


def sanitized(program):
    return b"__asan_init" in program.read_bytes()


class Runner:
    """Starts programs in an environment of their own; one per thread."""

    def __init__(self, home):
        self.home, self.measured = home, measured.Runner()
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8", "GOENV": "off",
                    "GOSUMDB": testdb.Signer().key,
                    **{k: v for k, v in os.environ.items() if k.startswith(("ASAN", "UBSAN"))}}

    def run(self, cwd, *argv):
        out = self.home / "out"
        done = self.measured.run(argv, cwd, self.env, out, SECONDS, check=False)
        return done, out.read_bytes()

    def close(self):
        self.measured.close()


def on_terminal(env, cwd, *argv):
    """What a program writes to a terminal."""
    main, side = pty.openpty()
    child = subprocess.Popen([str(a) for a in argv], cwd=cwd, env={**env, "TERM": "xterm"}, stdin=side, stdout=side, stderr=side)
    os.close(side)
    shown = b""
    with contextlib.suppress(OSError):
        while piece := os.read(main, 65536):
            shown += piece
    os.close(main)
    child.wait()
    return shown


def control_characters(data, terminal=False):
    """Those that may not be shown; on a terminal progress has its own way of clearing a line, and lines end in CR LF."""
    if terminal:
        data = data.replace(b"\r\n", b"\n").replace(b"\r\x1b[K", b"").replace(b"\x1b[K", b"").replace(b"\r", b"")
    text = data.decode("utf-8", "surrogateescape")
    return [c for c in text if c != "\n" and (ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or ord(c) in range(0x200b, 0x2010) or
                                              ord(c) in range(0x2028, 0x202f) or ord(c) in range(0x2066, 0x206a) or
                                              ord(c) in (0xfeff, 0xe0041) or 0xdc80 <= ord(c) <= 0xdcff)]


# --- what may be in a tree ---

def promised(*bundles):
    """{(path, version): (h1, mod_h1)} of the manifests of bundles, as far as they have any."""
    found = {}
    for data in bundles:
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
            size = int(data[12 + 124:12 + 135], 8)
            if size > 10 << 20 or len(data) < 1000:
                continue
            blocks = b"".join(data[12 + at:12 + at + 131072] for at in range(0, size + 512 + 3 * (size // 131072 + 1), 131075))
            for m in json.loads(blocks[512:512 + size])["content"]["modules"]:
                found.setdefault((reader.escape(m["path"]), reader.escape(m["version"])), set()).add((m.get("h1"), m["mod_h1"]))
    return found


def line_hash(pairs):
    text = b"".join(digest.encode() + b"  " + name + b"\n" for name, digest in sorted(pairs))
    return "h1:" + base64.b64encode(hashlib.sha256(text).digest()).decode()


def zip_hash(path):
    """As go hashes it; the local headers, which it does not believe, may have other names."""
    with zipfile.ZipFile(path) as z, open(path, "rb") as f:
        names = [i.filename for i in z.infolist()]
        assert len(set(names)) == len(names), f"{path}: a name comes twice"
        pairs, seen = [], {}
        for i in z.infolist():
            if i.header_offset not in seen:
                f.seek(i.header_offset + 26)
                skip = sum(struct.unpack("<HH", f.read(4)))
                f.seek(skip, 1)
                data = f.read(i.compress_size)
                data = zlib.decompress(data, -15) if i.compress_type == 8 else data
                assert len(data) == i.file_size, f"{path}: {i.filename}: another size"
                seen[i.header_offset] = hashlib.sha256(data).hexdigest()
            pairs.append((i.filename.encode(), seen[i.header_offset]))
        return line_hash(pairs)


def directory_hash(top, prefix):
    pairs = []
    for directory, _, files in os.walk(top):
        for name in files:
            path = os.path.join(directory, name)
            inside = os.path.relpath(path, top)
            pairs.append((f"{prefix}/{inside}".encode(), hashlib.sha256(Path(path).read_bytes()).hexdigest()))
    return line_hash(pairs)


def unescape(name):
    return re.sub("!(.)", lambda m: m[1].upper(), name)


def faults(top, kind, right):
    """What is wrong in a tree: names that nobody promised, links, content with another hash, temporaries."""
    for directory, folders, files in os.walk(top):
        for name in [*folders, *files]:
            path = Path(directory) / name
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                yield f"{path} is no file"
            elif TEMPORARY.fullmatch(name) and name != ".modferry":
                yield f"{path} was left behind"
        if directory == str(top):
            folders[:] = [f for f in folders if f not in (".modferry", "sumdb")]
        relative = os.path.relpath(directory, top)
        if kind == "modcache" and "@v" in relative.split("/")[-1] and not relative.endswith("@v"):
            folders[:] = []
            module, _, version = relative.rpartition("@")
            h1s = {h for h, _ in right.get((module, version), ())}
            if directory_hash(directory, f"{unescape(module)}@{unescape(version)}") not in h1s:
                yield f"{directory} has another hash"
            continue
        for name in files:
            yield from file_faults(Path(directory) / name, Path(relative), kind, right)


def file_faults(path, folder, kind, right):
    if kind == "modcache":
        if folder.parts[:2] == ("cache", "download") and folder.parts[2:3] == ("sumdb",) or path.name == "cache.lock" or folder.parts[:1] == ("cache",) and path.name == "lock":
            return
        folder = folder.relative_to("cache/download") if folder.parts[:2] == ("cache", "download") else Path("?")
    module, version, end = str(folder).removesuffix("/@v"), path.name, ""
    for suffix in (".zip", ".mod", ".info", ".ziphash", ".lock"):
        if version.endswith(suffix):
            version, end = version.removesuffix(suffix), suffix
    promises = right.get((module, version))
    if path.name in ("list", "@latest", "list.lock"):
        if not any(module == m for m, _ in right):
            yield f"{path} is of no module that was promised"
    elif not promises or not end:
        yield f"{path} was not promised"
    elif end == ".zip" and zip_hash(path) not in {h for h, _ in promises}:
        yield f"{path} has another hash"
    elif end == ".mod" and reader.h1({"go.mod": reader.sha256(path.read_bytes())}) not in {h for _, h in promises}:
        yield f"{path} has another hash"


# --- one attack ---

class Judge:
    def __init__(self, top, sampled):
        self.top, self.sampled, self.long = top, sampled, False
        top.mkdir()
        self.program = lab.BIN / "modferry-offline"
        self.sanitized = sanitized(self.program)
        self.runner = Runner(top)
        self.pub, self.honest = top / "insider.pub", top / "honest"
        self.pub.write_text(key("insider").public_file())
        self.honest.write_bytes(honest())
        self.peak, self.cpu, self.runs, self.total = (0, ""), (0, ""), 0, 0

    def run(self, cwd, command, *more):
        done, out = self.runner.run(cwd, self.program, command, *more)
        self.runs += 1
        self.total += done.cpu
        what = f"{command} {' '.join(str(m) for m in more if str(m).startswith('--'))}"
        text = done.err.decode("utf-8", "replace")
        assert done.status >= 0, f"{what}: killed by signal {-done.status}: {text[-3000:]}"
        assert "Sanitizer" not in text and "runtime error" not in text, f"{what}: {text[:6000]}"
        assert not control_characters(out) and not control_characters(done.err), f"{what}: control characters: {done.err[:300]} {out[:300]}"
        self.peak, self.cpu = max(self.peak, (done.memory, what)), max(self.cpu, (done.cpu, what))
        if not self.sanitized:
            assert done.memory < PEAK, f"{what}: {done.memory >> 20} MiB of memory"
            assert done.cpu < CPU[self.long], f"{what}: {done.cpu:.1f} s of CPU"
        lines = [line for line in text.split("\n") if line and not PROGRESS.match(line)]
        if done.status:
            assert lines and lines[0].startswith("modferry: ") and lines[-1].startswith("  next: "), f"{what}: {text}"
        return done.status, lines[0].removeprefix("modferry: ") if done.status else ""

    def attempt(self, data, prepare=None):
        """{command: (exit status, message)}"""
        bundle = self.top / "bundle"
        bundle.write_bytes(data)
        found = {}
        key_option = ("--pubkey", self.pub)
        for command in ("verify", "list") if not prepare else ():
            found[command] = self.run(self.top, command, bundle, *key_option, *(JOBS if command == "verify" else ()))
        right = promised(data, self.honest.read_bytes())
        for kind in KINDS:
            found[kind] = self.unpack(bundle, kind, right, prepare)
        bundle.unlink()
        return found

    def unpack(self, bundle, kind, right, prepare):
        jail = self.top / "jail"
        target, outside, cwd = jail / "target", jail / "outside", jail / "cwd"
        for folder in (jail, outside, cwd):
            folder.mkdir()
        (outside / "file").write_bytes(b"untouched")
        if prepare:
            right = {**getattr(prepare, "promises", {}), **right}
            target.mkdir()
            prepare(target, kind)
        try:
            result = self.run(cwd, "unpack", bundle, f"--{kind}", target, "--pubkey", self.pub, *JOBS)
            self.judge(jail, kind, right, prepare if result[0] else None)
            if not prepare and (not self.sampled or result[0] == 0):
                status, text = self.run(cwd, "unpack", self.honest, f"--{kind}", target, "--pubkey", self.pub)
                assert status == 0, f"the next run: {text}"
                self.judge(jail, kind, right, None)
                for version in ("alpha/@v/v1.0.0", "evil/@v/v1.0.0", "omega/@v/v0.3.1"):
                    at = target / ("cache/download" if kind == "modcache" else "") / "example.com" / f"{version}.zip"
                    assert at.exists(), f"the next run did not write {at}"
                status, text = self.run(cwd, "check", target)
                assert status == 0, f"check: {text}"
        finally:
            subprocess.run(["chmod", "-R", "u+w", jail], check=False)
            shutil.rmtree(jail)
        return result

    def judge(self, jail, kind, right, prepared):
        assert sorted(os.listdir(jail)) in (["cwd", "outside"], ["cwd", "outside", "target"]), os.listdir(jail)
        assert not os.listdir(jail / "cwd") and not Path("/tmp/modferry-evil").exists(), "something was written elsewhere"
        assert os.listdir(jail / "outside") == ["file"] and (jail / "outside/file").read_bytes() == b"untouched", "through a link"
        if (jail / "target").exists() and not prepared:
            wrong = list(faults(jail / "target", kind, right))
            assert not wrong, wrong

    def terminal(self, data):
        """As attempt, on a terminal, for what is printed alone."""
        bundle, target = self.top / "bundle", self.top / "target"
        bundle.write_bytes(data)
        for arguments in (("verify", bundle), ("list", bundle), ("list", bundle, "--json"), ("diff", self.honest, bundle),
                          ("unpack", bundle, "--proxy", target)):
            shown = on_terminal(self.runner.env, self.top, self.program, *arguments, "--pubkey", self.pub)
            assert not control_characters(shown, terminal=True), f"{arguments[0]} on a terminal: {shown[:600]}"
        shutil.rmtree(target, ignore_errors=True)

    def close(self):
        self.runner.close()


# --- the table ---

def table():
    """{name: (who, {command: statuses}, words)}"""
    rows = {}
    for line in TABLE.read_text().split("\n## The attacks\n")[1].split("\n## ")[0].split("\n"):
        if not line.startswith("| ") or line.startswith("| attack |"):
            continue
        cells = [c.strip() for c in line.strip().strip("|").split(" | ")]
        assert len(cells) == 6, f"{TABLE}: not six columns: {line}"
        assert cells[0] not in rows, f"{TABLE}: {cells[0]}: twice"
        rows[cells[0]] = (cells[1], dict(zip(("verify", "list", "unpack"), cells[2:5])), re.findall("`([^`]*)`", cells[5]))
    return rows


def fits(statuses, status):
    return str(status) in statuses.split(" or ")


def words_match(words, text):
    return re.search(".*".join(map(re.escape, words.split("…"))), text) is not None


def wrong(row, found):
    """What in the outcome is not as the row says."""
    _, statuses, words = row
    for command, (status, text) in found.items():
        column = "unpack" if command in KINDS else command
        if statuses[column] == "-":
            continue
        if not fits(statuses[column], status):
            yield f"{command}: exit {status} {text}"
        elif status and words and not any(words_match(w, text) for w in words):
            yield f"{command}: another message: {text}"


TERMINAL = ("control", "reorder", "other members", "UTF-8", "attachments with", "lookup that says", "Go forbids")


def sample(variants, n):
    variants = list(variants)
    if not n or len(variants) <= n:
        return variants
    return [variants[i * (len(variants) - 1) // max(n - 1, 1)] for i in range(n)]


def run_attack(judge, name, row, count, show):
    """Returns the number of variants and what was wrong."""
    failures, variants = [], 0
    judge.long = ATTACKS[name][1]
    for variant, data in sample(ATTACKS[name][0](), count):
        prepare = None
        variants += 1
        try:
            if callable(data):
                data = data()
            if isinstance(data, tuple):
                data, prepare = data
            found = judge.attempt(data, prepare)
            if show:
                print(f"  {variant}: {found}", flush=True)
            elif row:
                failures += [f"{variant}: {w}" for w in wrong(row, found)]
            shown = not count or variants == 1
            if shown and any(word in name for word in TERMINAL) and len(data) < 1 << 20 and not prepare:
                judge.terminal(data)
        except Exception as why:  # an attack that cannot be made is a failure too
            failures.append(f"{variant}: {type(why).__name__}: {why}")
    return variants, failures


def main():
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in ("core", "all"):
        sys.exit(__doc__)
    count, show, words = 0, False, []
    rest = iter(arguments[1:])
    for word in rest:
        if word == "--sample":
            count = int(next(rest))
        elif word == "--print":
            show = True
        else:
            words.append(word)
    rows = table() if TABLE.exists() else {}
    names = [n for n in ATTACKS if (arguments[0] == "all" or not ATTACKS[n][1]) and (not words or any(w in n for w in words))]
    failures = [f"{n}: no row in {TABLE}" for n in ATTACKS if n not in rows] + [f"{n}: a row of {TABLE} that nothing runs" for n in rows if n not in ATTACKS]
    variants = 0
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(2) as pool:
        judges = [Judge(Path(scratch) / str(i), bool(count)) for i in range(2)]
        free = list(judges)

        def work(name):
            judge = free.pop()
            try:
                return run_attack(judge, name, rows.get(name), count, show)
            finally:
                free.append(judge)
        for name, future in [(n, pool.submit(work, n)) for n in names]:
            number, bad = future.result()
            variants += number
            print(f"{name}: {number}" + "".join(f"\n  FAILED: {b}" for b in bad), flush=True)
            failures += [f"{name}: {b}" for b in bad]
        for judge in judges:
            judge.close()
        peak, cpu = max(j.peak for j in judges), max(j.cpu for j in judges)
        runs = sum(j.runs for j in judges)
    print(f"{variants} bundles of {len(names)} attacks, {runs} runs, {time.monotonic() - begin:.0f} s; "
          f"{sum(j.total for j in judges):.0f} s of CPU and {time.process_time():.0f} s to make them; "
          f"peak {peak[0] >> 20} MiB ({peak[1]}), {cpu[0]:.1f} s of CPU at most ({cpu[1]})")
    sys.exit(f"{len(failures)} failures:\n" + "\n".join(failures) if failures else 0)


if __name__ == "__main__":
    main()
