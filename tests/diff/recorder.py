"""A static module proxy on loopback that remembers what it was asked for.

    with Recorder(directory) as proxy:
        ... GOPROXY=proxy.url("name") ...
        proxy.taken("name")        what was served under that name: {".zip": {"path@version", ...}, ".mod": ...}
        proxy.asked("name")        how often each file was asked for, those included that are not there

Lists of versions are never served: what they hold depends on what else the directory holds.
"""
import collections, re, shutil, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

KINDS = (".zip", ".mod", ".info")


def unescape(text):
    return re.sub("!([a-z])", lambda m: m[1].upper(), text)


class Recorder:
    def __init__(self, directory):
        self.directory, self.lock = Path(directory), threading.Lock()
        self.log = collections.defaultdict(collections.Counter)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())

    def handler(recorder):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                name, _, path = unquote(self.path).lstrip("/").partition("/")
                with recorder.lock:
                    recorder.log[name][path] += 1
                file = recorder.directory / path
                if file.suffix not in KINDS or not file.is_file():
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(file.stat().st_size))
                self.end_headers()
                with open(file, "rb") as content:
                    shutil.copyfileobj(content, self.wfile, 1 << 20)

            def log_message(self, *_):
                pass

        return Handler

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.server_address[1]}/{name}"

    def asked(self, name):
        with self.lock:
            return collections.Counter(self.log[name])

    def taken(self, name):
        files = {kind: set() for kind in KINDS}
        for path in self.asked(name):
            if Path(path).suffix in KINDS and (self.directory / path).is_file():
                module, _, version = path.rpartition("/@v/")
                kind = Path(path).suffix
                files[kind].add(unescape(module) + "@" + unescape(version[: -len(kind)]))
        return files
