#!/usr/bin/env python3
"""The checksum database online, over HTTP: the way to it, heads that differ, what is asked for; go is asked the same.

usage: sumdb.py [TEST...]
A loopback server is a module proxy and its database at once, can lie about single files, and counts what it is asked for.
"""
import http.server, random, re, shutil, subprocess, sys, tempfile, threading, time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / d) for d in ("sumdb", "cli")]
import lab
import testdb

FILLER = 40000
MODULES = 16
KILLS = 10


class Server:
    """Serves a folder; `answers` {path: status or bytes} takes the place of files. Partial tiles of a log are served in
    every width up to what there is, as databases do, but not once the tile is full."""

    def __init__(self, top, log=None):
        self.top, self.log, self.answers, self.asked, self.delay = Path(top), log, {}, [], 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm, wbufsize = "HTTP/1.1", True, 65536

            def do_GET(self):
                path = self.path.lstrip("/").replace("%21", "!").replace("%40", "@")
                outer.asked.append(path)
                time.sleep(outer.delay)
                found = outer.answers.get(path)
                if found is None:
                    file = outer.top / path
                    found = file.read_bytes() if file.is_file() else outer.partial_tile(path)
                status, body = (200, found) if isinstance(found, bytes) else (found, b"no\n")
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.handle_error = lambda *_: None  # a client that has seen enough closes the connection
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def partial_tile(self, path):
        match = re.search(r"/tile/8/(\d)/((?:x\d{3}/)*\d{3})\.p/(\d+)$", path)
        if not match or not self.log:
            return 404
        level, number, width = int(match[1]), int(re.sub("[x/]", "", match[2])), int(match[3])
        there = len(self.log.rows[8 * level]) - 256 * number
        return self.log.tile(level, number, width) if width <= there < 256 else 404

    def of_database(self):
        return [p for p in self.asked if "/lookup/" in p or "/tile/" in p]


def make_proxy(top):
    """A module that requires many; go.sum-less, so that go asks the database for each."""
    spec = "-- example.com/top@v1.0.0 --\ngo 1.21\n"
    spec += "".join(f"require example.com/Mod{i} v1.{i}.0\n" for i in range(MODULES))
    spec += "".join(f"-- example.com/Mod{i}@v1.{i}.0 --\ngo 1.21\n" for i in range(MODULES))
    lab.run([sys.executable, lab.REPO / "tests/cli/mkproxy.py", top, "--no-sumdb"], input=spec)


class World:
    def __init__(self, scratch):
        self.scratch, self.count = Path(scratch), 0
        self.proxy = self.scratch / "proxy"
        make_proxy(self.proxy)
        self.base = f"sumdb/{testdb.NAME}"
        self.database = testdb.serve_tree(self.proxy, filler=FILLER)
        self.key = self.database.log.signer.key
        self.home = self.new()

    def new(self):
        self.count += 1
        path = self.scratch / f"d{self.count}"
        path.mkdir()
        return path

    def environment(self, goproxy, gosumdb=None, home=None):
        home = home or self.new()
        return lab.go_environment(GOPROXY=goproxy, GOSUMDB=gosumdb or self.key, HOME=home, GOPATH=home / "go",
                                  XDG_CACHE_HOME=home / "cache", GOFLAGS="-mod=mod -modcacherw", SOURCE_DATE_EPOCH="1")

    def pack(self, env, *options, name="b"):
        out = Path(env["HOME"]) / name
        done = lab.modferry("pack", "example.com/top@v1.0.0", "--level", "all", "-o", out, "--quiet", "--retries", "0", *options, env=env,
                            check=False)
        return done.returncode, done.stdout + done.stderr

    def go(self, env):
        project = Path(env["HOME"]) / "p"
        project.mkdir(exist_ok=True)
        (project / "go.sum").unlink(missing_ok=True)
        (project / "go.mod").write_text("module example.com/p\n\ngo 1.21\n\nrequire example.com/top v1.0.0\n")
        done = lab.run(["go", "mod", "download", "all"], cwd=project, env=env, check=False)
        return done.returncode, done.stdout + done.stderr

    def both(self, what, status, words, goproxy, gosumdb=None, agree=True):
        """modferry's status and words; go must take or refuse it as well."""
        code, text = self.pack(self.environment(goproxy, gosumdb))
        assert code == status and words in text, f"{what}: exit {code}: {text}"
        code, text = self.go(self.environment(goproxy, gosumdb))
        assert not agree or (code == 0) == (status == 0), f"{what}: go exits with {code}: {text}"
        print(f"{what}: exit {status}, {'as go' if agree else 'go lets it pass'}")


