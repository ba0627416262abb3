"""A static module proxy on loopback that remembers what it was asked for.

    with Recorder(directory) as proxy:
        ... GOPROXY=proxy.url("name") ...
        proxy.taken("name")        what was served under that name: {".zip": {"path@version", ...}, ".mod": ...}
        proxy.asked("name")        how often each file was asked for, those included that are not there

`database`, a folder, is served as the checksum database; what is asked of that is not remembered (tests/e2e/sumdb.py). Lists of versions are never served: what they hold depends on what else the directory holds.
"""
import collections, re, shutil, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "sumdb"))
import testdb

KINDS = (".zip", ".mod", ".info")


def unescape(text):
    return re.sub("!([a-z])", lambda m: m[1].upper(), text)


class Recorder:
    def __init__(self, directory, database):
        self.directory, self.database, self.lock = Path(directory), Path(database), threading.Lock()
        self.log = collections.defaultdict(collections.Counter)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())

    def handler(recorder):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                name, path, file = self.asked_for()
                if not path.startswith("sumdb/"):
                    with recorder.lock:
                        recorder.log[name][path] += 1
                if self.answer(file):
                    with open(file, "rb") as content:
                        shutil.copyfileobj(content, self.wfile, 1 << 20)

            def do_HEAD(self):
                """Asks for a size alone, which go never does; not remembered."""
                self.answer(self.asked_for()[2])

            def asked_for(self):
                name, _, path = unquote(self.path).lstrip("/").partition("/")
                name_of_database = f"sumdb/{testdb.NAME}/"
                if path.startswith(name_of_database):
                    return name, path, recorder.database / path.removeprefix(name_of_database)
                return name, path, recorder.directory / path

            def answer(self, file):
                there = (file.suffix in KINDS or recorder.database in file.parents) and file.is_file()
                self.send_response(200 if there else 404)
                self.send_header("Content-Length", str(file.stat().st_size if there else 0))
                self.end_headers()
                return there

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
