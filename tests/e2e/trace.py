#!/usr/bin/env python3
"""--trace, -v and progress of the online commands, against real servers; and Ctrl-C.

usage: trace.py [TEST...]
Made-up modules, their checksum database and a proxy on loopback that counts what it is asked for. Tests:

  lines     every request that the proxy has seen is a line; retries, parts and sources are told; then the store, GOMODCACHE
  secrets   passwords and tokens of GOPROXY, GOSUMDB, netrc, GOAUTH, a forward proxy and of redirects show up nowhere
  interrupt SIGINT at many instants: the lines are whole, and what had come is not asked for again
  failing   a trace that cannot be written is a warning; one that cannot be opened, an error
  terminal  the progress line has rate and time left, keeps to the width, and nothing else is printed behind it
"""
import base64, collections, fcntl, json, os, pty, random, re, shutil, signal, ssl, struct, subprocess, sys, tempfile, termios
import threading, time
from pathlib import Path
from urllib.parse import urlsplit

import flaky, lab

MODULES = 12
QUESTIONS = ("/supported", "/@v/list", "/@latest")


class World:
    def __init__(self, scratch):
        self.top = Path(scratch)
        self.tree, self.project, self.count = self.top / "tree", self.top / "project", 0
        self.project.mkdir()
        text, noise = "", random.Random(7)
        for i in range(MODULES):
            filler = base64.b64encode(noise.randbytes(60_000 if i % 3 else 400_000)).decode()
            text += f"-- example.com/m{i}@v1.{i}.0 --\ngo 1.21\n+ data.txt <- {filler}\n"
            if i == 0:
                text = text.replace("go 1.21\n", "go 1.21\nrequire example.com/m1 v1.1.0\n")
        subprocess.run([sys.executable, lab.REPO / "tests/cli/mkproxy.py", self.tree, "--no-sumdb", "--sum",
                        self.project / "go.sum"],
                       input=text, text=True, check=True)
        lab.testdb.serve_tree(self.tree, 3000)  # so many records need several tiles
        requires = "".join(f"require example.com/m{i} v1.{i}.0\n" for i in range(MODULES))
        (self.project / "go.mod").write_text(f"module example.com/app\n\ngo 1.21\n\n{requires}")
        (self.project / "main.go").write_text("package main\n\nimport (\n" + "".join(
            f'\t_ "example.com/m{i}"\n' for i in range(MODULES)) + ")\n\nfunc main() {}\n")

    def proxy(self, spoil=lambda path, n: None, **more):
        return flaky.Proxy(self.tree, spoil, **more)

    def store(self):
        self.count += 1
        return self.top / f"store{self.count}"

    def environment(self, goproxy, store, **settings):
        home = self.top / "home"
        home.mkdir(exist_ok=True)
        return lab.go_environment(**{"GOPROXY": goproxy, "XDG_CACHE_HOME": store, "GOMODCACHE": self.top / "none", "HOME": home,
                                     **settings})

    def arguments(self, trace, *more):
        return ["pack", self.project, "-o", self.top / "bundle", "--json", "--trace", trace, *more]

    def pack(self, goproxy, *more, store=None, check=True, **settings):
        """Runs `pack --trace`; returns what was printed and the lines."""
        trace = self.top / "trace"
        env = self.environment(goproxy, store or self.store(), **settings)
        done = lab.modferry(*self.arguments(trace, *more), env=env, check=check)
        return done, read(trace)


def read(trace):
    """The lines of a trace, each of which is a document."""
    text = Path(trace).read_text()
    assert text.isascii() and (not text or text.endswith("\n")), "the last line is cut off"
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0]["event"] == "begin" and lines[0]["format"] == "modferry-trace 1", lines[0]
    return lines


def events(lines, event, **wanted):
    return [line for line in lines if line["event"] == event and all(line.get(k) == v for k, v in wanted.items())]


def path_of(line):
    return urlsplit(line["url"]).path.lstrip("/")