def test_way(world, server):
    """Which server is asked, by the rules of GOPROXY and GOSUMDB."""
    supported = f"{world.base}/supported"
    bare = Server(world.proxy)
    bare.answers[supported] = 404
    failing = Server(world.proxy)
    failing.answers[supported] = 500
    url = f"{server.url}/{world.base}"
    world.both("proxied", 0, "proved", server.url)
    assert bare.asked == [] and server.asked.count(supported) == 2
    world.both("second proxy of the list", 0, "proved", f"{bare.url},{server.url}")
    assert not bare.of_database()
    world.both("second proxy after a failure and |", 0, "proved", f"{failing.url}|{server.url}")
    assert not failing.of_database()
    world.both("no second proxy after a failure and ,", 3, "500 Internal Server Error", f"{failing.url},{server.url}")
    world.both("all proxies fail", 3, "500 Internal Server Error", f"{failing.url}|{failing.url}")
    world.both("no proxy serves it: its own host", 3, f"https://{testdb.NAME}", bare.url)
    world.both("direct ends the list: its own host", 3, f"https://{testdb.NAME}", f"{failing.url}|{bare.url}|direct")
    for other in (bare, failing):
        other.asked.clear()
    world.both("a URL of its own", 0, "proved", f"{bare.url},{failing.url}", f"{world.key} {url}")
    assert not [p for p in bare.asked + failing.asked if p.startswith("sumdb/")]
    server.asked.clear()
    for other in (bare, failing):
        other.http.shutdown()


def test_asked(world, server):
    """One lookup a module and each tile once, those that go takes; a second run asks for nothing."""
    env = world.environment(server.url)
    server.asked.clear()
    code, text = world.pack(env)
    assert code == 0, text
    ours = sorted(server.of_database())
    assert len(ours) == len(set(ours)), "something was asked for twice"
    server.asked.clear()
    goes = world.environment(server.url)
    code, text = world.go(goes)
    assert code == 0, text
    theirs = sorted(set(server.of_database()))
    assert ours == theirs, f"only modferry: {set(ours) - set(theirs)}; only go: {set(theirs) - set(ours)}"
    lookups = sum("/lookup/" in p for p in ours)
    assert lookups == MODULES + 1
    server.asked.clear()
    code, text = world.pack(env, name="again")
    assert code == 0 and not server.asked, (text, server.asked)
    assert (Path(env["HOME"]) / "again").read_bytes() == (Path(env["HOME"]) / "b").read_bytes()
    lab.run([*lab.isolation(), lab.BIN / "modferry", "pack", "example.com/top@v1.0.0", "--level", "all", "--offline", "-o",
             Path(env["HOME"]) / "offline"], env=env)
    print(f"{lookups} lookups and {len(ours) - lookups} tiles, as go; none the second time")


