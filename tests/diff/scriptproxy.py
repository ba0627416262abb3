"""The module proxy that Go's script tests run against: GOROOT/src/cmd/go/testdata/mod over HTTP on loopback.

Follows GOROOT/src/cmd/go/proxy_test.go; the checksum database is that of these tests, and the requests by which scripts make
it lie are not known here. Nothing is copied: each file is a txtar archive of one module version, read when it is asked for.
"""
import base64, contextlib, functools, hashlib, http.server, io, re, sys, tempfile, threading, urllib.parse, zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from lab import escape, testdb

NOT_FOUND = b"404 page not found\n"
PSEUDO = re.compile(r"v[0-9]+\.(0\.0-|\d+\.\d+-([^+]*\.)?0\.)\d{14}-[A-Za-z0-9]+(\+.*)?")


def parse_txtar(data):
    """The comment of an archive and its files, as (name, bytes)."""
    parts = re.split(rb"(?m)^-- (.+) --[ \t\r]*(?:\n|\Z)", data)
    return parts[0], [(name.decode().strip(), body + b"\n" * (body[-1:] not in (b"", b"\n")))
                      for name, body in zip(parts[1::2], parts[2::2])]


def unescape(text):
    if re.search("[A-Z]|!([^a-z]|$)", text):
        return None
    return re.sub("!([a-z])", lambda m: m[1].upper(), text)


def order(version):
    """A key that sorts as semantic versions do."""
    core, _, pre = version.split("+")[0].partition("-")
    numbers = [int(n) for n in core[1:].split(".")]
    return numbers, not pre, [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in pre.split(".")]


def matches_path(path, version):
    """Whether the version may be one of that path (module.Check, as far as these modules need it)."""
    if not re.fullmatch(r"v\d+\.\d+\.\d+([-+].*)?", version):
        return False
    wanted = re.search(r"(?:/v|\.v)(\d+)(-unstable)?$", path)
    major = version[1:].split(".")[0]
    return major == wanted[1] if wanted else major in "01" or version.endswith("+incompatible")


def h1(files):
    """The hash of go.sum: x/mod/sumdb/dirhash.Hash1."""
    lines = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


class Modules:
    def __init__(self, folder):
        self.folder, self.versions = folder, {}
        for file in sorted(folder.glob("*_v*.txt")):
            stem, version = file.name.removesuffix(".txt").rsplit("_v", 1)
            path, version = unescape(stem.replace("_", "/")), unescape("v" + version)
            if path and version:
                self.versions.setdefault(path, []).append(version)

    @functools.lru_cache(maxsize=None)
    def archive(self, path, version):
        file = self.folder / (escape(path).replace("/", "_") + "_" + escape(version) + ".txt")
        return dict(parse_txtar(file.read_bytes())[1]) if file.exists() else None

    def latest(self, path):
        """What @latest answers; proxy_test.go prefers the lowest of a kind, and so does this."""
        kinds = [[], [], []]
        for version in self.versions.get(path, []):
            kinds[2 if PSEUDO.fullmatch(version) else 1 if "-" in version else 0].append(version)
        return next((min(kind, key=order) for kind in kinds if kind), None)

    def commit(self, path, version):
        """The version that a commit stands for."""
        found = version
        for v in sorted(self.versions.get(path, []), key=order):
            short = v.rsplit("-", 1)[-1] if PSEUDO.fullmatch(v) else \
                (re.search(rb'"Short":\s*"(\w+)"', self.archive(path, v).get(".info", b"")) or [b"", b""])[1].decode()
            if short.startswith(version) or version.startswith(short):
                found = v
        return found

    def zip_files(self, path, version):
        """A name that begins with / is one that a zip must not have."""
        return {name[1:] if name.startswith("/") else f"{path}@{version}/{name}": body
                for name, body in self.archive(path, version).items() if name not in (".info", ".mod", ".zip")}

    def zip(self, path, version):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            for name, body in self.zip_files(path, version).items():
                z.writestr(zipfile.ZipInfo(name), body)
        return out.getvalue()

    @functools.cached_property
    def sums(self):
        """The lines of a go.sum for everything, as ("path version", line)."""
        lines = []
        for path, versions in self.versions.items():
            for version in versions:
                lines.append((f"{path} {version}", f"{path} {version} {h1(self.zip_files(path, version))}"))
                mod = {"go.mod": self.archive(path, version).get(".mod", b"")}
                lines.append((f"{path} {version}/go.mod", f"{path} {version}/go.mod {h1(mod)}"))
        return lines

    @functools.cached_property
    def database(self):
        """The files of the checksum database, by their names below sumdb/<name>/."""
        with tempfile.TemporaryDirectory() as scratch:
            database, lines = testdb.Database(scratch), iter(self.sums)
            for (_, of_zip), (_, of_mod) in zip(lines, lines):
                database.add(f"{of_zip}\n{of_mod}\n".encode())
            database.publish()
            return {str(file.relative_to(scratch)): file.read_bytes() for file in Path(scratch).rglob("*") if file.is_file()}

    def answer(self, request):
        """Status and body for a path below /mod/."""
        if request.startswith(f"sumdb/{testdb.NAME}/"):
            found = self.database.get(request.removeprefix(f"sumdb/{testdb.NAME}/"))
            return (404, NOT_FOUND) if found is None else (200, found)
        if request.endswith("/@latest"):
            path = unescape(request.removesuffix("/@latest"))
            version = path and self.latest(path)
            request = f"{escape(path)}/@v/{escape(version)}.info" if version else ""
        path, found, file = request.partition("/@v/")
        path, version = unescape(path), unescape(file.rpartition(".")[0])
        if not found or path is None or version is None:
            return 404, NOT_FOUND
        if file == "list":
            listed = [v for v in self.versions.get(path, []) if not PSEUDO.fullmatch(v) and matches_path(path, v)]
            return (200, "".join(v + "\n" for v in listed).encode()) if path in self.versions else (404, NOT_FOUND)
        if re.fullmatch("[0-9a-f]+", version):
            version = self.commit(path, version)
        archive, kind = self.archive(path, version), file.rpartition(".")[2]
        if archive is None or kind not in ("info", "mod", "zip") or kind != "zip" and "." + kind not in archive:
            return 404, NOT_FOUND
        return 200, self.zip(path, version) if kind == "zip" else archive["." + kind]


def handler(modules):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path = urllib.parse.unquote(self.path)
            request = path.removeprefix("/mod/")
            first, _, rest = request.partition("/")
            if path == request:
                return self.reply(404, NOT_FOUND)
            if first == "invalid":
                return self.reply(200, b"invalid")
            if first.isdigit() and int(first) >= 200:
                return self.reply(int(first), b"")
            if first == "redirect":
                count, _, rest = rest.partition("/")
                to = rest if int(count) <= 1 else f"redirect/{int(count) - 1}/{rest}"
                return self.reply(302, b"", [("Location", "/mod/" + urllib.parse.quote(to))])
            if re.fullmatch(r"sumdb-\d+", first):
                request = rest
            return self.reply(*modules.answer(request))

        def reply(self, status, body, headers=()):
            self.send_response(status)
            for name, value in [*headers, ("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]:
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *args):
            pass
    return Handler


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that was ended closes its connection as it likes


@contextlib.contextmanager
def serve(modules):
    """Yields the URL for GOPROXY."""
    server = Server(("127.0.0.1", 0), handler(modules))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mod"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