def check_times(requests):
    for r in requests:
        times = [r[k] for k in ("dns_us", "connect_us", "first_byte_us", "total_us") if k in r]
        assert times == sorted(times) and 0 <= r["at_us"], r
        assert r["reused"] == ("connect_us" not in r) or "status" not in r, r


def test_lines(world):
    proxy = world.proxy(flaky.spoiler(3))
    store = world.store()
    done, lines = world.pack(proxy.url, store=store)
    requests, files = events(lines, "request"), events(lines, "file")
    # what is reset on a connection of an earlier request libcurl sends again over a new one, within one line
    told = collections.Counter(map(path_of, requests))
    hidden = sum((proxy.asked - told).values())
    assert not told - proxy.asked and hidden <= proxy.faults["reset"], "the lines are not what the proxy was asked for"
    check_times(requests)
    retries = events(requests, "request", end="retry")
    assert retries and all(r["reason"] and r["pause_us"] > 0 for r in retries), "a retry has no reason"
    assert len(retries) == sum(n for fault, n in proxy.faults.items() if fault) - hidden
    assert sum("range_from" in r for r in requests) == len(proxy.ranges) > 0
    assert all(r["method"] == "GET" and r["entry"] == 1 and not r["authorized"] for r in requests)
    by = {r["transfer"]: r for r in requests}  # the last one of each
    for f in files:
        if f["source"] in ("proxy", "sumdb"):
            assert by[f["transfer"]]["end"] == "ok" and f["from"].startswith(proxy.url) and f["size"] > 0, f
    sources = collections.Counter((f["what"], f["source"]) for f in files)
    assert sources[".zip", "proxy"] == sources["lookup", "sumdb"] == MODULES and sources["tile", "sumdb"] > 0, sources
    end = lines[-1]
    assert end["event"] == "end" and end["requests"] == len(requests) and end["retries"] == len(retries), end
    print(f"{len(requests)} requests, {len(retries)} of them tried again; sources {dict(end['files'])}")

    asked = sum(proxy.asked.values())
    done, lines = world.pack(proxy.url, store=store)
    assert sum(proxy.asked.values()) == asked and not events(lines, "request"), "a request in spite of the store"
    assert {f["source"] for f in events(lines, "file")} == {"store"}, lines[-1]

    cache = world.top / "gomodcache"
    env = world.environment(proxy.url, store, GOMODCACHE=cache, GOFLAGS="-modcacherw")
    proxy.spoil = lambda path, n: None
    lab.run(["go", "mod", "download"], cwd=world.project, env=env)
    done, lines = world.pack(proxy.url, GOMODCACHE=cache)
    sources = collections.Counter((f["what"], f["source"]) for f in events(lines, "file"))
    assert sources[".zip", "gomodcache"] == MODULES and not sources[".zip", "store"] + sources[".zip", "proxy"], sources

    # which entry of the list; a HEAD; a folder; what nobody has; for people
    empty = world.top / "empty"
    empty.mkdir()
    done, lines = world.pack(f"file://{empty},{proxy.url}", "--verbose")
    zips = events(lines, "file", what=".zip")
    assert {f["entry"] for f in zips} == {2}, zips
    assert all(r["method"] == "FILE" and r["status"] == 404 for r in events(lines, "request", entry=1))
    assert re.search(r"^GET \S+/m1/@v/v1\.1\.0\.zip: 200 HTTP/1\.1, [0-9.]+ [kM]B, [0-9.]+ s$", done.stderr, re.M), done.stderr
    assert len(done.stderr.splitlines()) >= len(events(lines, "request"))
    trace = world.top / "heads"
    lab.modferry("resolve", world.project, "--level", "all", "--trace", trace, env=world.environment(proxy.url, world.store()))
    heads = events(read(trace), "request", method="HEAD")
    assert len(heads) == MODULES and all(r["bytes"] == 0 for r in heads), heads
    done = lab.modferry("resolve", "example.com/nothing@v1.0.0", "--trace", trace, env=world.environment(proxy.url, world.store()),
                        check=False)
    assert done.returncode == 3 and events(read(trace), "file", source="nowhere", error="not-found"), done.stderr
    dead = f"http://127.0.0.1:{lab.free_port()}"
    done, lines = world.pack(dead, "--retries", "1", check=False)
    failed = events(lines, "request", end="failed")
    assert done.returncode == 3 and failed and all("refused" in r["reason"] and "status" not in r for r in failed), lines
    print("sources, entries, folders, failures: as they are")


