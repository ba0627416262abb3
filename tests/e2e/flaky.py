#!/usr/bin/env python3
"""Packs through proxies that fail: the bundle is that of a clean one, or there is none.

usage: flaky.py core|all [SEED...]
A loopback proxy serves the fixtures of gin and spoils a fifth of its answers: resets before and within the body, 503 and
429, bodies that end early, with and without a validator to go on with. Which request is spoiled, and how, follows from the
seed, the path and how often it was asked for, so a run can be repeated.
"""
import collections, hashlib, http.server, json, shutil, socket, struct, sys, tempfile, threading
from pathlib import Path
from urllib.parse import unquote

import lab

SHARE = 0.2
FAULTS = ("reset", "503", "429", "cut", "reset within")


class Proxy:
    """`spoil(path, n)` names the fault of the n-th request for a path, or None; or is a function that answers it, of the
    request handler and the content, which is None where there is no such file."""

    def __init__(self, top, spoil, tls=None):
        self.top, self.spoil = Path(top), spoil
        self.asked, self.faults, self.ranges = collections.Counter(), collections.Counter(), []
        self.lock = threading.Lock()
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.http.request_queue_size = 128
        self.http.handle_error = lambda *_: None
        if tls:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def file(self, path):
        return self.top / path

    def handler(proxy):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

            def do_GET(self):
                path = unquote(self.path.partition("?")[0]).lstrip("/")
                with proxy.lock:
                    proxy.asked[path] += 1
                    fault = proxy.spoil(path, proxy.asked[path])
                    proxy.faults[fault] += 1
                    if "Range" in self.headers:
                        proxy.ranges.append(path)
                if fault == "reset":
                    return self.reset()
                if fault in ("503", "429"):
                    return self.head(int(fault), 0)
                file = proxy.file(path)
                if callable(fault):
                    return fault(self, file.read_bytes() if file.is_file() else None)
                if not file.is_file():
                    return self.head(404, 0)
                return self.send(file.read_bytes(), fault)

            do_HEAD = do_GET

            def head(self, status, length, **headers):
                self.send_response(status)
                self.send_header("Content-Length", str(length))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()

            def reset(self):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True

            def send(self, body, fault):
                # every second path has a validator, so both ways of going on are tried
                tag = '"%s"' % hashlib.sha256(body).hexdigest()
                named = {"ETag": tag} if int(tag[1:3], 16) % 2 else {}
                start = 0
                if "Range" in self.headers and self.headers.get("If-Range", tag) == tag:
                    start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
                    named["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                rest = body[start:]
                self.head(206 if start else 200, len(rest), **named)
                if self.command == "HEAD":
                    return None
                if fault not in ("cut", "reset within"):
                    return self.wfile.write(rest)
                self.wfile.write(rest[: len(rest) // 2])
                self.close_connection = True
                return self.reset() if fault == "reset within" else None

            def log_message(self, *_):
                pass

        return Handler


def spoiler(seed):
    def spoil(path, n):
        digest = hashlib.sha256(f"{seed} {path} {n}".encode()).digest()
        return FAULTS[digest[4] % len(FAULTS)] if int.from_bytes(digest[:4], "big") < SHARE * 2**32 else None

    return spoil


class World:
    def __init__(self, scratch):
        self.scratch, self.count = Path(scratch), 0
        self.project = lab.fetch_fixture("gin")
        self.top = lab.FIXTURES / "gomodcache/cache/download"
        self.victim = str(largest_zip(self))
        plain = (self.top / self.victim).read_bytes()
        self.other = self.scratch / "other.zip"  # begins like the victim and is as long
        self.other.write_bytes(plain[: len(plain) // 3] + bytes(len(plain) - len(plain) // 3))

    def proxy(self, spoil=lambda path, n: None):
        return Proxy(self.top, spoil)

    def pack(self, goproxy, *options, check=True):
        """The id of the bundle and what was printed; without `check`, the exit status in the place of the id."""
        self.count += 1
        store, out = self.scratch / f"store{self.count}", self.scratch / f"b{self.count}"
        env = lab.go_environment(GOPROXY=goproxy, XDG_CACHE_HOME=store, GOMODCACHE=self.scratch / "none", GOSUMDB="off")
        done = lab.modferry("pack", self.project, "--level", "all", "--compress", "1", "-o", out, "--json", "--quiet", *options, env=env,
                            check=check)
        left = [p.name for p in store.rglob(".modferry-*.tmp")]
        assert not left, f"temporaries stay: {left}"
        if not check:
            assert not out.exists() or done.returncode == 0, "a bundle in spite of a failure"
            return done.returncode, done.stderr
        shutil.rmtree(store)
        return json.loads(done.stdout)["id"], done.stderr


def test_spoiled(world, clean, seed):
    proxy = world.proxy(spoiler(seed))
    made, _ = world.pack(proxy.url)
    spoiled = sum(n for fault, n in proxy.faults.items() if fault)
    total = sum(proxy.faults.values())
    print(f"seed {seed}: {spoiled} of {total} answers spoiled {dict(proxy.faults)}, {len(proxy.ranges)} gone on with")
    assert made == clean, f"another bundle: {made} instead of {clean}"
    assert all(proxy.faults[f] for f in FAULTS) and proxy.ranges, "a fault did not occur: choose another seed"
    assert 0.12 < spoiled / total < 0.28, "not a fifth"


def largest_zip(world):
    lines = [line.split() for line in (world.project / "go.sum").read_text().splitlines()]
    zips = [world.top / lab.escape(path) / "@v" / (lab.escape(version) + ".zip") for path, version, _ in lines]
    return max((z for z in zips if z.exists()), key=lambda z: z.stat().st_size).relative_to(world.top)


def test_spliced(world, clean):
    """The rest of a zip is of another file, and nothing in the answers says so: the whole is fetched anew, once."""
    victim, other = world.victim, world.other
    proxy = world.proxy(lambda path, n: "cut" if path == victim and n == 1 else None)
    served = proxy.file
    proxy.file = lambda path: other if path == victim and proxy.asked[path] == 2 else served(path)
    # without a validator
    proxy.http.RequestHandlerClass.head = without_etag(proxy.http.RequestHandlerClass.head)
    made, _ = world.pack(proxy.url)
    assert made == clean, "another bundle"
    assert proxy.asked[victim] == 3 and proxy.ranges == [victim], (proxy.asked[victim], proxy.ranges)
    print(f"a zip that was put together wrongly is fetched anew: {victim}")
    proxy.asked.clear()
    proxy.ranges.clear()
    proxy.file = lambda path: other if path == victim and proxy.asked[path] >= 2 else served(path)
    code, text = world.pack(proxy.url, check=False)
    assert code in (1, 4) and proxy.asked[victim] == 3, (code, text, proxy.asked[victim])
    print(f"and refused where that is wrong as well: exit {code}")


def without_etag(head):
    def bare(self, status, length, **headers):
        headers.pop("ETag", None)
        return head(self, status, length, **headers)

    return bare


def test_dead(world, clean):
    good, dead = world.proxy(), f"http://127.0.0.1:{lab.free_port()}"
    code, text = world.pack(f"{dead},{good.url}", "--retries", "0", check=False)
    assert code == 3 and "connection refused" in text, (code, text)
    made, text = world.pack(f"{dead},{good.url}", "--retries", "0", "--try-next-on-error")
    assert made == clean and f"{dead} was passed over" in text, text
    print("a dead entry before a comma: exit 3; passed over with --try-next-on-error")


def test_mirrors(world, clean):
    """Another content from a mirror is refused; one that fails is passed over."""
    good, bad = world.proxy(), world.proxy()
    served = bad.file
    bad.file = lambda path: world.other if path == world.victim else served(path)
    code, text = world.pack(f"{bad.url}|{good.url}", check=False)
    assert code in (1, 4), (code, text)
    print(f"other content from a mirror: exit {code}")
    broken = world.proxy(lambda path, n: "503" if path.endswith(".zip") else None)
    made, _ = world.pack(f"{broken.url}|{good.url}", "--retries", "0", "--connections", "2")
    assert made == clean
    print("an entry that answers 503 for zips, before '|': passed over")


def main():
    lab.require_go()
    seeds = sys.argv[2:] or ["1"]
    with tempfile.TemporaryDirectory() as scratch:
        world = World(scratch)
        clean, _ = world.pack(world.proxy().url)
        for seed in seeds:
            test_spoiled(world, clean, seed)
        test_dead(world, clean)
        if sys.argv[1:2] == ["all"]:
            test_spliced(world, clean)
            test_mirrors(world, clean)
    print("passed")


if __name__ == "__main__":
    main()