def test_growth(world, server):
    """A log that grows: lookups under heads of many sizes, earlier heads, the head seen before."""
    env, goes = world.environment(server.url), world.environment(server.url)
    assert world.pack(env)[0] == 0 and world.go(goes)[0] == 0
    log, size = world.database.log, len(world.database.log.records)
    world.database.fill(2000)
    world.database.publish()
    # Each lookup carries a head of its own, as when they were made at different times.
    for i, ((path, version), number) in enumerate(sorted(world.database.newest.items())):
        if path.startswith(b"example.com/"):
            name = re.sub("[A-Z]", lambda m: "!" + m.group().lower(), f"{path.decode()}@{version.decode()}")
            head = log.head(size - 900 + 87 * i)
            server.answers[f"{world.base}/lookup/{name}"] = log.lookup(number, head)
    for what, environment, run in (("modferry", env, world.pack), ("go", goes, world.go)):
        for folder in ("cache/modferry/download", "go/pkg/mod"):
            shutil.rmtree(Path(environment["HOME"]) / folder, ignore_errors=True)
        code, text = run(environment)
        assert code == 0, f"{what}: {text}"
    ours = (Path(env["HOME"]) / f"cache/modferry/sumdb/{testdb.NAME}/latest").read_text()
    theirs = (Path(goes["HOME"]) / f"go/pkg/sumdb/{testdb.NAME}/latest").read_text()
    assert ours == theirs, "another newest head than go's"
    code, text = world.pack(env, "--offline", name="offline")
    assert code == 0, text
    server.answers.clear()
    print(f"{MODULES + 1} lookups under as many heads: newest head {ours.splitlines()[1]} as go's")


def flipped(data, at, bit=1):
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]