class Vault:
    """A proxy behind TLS that wants credentials and sends zips elsewhere, with a token in path and query."""

    TOKEN = "tokenInRedirect"

    def __init__(self, world, wanted):
        self.key, self.cert = world.top / "key", world.top / "cert"
        if not self.cert.exists():
            lab.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", "/CN=m.invalid", "-addext", "subjectAltName=DNS:m.invalid,DNS:localhost", "-keyout", self.key,
                     "-out", self.cert])
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.cert, self.key)
        self.right = self.wanted = wanted
        self.refused, self.leaked = 0, []
        self.blobs = world.proxy(lambda path, n: self.blob, tls=tls)
        self.proxy = world.proxy(lambda path, n: self.answer, tls=tls)
        self.port, self.blob_port = self.proxy.http.server_port, self.blobs.http.server_port

    def answer(self, handler, content):
        given = handler.headers.get("Authorization")
        if given != self.wanted:
            self.refused += 1
            body = f"not with {given}".encode()
            handler.head(401, len(body), Content_Type="text/plain", WWW_Authenticate='Basic realm="x"')
            return handler.wfile.write(body)
        if handler.path.endswith(".zip"):
            host = handler.headers["Host"].partition(":")[0]
            to = f"https://{host}:{self.blob_port}/blob/{self.TOKEN}{handler.path}?X-Signature={self.TOKEN}"
            return handler.head(302, 0, Location=to)
        return handler.head(404, 0) if content is None else handler.send(content, None)

    def blob(self, handler, _):
        if "Authorization" in handler.headers:
            self.leaked.append(handler.path)
        path = handler.path.partition("?")[0].split(self.TOKEN + "/", 1)[1]
        return handler.send((self.blobs.top / path).read_bytes(), None)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def no_secret(world, store, done, secrets):
    """Neither what was printed, nor the trace, the bundle and the store have any of them."""
    places = {"stdout": done.stdout.encode(), "stderr": done.stderr.encode(), "trace": (world.top / "trace").read_bytes()}
    if done.returncode == 0:
        places["manifest"] = lab.modferry("list", world.top / "bundle", "--manifest", "-", "--allow-unsigned", text=False).stdout
    for file in store.rglob("*"):
        if file.is_file():
            places[str(file)] = file.read_bytes()
    for place, text in places.items():
        for secret in secrets:
            assert secret.encode() not in text, f"{secret} in {place}: {text[:2000]}"


