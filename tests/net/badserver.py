#!/usr/bin/env python3
"""A web server that misbehaves on demand, for transport.sh.

badserver.py PORTFILE [CERT KEY [CLIENTS]]: listens on a free port of 127.0.0.1 (with
TLS where a certificate is given; clients then need one that CLIENTS signs), writes the port to PORTFILE and serves until it
is killed. What it does is chosen by the path, see `actions` and `proxy_tree`.
"""
import gzip
import http.server
import os
import re
import ssl
import struct
import socket
import sys
import threading
import time

lock = threading.Lock()
hits = {}
ranges = {}
secrets = []
connections = 0
TEXT = b"no such thing here\nask elsewhere\n\nthis is not shown\n"


def count(key):
    with lock:
        hits[key] = hits.get(key, 0) + 1
        return hits[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        global connections
        with lock:
            connections += 1
        super().setup()

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", kind="application/octet-stream", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def drop(self):
        """Closes with a reset instead of an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def endless(self, status):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")

    def endless_head(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")

    def lying(self):
        """Says five bytes, sends ten and stays."""
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"0123456789")

    def truncated(self, key, times):
        if count(key) > times:
            return self.answer(200, b"0123456789")
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"01234")
        self.close_connection = True

    def stalled(self, key="", times=1000):
        if count(key) > times:
            return self.answer(200, b"0123456789")
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"01234")
        self.wfile.flush()
        time.sleep(30)
        self.close_connection = True

    def slow(self, seconds):
        """Ten bytes, one at a time."""
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        for digit in b"0123456789":
            self.wfile.write(bytes([digit]))
            self.wfile.flush()
            time.sleep(seconds)

    def ranged(self, mode, key, piece):
        """The text of `body`, `piece` bytes an answer; the rest on demand. MODE is
        how it names the version (etag, date, length, weak, none), or how it lies:
        changed (another version the second time), overlap, total, nonsense, unsatisfied."""
        n = count(key)
        body = b"0123456789" * 10 if mode != "changed" or n == 1 else b"abcdefghij" * 10
        names = {"etag": ("ETag", '"v1"'), "weak": ("ETag", 'W/"v1"'), "date": ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
                 "changed": ("ETag", '"v%d"' % min(n, 2)), "overlap": ("ETag", '"v1"'), "total": ("ETag", '"v1"'),
                 "nonsense": ("ETag", '"v1"'), "unsatisfied": ("ETag", '"v1"')}
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        with lock:
            ranges.setdefault(key, []).append("%s %s" % (wanted.group(1) if wanted else "-", condition or "-"))
        start = int(wanted.group(1)) if wanted and condition in (None, names.get(mode, ("", None))[1]) else 0
        if start and mode == "unsatisfied":
            return self.answer(416)
        left = body[start:]
        self.send_response(206 if start else 200)
        if mode in names:
            self.send_header(*names[mode])
        if start:
            at, total = start - (mode == "overlap"), len(body) + (mode == "total")
            self.send_header("Content-Range", "bytes %d-%d/%d" % (at, total - 1, total) if mode != "nonsense" else
                             "bytes %d-99999999999999999999/*" % at)
        if mode == "none":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(left)))
        self.end_headers()
        part = left[:int(piece)] if mode in ("etag", "date", "length", "weak") or n == 1 else left
        if mode == "none":
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) + (b"0\r\n\r\n" if len(part) == len(left) else b""))
        else:
            self.wfile.write(part)
        self.wfile.flush()
        if len(part) < len(left):
            self.drop()

    def flaky(self, status, key, times, retry_after=None):
        extra = {"Retry_After": retry_after} if retry_after else {}
        if count(key) > times:
            return self.answer(200, b"at last")
        return self.answer(status, b"not yet\n", "text/plain", **extra)

    def redirect(self, left):
        if left == 0:
            return self.answer(200, b"arrived")
        return self.answer(302, b"", Location="/redirect/%d" % (left - 1))

    def authorized(self):
        """Basic user:secret, or the token of a GOAUTH command."""
        given = self.headers.get("Authorization")
        with lock:
            secrets.append(given or "-")
        if given in ("Basic dXNlcjpzZWNyZXQ=", "Bearer token"):
            return self.answer(200, b"welcome")
        return self.answer(401, b"who are you\n", "text/plain", WWW_Authenticate='Basic realm="x"')

    def proxy_tree(self, name, rest):
        """GOPROXY = .../p/NAME"""
        simple = {"notfound": 404, "gone": 410, "forbidden": 403, "broken": 500, "busy": 429}
        if name in simple:
            return self.answer(simple[name], TEXT, "text/plain; charset=utf-8")
        if name == "later":
            return self.answer(429, TEXT, "text/plain", Retry_After="3600")
        if name == "html":
            return self.answer(200, b"<html>Please log in</html>", "text/html")
        if name == "rude":
            return self.answer(404, b"\x1b[2Jgone \xff\xfe\n", "text/plain")
        if name == "other":
            return self.answer(200, b'{"Version":"v1.0.1"}', "application/json")
        if name == "cut" and rest.endswith(".zip"):
            return self.truncated(rest, 1000)
        count("good")
        return self.answer(200, {"info": b'{"Version":"v1.0.0","Time":"2020-01-02T03:04:05Z"}',
                                 "mod": b"module example.com/M\n", "zip": b"PK" + bytes(100000)}[rest.rsplit(".", 1)[1]])

    def do_GET(self):
        if self.path.startswith("http://"):
            return self.answer(200, b"by proxy: " + self.path.encode())
        parts = self.path.split("/")[1:]
        word, args = parts[0], parts[1:]
        actions = {
            "ok": lambda: self.answer(200, b"fine"),
            "empty": lambda: self.answer(200),
            "agent": lambda: self.answer(200, self.headers["User-Agent"].encode()),
            "bytes": lambda: self.answer(200, bytes(int(args[0]))),
            "status": lambda: self.answer(int(args[0]), TEXT, "text/plain"),
            "html": lambda: self.answer(int(args[0]), b"<html>", "text/html"),
            "nocontent": lambda: self.answer(204),
            "truncated": lambda: self.truncated(args[0], int(args[1])),
            "stalled": lambda: self.stalled(*args[:1], *map(int, args[1:])),
            "slow": lambda: self.slow(float(args[0])),
            "ranged": lambda: self.ranged(*args),
            "ranges": lambda: self.answer(200, "; ".join(ranges.get(args[0], [])).encode()),
            "secrets": lambda: self.answer(200, " ".join(secrets).encode()),
            "raw": lambda: (self.wfile.write(bytes.fromhex(args[0])), self.drop()),
            "mute": lambda: time.sleep(30),
            "endless": lambda: self.endless(int(args[0])),
            "head": self.endless_head,
            "lying": self.lying,
            "redirect": lambda: self.redirect(int(args[0])),
            "goto": lambda: self.answer(302, b"", Location=bytes.fromhex(args[0]).decode()),
            "gzip": lambda: self.answer(200, gzip.compress(b"unpacked"), Content_Encoding="gzip"),
            "badgzip": lambda: self.answer(200, b"this is not gzip", Content_Encoding="gzip"),
            "bomb": lambda: self.answer(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip"),
            "drop": lambda: self.drop() if count(args[0]) <= int(args[1]) else self.answer(200, b"at last"),
            "flaky": lambda: self.flaky(int(args[0]), args[1], int(args[2]), *args[3:]),
            "hits": lambda: self.answer(200, b"%d" % hits.get(args[0], 0)),
            "connections": lambda: self.answer(200, b"%d" % connections),
            "auth": self.authorized,
            "p": lambda: self.proxy_tree(args[0], "/".join(args[1:])),
        }
        try:
            actions[word]()
        except OSError:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        pass


def main():
    server = Server(("127.0.0.1", 0), Handler)
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        if len(sys.argv) > 4:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(sys.argv[4])
            # where TLS 1.3 is spoken, a client finds out after the handshake only
            context.maximum_version = ssl.TLSVersion[sys.argv[5]] if len(sys.argv) > 5 else context.maximum_version
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with open(sys.argv[1] + ".new", "w") as f:
        f.write(str(server.server_address[1]))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    server.serve_forever()


main()