def test_lies(world, server):
    """What is forged is refused, by go as well."""
    log, base = world.database.log, world.base
    name = f"{base}/lookup/example.com/!mod7@v1.7.0"
    honest = (world.proxy / name).read_bytes()
    number = int(honest.split(b"\n")[0])
    size = len(log.records)

    def lie(what, status, words, files, agree=True):
        server.answers = files
        world.both(what, status, words, server.url, agree=agree)
        server.answers = {}

    digit = honest.index(b"h1:") + 10
    lie("record changed", 1, "cannot authenticate record data", {name: flipped(honest, digit)})
    lie("record of another place", 1, "cannot authenticate record data",
         {name: honest.replace(str(number).encode(), str(number + 1).encode(), 1)})
    other = (world.proxy / f"{base}/lookup/example.com/!mod8@v1.8.0").read_bytes()
    lie("record of another module", 1, "the record is of another module", {name: other}, agree=False)
    lie("record outside of the tree", 1, "cannot validate record",
         {name: honest.replace(str(number).encode(), str(size).encode(), 1)})
    note = honest.index(b"go.sum database tree")
    signature = honest.rindex(b" ") + 20
    lie("signature changed", 1, "invalid signature", {name: flipped(honest, signature)})
    lie("head changed", 1, "invalid signature", {name: flipped(honest, note + len("go.sum database tree\n") + 30)})
    lie("head without a signature of the key", 1, "no signature by key",
         {name: honest[:honest.rindex(b"\xe2\x80\x94")] + b"\xe2\x80\x94 other.example AAAAAAAA\n"})
    lie("no head at all", 3, "malformed note", {name: honest[:note]}, agree=False)
    lie("a page", 3, "malformed record data", {name: b"<html>hello</html>\n"})
    lie("unknown module", 3, "does not know it", {name: 404})
    lie("the database fails", 3, "503", {name: 503})
    tile = testdb.tile_path(0, number // 256, 256)
    data = log.tile(0, number // 256, 256)
    lie("tile changed", 1, "is not a tile of the tree", {f"{base}/{tile}": flipped(data, 77)})
    lie("tile too short", 1, "has 8160 bytes instead of 8192", {f"{base}/{tile}": data[:-32]})
    lie("tile too long", 1, "larger than the limit", {f"{base}/{tile}": data + data})
    lie("tile missing", 3, "404", {f"{base}/{tile}": 404})
    top = testdb.tile_path(1, 0, 256) if size >= 1 << 24 else testdb.tile_path(2, 0, size >> 16)
    if size >> 16 == 0:
        top = testdb.tile_path(1, 0, size >> 8)
    lie("tile of the edge changed", 1, "do not give its root", {f"{base}/{top}": flipped((world.proxy / base / top).read_bytes(), 3)})


def test_fork(world, server):
    """Another log under the same key: refused with both heads, for who has seen the first one."""
    env, goes = world.environment(server.url), world.environment(server.url)
    assert world.pack(env)[0] == 0 and world.go(goes)[0] == 0
    seen = (Path(env["HOME"]) / f"cache/modferry/sumdb/{testdb.NAME}/latest").read_text()
    forked = Server(world.scratch / "forked")
    shutil.copytree(world.proxy, forked.top, ignore=shutil.ignore_patterns("sumdb"))
    database = testdb.Database(forked.top / world.base)
    database.fill(FILLER + 1)
    database.add_tree(forked.top)
    database.fill(len(world.database.log.records))
    database.publish()
    for environment, run in ((env, world.pack), (goes, world.go)):
        environment["GOPROXY"] = forked.url
        for folder in ("cache/modferry/download", "go/pkg/mod/cache/download"):  # go wants the tiles of the first log
            shutil.rmtree(Path(environment["HOME"]) / folder / world.base / "lookup", ignore_errors=True)
        code, text = run(environment)
        assert code == 1, text
        if environment is env:  # go stops at a kept tile of the first log that does not fit before it compares heads
            assert "SECURITY ERROR" in text and all(h.split("\n")[2] in text for h in (seen, database.log.head())), text
    evidence = (Path(env["HOME"]) / f"cache/modferry/sumdb/{testdb.NAME}/fork").read_text()
    assert evidence == seen + "\n" + database.log.head()
    assert (Path(env["HOME"]) / f"cache/modferry/sumdb/{testdb.NAME}/latest").read_text() == seen
    world.both("the same for who has seen nothing", 0, "proved", forked.url)
    forked.http.shutdown()
    print("fork: exit 1 with both heads, as go")


def kept_files(env):
    """(folder of lookups and tiles, folder of heads) of an environment."""
    cache = Path(env["HOME"]) / "cache/modferry"
    return cache / "download/sumdb" / testdb.NAME, cache / "sumdb" / testdb.NAME


def check_kept(world, env):
    """What lies there is whole: heads that were signed, tiles and records of the log. How many files there are."""
    files, heads = kept_files(env)
    log, count = world.database.log, 0
    whole = lambda note: note == log.head(int(note.split("\n")[1]))
    for file in [f for f in files.rglob("*") if f.is_file() and not f.name.startswith(".modferry-")]:
        name, content, count = str(file.relative_to(files)), file.read_bytes(), count + 1
        if name.startswith("lookup/"):
            number, record, note = re.fullmatch(r"(\d+)\n(.*?\n)\n(.*)", content.decode(), re.S).groups()
            assert log.records[int(number)] == record.encode() and whole(note), f"{name} is not whole"
        else:
            level, number, width = re.fullmatch(r"tile/8/(\d)/((?:x\d{3}/)*\d{3})(?:\.p/(\d+))?", name).groups()
            tile = log.tile(int(level), int(re.sub("[x/]", "", number)), int(width or 256))
            assert content == tile and len(tile) == 32 * int(width or 256), f"{name} is not whole"
    if (heads / "latest").exists():
        assert whole((heads / "latest").read_text()), "latest is not whole"
        count += 1
    shipped = (heads / "shipped").read_text() if (heads / "shipped").exists() else ""
    for text in re.findall(r"go\.sum database tree\n\d+\n.*?\n\n— [^\n]*\n", shipped, re.S):
        assert whole(text), "shipped is not whole"
    assert shipped.count("go.sum database tree") == shipped.count("\n— ")
    return count


def test_killed(world, server):
    """kill -9: what is kept is whole, and the next run goes on from it. The log grows meanwhile.

    Some kills come at random; then strace kills before each rename, of which every file that is kept has one."""
    env, rng = world.environment(server.url), random.Random(1)
    args = [str(lab.BIN / "modferry"), "pack", "example.com/top@v1.0.0", "--level", "all", "--quiet", "-o",
            str(Path(env["HOME"]) / "k")]

    def killed(command, seconds=None):
        shutil.rmtree(kept_files(env)[0], ignore_errors=True)
        run = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            run.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate()
        return run.returncode

    server.delay = 0.003
    started = time.monotonic()
    lab.run(args, env=env)
    longest = time.monotonic() - started
    for i in range(KILLS):
        killed(args, rng.uniform(0, longest))
        check_kept(world, env)
    server.delay = 0
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=renameat,renameat2", "-e"]
    if not shutil.which("strace") or subprocess.run([*strace, "trace=none", "true"], capture_output=True).returncode:
        print("no kill before each rename: strace is not there or not permitted")
        return
    seen = []
    for n in range(1, 200):
        if n % 8 == 1:
            world.database.fill(2)
            world.database.publish()
        if killed([*strace, f"inject=renameat,renameat2:signal=KILL:when={n}", *args]) == 0:
            break
        seen.append(check_kept(world, env))
        code, text = world.pack(env) if n % 5 == 0 else (0, "")
        assert code == 0, text
    assert len(seen) > MODULES and len(set(seen)) > MODULES, seen
    code, text = world.pack(env)
    assert code == 0 and check_kept(world, env) > MODULES, text
    code, text = world.pack(env, "--offline", name="again")
    assert code == 0, text
    print(f"{KILLS} kills at random, {len(seen)} before a rename: {min(seen)} to {max(seen)} files were kept, each whole")


def test_torn(world, server):
    """A file that is empty or half is never believed: online it is fetched anew, offline it is refused."""
    env = world.environment(server.url)
    assert world.pack(env)[0] == 0
    files, heads = kept_files(env)
    lookup, tile = next(files.glob("lookup/**/*@*")), next(files.glob("tile/8/0/**/*[0-9]"))
    while not tile.is_file():
        tile = next(tile.glob("*"))
    for file in (lookup, tile):
        whole = file.read_bytes()
        for content in (b"", whole[:len(whole) // 2], whole + b"x"):
            file.write_bytes(content)
            code, text = world.pack(env, "--offline")
            assert code in (1, 3), f"{file.name}: exit {code}: {text}"
            code, text = world.pack(env)
            assert code == 0 and check_kept(world, env), text
    for content in (lambda whole: whole[:len(whole) // 2], lambda whole: whole + "x"):
        whole = (heads / "latest").read_text()
        (heads / "latest").write_text(content(whole))
        code, text = world.pack(env)
        assert code in (1, 4) and "/latest: " in text, f"latest: exit {code}: {text}"
        (heads / "latest").write_text(whole)
    print("torn files: fetched anew, or refused")


def test_rivals(world, server):
    """Runs at the same time, the log growing under them: all end well, under the newest head."""
    env = world.environment(server.url)
    runs = []
    for i in range(4):
        args = [str(lab.BIN / "modferry"), "pack", "example.com/top@v1.0.0", "--level", "all", "--quiet", "-o",
                str(Path(env["HOME"]) / f"r{i}")]
        runs.append(subprocess.Popen(args, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        world.database.fill(3)
        world.database.publish()
    for run in runs:
        text, _ = run.communicate(timeout=120)
        assert run.returncode == 0, text
    assert world.pack(env, "--offline", name="last")[0] == 0
    print("4 runs at once: ok")


def main():
    lab.require_go()
    with tempfile.TemporaryDirectory() as scratch:
        world = World(scratch)
        server = Server(world.proxy, world.database.log)
        started = time.monotonic()
        for test in (test_way, test_asked, test_growth, test_lies, test_torn, test_killed, test_fork, test_rivals):
            if sys.argv[1:] and test.__name__.removeprefix("test_") not in sys.argv[1:]:
                continue
            test(world, server)
            print(f"  {test.__name__}: {time.monotonic() - started:.1f} s", flush=True)
        server.http.shutdown()
    print("sumdb: passed")


if __name__ == "__main__":
    main()