def test_secrets(world):
    secrets = ["passwordInURL", "passwordInNetrc", "tokenOfHelper", "passwordOfForward", "passwordOfSumdb", Vault.TOKEN]
    words = [("me", s) for s in secrets] + [("you", "passwordInNetrc"), ("they", "passwordOfForward")]
    secrets += [basic(*w).split()[1] for w in words]
    home = world.top / "home"
    home.mkdir(exist_ok=True)
    portfile = world.top / "forward.port"
    forward = subprocess.Popen([sys.executable, lab.REPO / "tests/net/forwardproxy.py", portfile, "http", "they:passwordOfForward"])
    try:
        lab.wait_until(portfile.exists, "no forward proxy")
        port = portfile.read_text()
        vault = Vault(world, basic("me", "passwordInURL"))
        through = {"HTTPS_PROXY": f"http://they:passwordOfForward@127.0.0.1:{port}"}
        sumdb = {"GOSUMDB": f"{lab.GOSUMDB} https://me:passwordInURL@m.invalid:{vault.port}/sumdb/{lab.testdb.NAME}"}
        cases = [("URL, forward proxy", vault, f"https://me:passwordInURL@m.invalid:{vault.port}", {**through}),
                 ("GOSUMDB", vault, f"https://me:passwordInURL@m.invalid:{vault.port}", {**through, **sumdb})]
        netrc = Vault(world, basic("you", "passwordInNetrc"))
        rc = world.top / "netrc"
        rc.write_text(f"machine localhost:{netrc.port} login you password passwordInNetrc\n")
        cases.append(("netrc", netrc, f"https://localhost:{netrc.port}", {"NETRC": rc}))
        helped = Vault(world, "Bearer tokenOfHelper")
        helper = world.top / "helper"
        helper.write_text(f"#!/bin/sh\nprintf 'https://localhost:{helped.port}\\n\\nAuthorization: Bearer tokenOfHelper\\n\\n'\n")
        helper.chmod(0o755)
        cases.append(("GOAUTH", helped, f"https://localhost:{helped.port}", {"GOAUTH": str(helper)}))
        for name, server, goproxy, settings in cases:
            store, server.wanted = world.store(), server.right
            done, lines = world.pack(goproxy, "-v", "--ca", server.cert, store=store, **settings)
            no_secret(world, store, done, secrets)
            requests = events(lines, "request")
            redirects = events(requests, "request", end="redirect")
            assert len(redirects) == MODULES and not server.leaked, (len(redirects), server.leaked)
            place = f"{urlsplit(goproxy).hostname}:{server.blob_port}"
            assert {r["to"] for r in redirects} == {f"https://{place}/..."}, redirects[0]
            behind = [r for r in requests if place in r["url"]]
            assert len(behind) == MODULES and not any(r["authorized"] for r in behind), behind[:1]
            assert {r["url"] for r in behind} == {f"https://{place}/..."}
            assert sum(r["authorized"] for r in requests) >= MODULES and all("tls_us" in r for r in requests if not r["reused"])
            proxied = {r.get("forward_proxy") for r in requests}
            assert proxied == ({f"http://127.0.0.1:{port}"} if "HTTPS_PROXY" in settings else {None}), proxied
            # a server that repeats what it was told, and one that is not there
            server.wanted = "nothing"
            store = world.store()
            done, lines = world.pack(goproxy, "--ca", server.cert, store=store, check=False, **settings)
            assert done.returncode == 3 and server.refused and "401 Unauthorized" in done.stderr, done.stderr
            no_secret(world, store, done, secrets)
            done, _ = world.pack(goproxy.replace(str(server.port), str(lab.free_port())), "-v", "--retries", "0", store=store,
                                 check=False, **settings)
            assert done.returncode == 3, done.stderr
            no_secret(world, store, done, secrets)
            print(f"no secret of {name}")
    finally:
        forward.terminate()
        forward.wait()


class Stopper:
    """Sends SIGINT while the n-th answer is given: before it, in its middle, or behind it."""

    def __init__(self, number, moment):
        self.number, self.moment, self.child, self.seen = number, moment, None, 0
        self.lock = threading.Lock()

    def __call__(self, path, n):
        with self.lock:
            self.seen += 1
            return self.answer if self.seen == self.number else None

    def stop(self):
        self.child.send_signal(signal.SIGINT)
        time.sleep(0.05)

    def answer(self, handler, content):
        if self.moment == "before":
            self.stop()
        if content is None:
            return handler.head(404, 0)
        handler.head(200, len(content))
        handler.wfile.write(content[: len(content) // 2])
        if self.moment == "middle":
            handler.wfile.flush()
            self.stop()
        handler.wfile.write(content[len(content) // 2:])
        handler.wfile.flush()
        if self.moment == "behind":
            time.sleep(0.05)
            self.stop()
        return None


def test_interrupt(world):
    proxy = world.proxy()
    done, _ = world.pack(proxy.url)
    clean, total = json.loads(done.stdout)["id"], sum(proxy.asked.values())
    trace, tried, kept = world.top / "trace", 0, 0
    phases = set()
    for number in range(1, total + 1, 3):
        stopper = Stopper(number, ("before", "middle", "behind")[number // 3 % 3])
        proxy = world.proxy(stopper)
        store = world.store()
        env = world.environment(proxy.url, store)
        command = [str(a) for a in (lab.BIN / "modferry", *world.arguments(trace, "--connections", "4"))]
        stopper.child = subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, text = stopper.child.communicate(timeout=60)
        assert stopper.child.returncode == 130, (number, stopper.child.returncode, text)
        lines = read(trace)
        assert lines[-1]["event"] == "end", lines[-1]
        left = [p.name for p in store.rglob(".modferry-*.tmp")]
        assert not left, f"temporaries stay: {left}"
        complete = {path_of(r) for r in events(lines, "request", end="ok")}
        phases |= {p.split("/")[2] if p.startswith("sumdb/") else Path(p).suffix for p in complete}
        proxy.spoil = lambda path, n: None
        proxy.asked.clear()
        done, lines = world.pack(proxy.url, store=store)
        again = {p for p in proxy.asked if p in complete and not ("/" + p).endswith(QUESTIONS)}
        assert not again, f"{stopper.moment} answer {number}: asked again for {sorted(again)}"
        assert json.loads(done.stdout)["id"] == clean, "another bundle"
        tried, kept = tried + 1, kept + len(complete)
        shutil.rmtree(store)
    assert {".mod", ".zip", ".info", "lookup", "tile"} <= phases, phases
    print(f"{tried} interruptions among {total} requests; of {kept} answers that had come none was asked for again")
    vault, helper = Vault(world, "Bearer none"), world.top / "interrupting"
    helper.write_text("#!/bin/sh\n[ -z \"$1\" ] && exit 0\nkill -INT $PPID\nexec sleep 30\n")
    helper.chmod(0o755)
    done, lines = world.pack(f"https://localhost:{vault.port}", "--ca", vault.cert, "--connections", "1", "-v", check=False, GOAUTH=helper)
    assert done.returncode == 130, (done.returncode, done.stderr)
    assert [r["status"] for r in events(lines, "request", end="dropped")] == [401] * vault.refused == [401], lines
    assert re.search(r": 401 HTTP/1\.\d, dropped, ", done.stderr), done.stderr
    print("interrupted while GOAUTH is asked: the answer that it was asked for is a line")


def test_failing(world):
    proxy = world.proxy()
    store = world.store()
    env = world.environment(proxy.url, store)
    done = lab.modferry(*world.arguments("/dev/full"), env=env)
    assert "warning: the trace /dev/full is not complete: No space left on device" in done.stderr, done.stderr
    done = lab.modferry(*world.arguments(world.top / "none" / "trace"), env=env, check=False)
    assert done.returncode == 5 and "--trace" in done.stderr, done.stderr
    done = lab.modferry(*world.arguments(world.top / "trace", "--quiet", "--verbose"), env=env, check=False)
    assert done.returncode == 2, done.stderr
    # a second signal, and SIGKILL, leave whole lines too
    for how in (signal.SIGKILL, None):
        stopper = Stopper(20, "middle")
        proxy = world.proxy(stopper)
        command = [str(a) for a in (lab.BIN / "modferry", *world.arguments(world.top / "trace"))]
        child = stopper.child = subprocess.Popen(command, env=world.environment(proxy.url, world.store()), stderr=subprocess.PIPE)
        if how:
            stopper.stop = lambda: child.send_signal(how)
        else:
            stopper.stop = lambda: (child.send_signal(signal.SIGINT), time.sleep(0.01), child.send_signal(signal.SIGINT))
        child.communicate(timeout=60)
        assert child.returncode in (-9, -2, 130), child.returncode
        assert len(read(world.top / "trace")) > 10
    print("traces that cannot be written, and runs that are killed: as they should be")


def on_terminal(columns, command, env):
    """What a command writes to a terminal of its own, both streams."""
    child, master = pty.fork()
    if child == 0:
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execve(command[0], command, env)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            piece = b""
        if not piece:
            break
        shown += piece
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(master)
    return status, shown.decode()


def screen(shown):
    """What stays on the screen: lines, in which a carriage return goes back and an erase clears what is behind it."""
    lines = []
    for line in shown.replace("\r\n", "\n").split("\n"):
        kept = ""
        for piece in re.split("(\r|\x1b\\[K)", line):
            if piece == "\r":
                at = 0
            elif piece == "\x1b[K":
                kept = kept[:at]
            else:
                at = 0 if piece is line else locals().get("at", 0)
                kept = kept[:at] + piece + kept[at + len(piece):]
                at += len(piece)
        lines.append(kept)
    return lines


def test_terminal(world):
    def slow(path, n):
        if not path.endswith(".zip"):
            return None

        def answer(handler, content):
            handler.head(200, len(content))
            for i in range(0, len(content), 40_000):
                handler.wfile.write(content[i:i + 40_000])
                handler.wfile.flush()
                time.sleep(0.06)

        return answer

    proxy = world.proxy(slow)
    command = [str(a) for a in (lab.BIN / "modferry", "pack", world.project, "--dry-run", "--connections", "2")]
    for columns in (100, 30):
        env = world.environment(proxy.url, world.store(), TERM="xterm", GOSUMDB="off")
        status, shown = on_terminal(columns, command, {k: str(v) for k, v in env.items()})
        drawn = re.findall("\r([^\r\x1b]+)\x1b\\[K", shown)
        assert status == 0 and len(drawn) > 5, (status, shown)
        assert all(len(line) < columns for line in drawn), max(drawn, key=len)
        if columns == 100:
            full = r"fetch: [0-9.]+ [kM]B, [0-9]+ of 12 modules, [0-9.]+ [kM]?B?(bytes)?/s, [0-9]+:[0-9]{2} left"
            assert any(re.fullmatch(full, line) for line in drawn), drawn
        left = screen(shown)
        assert "\n".join(left).rstrip("\n").splitlines() == [
            "modferry: warning: GOSUMDB=off: the checksum database is not asked; go.sum alone vouches for the modules",
            "would pack 12 modules with their zip, 0 with their go.mod alone"], left
    env = world.environment(proxy.url, world.store(), TERM="xterm", GOSUMDB="off")
    status, shown = on_terminal(80, [*command, "-v"], {k: str(v) for k, v in env.items()})
    told = [line for line in screen(shown) if line.startswith("GET ")]
    assert status == 0 and len(told) >= 3 * MODULES and all(line.endswith(" s") for line in told), shown
    # an error in the middle stands alone
    proxy.spoil = lambda path, n: slow(path, n) if "m11" not in path else lambda handler, content: handler.head(403, 0)
    env = world.environment(proxy.url, world.store(), TERM="xterm", GOSUMDB="off")
    status, shown = on_terminal(80, command, {k: str(v) for k, v in env.items()})
    assert status == 3 and screen(shown)[0].startswith("modferry: "), shown
    # without a terminal: nothing, or lines where they are asked for
    env = world.environment(proxy.url, world.store(), GOSUMDB="off")
    proxy.spoil = slow
    done = lab.run(command, env=env)
    assert done.stderr.count("\n") == 1 and "warning" in done.stderr, done.stderr
    env = world.environment(proxy.url, world.store(), GOSUMDB="off")
    proxy.spoil = lambda path, n: slow_down(slow(path, n))
    done = lab.run([*command, "--progress=plain"], env=env)
    assert re.search(r"^fetch: .* of 12 modules, .*/s, .* left$", done.stderr, re.M) and "\x1b" not in done.stderr, done.stderr
    print("progress: with rate and time left, within the width, gone before anything else is printed")


def slow_down(answer):
    if not answer:
        return None

    def slower(handler, content):
        time.sleep(1.2)
        return answer(handler, content)

    return slower


TESTS = {"lines": test_lines, "secrets": test_secrets, "interrupt": test_interrupt, "failing": test_failing,
         "terminal": test_terminal}


def main():
    lab.require_go()
    if not shutil.which("openssl"):
        lab.skip("openssl is not installed")
    for name in sys.argv[1:] or TESTS:
        with tempfile.TemporaryDirectory() as scratch:
            TESTS[name](World(scratch))
            lab.run(["chmod", "-R", "u+w", scratch])
    print("trace: passed")


if __name__ == "__main__":
    main()
