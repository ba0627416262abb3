#!/usr/bin/env python3
"""Version queries against the real go: `go list -m path@query`, and `go get path@query` against `modferry resolve`.

usage: queries.py DRIVERS     environment: MODFERRY_BIN

A synthetic proxy, as a file:// tree and behind an HTTP server on loopback, has modules with pre-releases, retractions,
+incompatible versions, empty and missing lists, pseudo-versions in lists, and files that are broken. Compared is the version
that a query ends at, or the kind of its failure.
"""
import contextlib, functools, http.server, json, os, re, shutil, subprocess, sys, tempfile, threading, zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import lab

PSEUDO = "v0.0.0-20230102030405-abcdef123456"
LATER = "v0.0.0-20240102030405-0123456789ab"
AFTER = "v1.1.2-0.20240601000000-abcdef000001"
BEFORE = "v1.1.2-0.20200601000000-abcdef000002"

QUERIES = ["latest", "upgrade", "patch", "v0", "v1", "v1.0", "v1.1", "v1.2", "v2", "v3", "v9", "v1.0.0", "v1.1.0", "v1.5.0",
           "v1.0.0+meta", "v1.1.0+other", "v2.0.0", "v2.0.0+incompatible", PSEUDO, "<v1.1.0", "<=v1.1.0", ">v1.0.0", ">=v1.0.0",
           ">=v1.1", "<v2", "<v3.0.0", "<=v1", ">v1", "<v", ">=", ">v1.0.0-0", "<=v1.2.0-rc.1", ">=v2.0.0", "main", "dev",
           "old", "nosuch", "abcdef123456", "feature/x", "v1.0.0-!x", "a b", "a:b", "a#b", "none", "HEAD", "Main"]


class Proxy:
    def __init__(self, root):
        self.root = Path(root)

    def file(self, path, name, text):
        at = self.root / lab.escape(path) / name
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)

    def info(self, path, name, version=None, time="2024-01-01T00:00:00Z"):
        self.file(path, f"@v/{lab.escape(name)}.info", json.dumps({"Version": version or name, "Time": time}))

    def version(self, path, version, mod=None, time="2024-01-01T00:00:00Z"):
        self.info(path, version, time=time)
        mod = f"module {path}\n\ngo 1.21\n" + mod if mod is not None else f"module {path}\n"
        self.file(path, f"@v/{lab.escape(version)}.mod", mod)
        stem = f"{path}@{version}"
        with zipfile.ZipFile(self.root / lab.escape(path) / "@v" / f"{lab.escape(version)}.zip", "w") as z:
            z.writestr(f"{stem}/x.go", "package x\n")
            z.writestr(f"{stem}/sub/y.go", "package sub\n")
            if mod.count("\n") > 1:
                z.writestr(f"{stem}/go.mod", mod)

    def module(self, path, versions, mods={}, listed=(), times={}, make_list=True):
        """mods: text of go.mod behind the go line; None is a module without go.mod."""
        for version in versions:
            self.version(path, version, mods.get(version, mods.get("*", "")), times.get(version, "2024-01-01T00:00:00Z"))
        if make_list:
            self.file(path, "@v/list", "".join(v + "\n" for v in [*versions, *listed]))


def publish(p):
    """Returns the modules."""
    e = "example.com/"
    p.module(e + "plain", ["v0.1.0", "v1.0.0", "v1.1.1", "v1.1.0", "v1.2.0-rc.1", "v1.2.0", "v1.3.0-beta.1"], listed=[PSEUDO])
    for name, version in (("main", LATER), ("Main", LATER), ("dev", "v1.1.0"), ("old", PSEUDO), ("a b", "v1.0.0"), ("a#b", "v1.0.0"),
                          ("abcdef123456", PSEUDO)):
        p.info(e + "plain", name, version)
    for v in (PSEUDO, LATER, AFTER, BEFORE):
        p.version(e + "plain", v, "")
    p.module(e + "pre", ["v1.0.0-alpha", "v1.0.0-beta.11", "v1.0.0-beta.2", "v1.2.0-rc.1"])
    p.module(e + "oldpre", ["v1.0.0-rc.1", "v1.0.0", "v1.1.0-rc.1"])
    p.module(e + "retracted", ["v1.0.0", "v1.1.0", "v1.1.1", "v1.2.0", "v1.3.0"],
             {"v1.3.0": "retract [v1.1.0, v1.2.0] // leaks\n"})
    for name, version in (("main", "v1.1.1"), ("dev", "v1.0.0"), ("old", "v1.2.0")):
        p.info(e + "retracted", name, version)
    p.module(e + "self", ["v1.0.0", "v1.1.0", "v1.1.1"], {"v1.1.1": "retract (\n\tv1.1.1 // itself\n\tv1.0.0\n)\n"})
    p.module(e + "gone", ["v1.0.0", "v1.1.0"], {"v1.1.0": "retract [v0.0.0, v1.99.99]\n"})
    p.version(e + "gone", LATER, "")
    p.info(e + "gone", "main", LATER)
    p.file(e + "gone", "@latest", json.dumps({"Version": LATER, "Time": "2024-01-01T00:00:00Z"}))
    p.module(e + "badretract", ["v1.0.0", "v1.1.0"], {"v1.1.0": "retract v1.1.0.0\nretract [v1.1.0\nretract v1.1.0\n"})
    p.module(e + "shortretract", ["v1.0.0", "v1.1.0", "v1.2.0"], {"v1.2.0": "retract [v1.1, v1.2)\nretract [v1, v1.0.5]\n"})
    p.module(e + "preretract", ["v1.0.0", "v1.1.0-rc.1"], {"v1.1.0-rc.1": "retract v1.0.0\n"})
    p.module(e + "legacy", ["v1.0.0", "v1.1.0", "v2.0.0+incompatible", "v3.0.0+incompatible"], {"*": None})
    p.info(e + "legacy", "v2.0.0", "v2.0.0+incompatible")
    p.info(e + "legacy", "main", "v3.0.0+incompatible")
    p.module(e + "mixed", ["v1.0.0", "v1.1.0", "v2.0.0+incompatible", "v3.0.0+incompatible"], {"v1.0.0": None})
    p.module(e + "later", ["v0.1.0", "v2.0.0+incompatible", "v2.1.0-pre+incompatible", "v3.0.0+incompatible"],
             {"v2.0.0+incompatible": None, "v0.1.0": None})
    p.module(e + "incompatible", ["v2.0.0+incompatible", "v2.0.1+incompatible", "v3.0.0-rc.1+incompatible"], {"*": None})
    p.module(e + "major/v2", ["v2.0.0", "v2.0.1", "v2.1.0"])
    p.module(e + "Upper", ["v1.0.0", "v1.1.0-RC1", "v1.1.0"])
    p.module(e + "nolist", ["v1.0.0", "v1.1.0"], make_list=False)
    p.info(e + "nolist", "main", "v1.1.0")
    p.file(e + "nolist", "@latest", json.dumps({"Version": "v1.1.0"}))
    p.module(e + "empty", [PSEUDO, LATER], make_list=False)
    p.file(e + "empty", "@v/list", "")
    p.info(e + "empty", "main", LATER)
    p.file(e + "empty", "@latest", json.dumps({"Version": LATER, "Time": "2024-01-01T00:00:00Z"}))
    p.module(e + "nothing", [])
    p.module(e + "pseudolist", [PSEUDO, LATER])
    p.module(e + "timed", [PSEUDO, LATER], make_list=False)
    p.file(e + "timed", "@v/list", f"{PSEUDO} 2024-06-01T00:00:00Z\r\n{LATER} 2024-03-01T00:00:00+01:00 more\n")
    p.module(e + "odd", ["v1.0.0", "v1.1.0"], make_list=False)
    p.file(e + "odd", "@v/list", "v1.0.0\r\n\n \tv1.1.0 \n# comment\nversion 1\nv1.1.0\nv2\nv1.0.0.0\nmaster\nv1.1.0+meta\n")
    p.module(e + "noinfo", ["v1.0.0", "v1.1.0"], listed=["v1.2.0"])
    p.module(e + "nomod", ["v1.0.0", "v1.1.0"])
    (p.root / e / "nomod/@v/v1.1.0.mod").unlink()
    p.module(e + "badmod", ["v1.0.0", "v1.1.0"], {"v1.1.0": "retract v1.0.0 v1.1.0 (\n\"\n"})
    p.module(e + "badinfo", ["v1.0.0", "v1.1.0", "v1.2.0"])
    p.file(e + "badinfo", "@v/v1.2.0.info", '{"Version": "v1.1.0"}')
    p.file(e + "badinfo", "@v/v1.1.0.info", "<html>")
    p.file(e + "badinfo", "@v/main.info", '{"Version": "v1.0.0", "Time": "yesterday"}')
    p.file(e + "badinfo", "@v/dev.info", '{"version": "v1.0.0", "TIME": null, "Origin": {"VCS": "git"}}')
    p.module(e + "badlatest", [PSEUDO], make_list=False)
    p.file(e + "badlatest", "@v/list", "")
    p.file(e + "badlatest", "@latest", "[]")
    return ["plain", "pre", "oldpre", "retracted", "self", "gone", "badretract", "shortretract", "preretract", "legacy", "mixed", "later",
            "incompatible", "major/v2", "Upper", "nolist", "empty", "nothing", "pseudolist", "timed", "odd", "noinfo", "nomod", "badmod", "badinfo",
            "badlatest", "missing"]


KINDS = [("no matching versions for query", "no-version"), ("invalid semantic version", "other"),
         ("ambiguous semantic version", "other"), ("no existing version is required", "no-base"),
         ("disallowed version string", "bad-version"), ("malformed module path", "bad-path"),
         ("excluded by go.mod", "disallowed"), ("retracted by module author", "disallowed"),
         ("standard-library module", "other"), ("disabled by GOPROXY=off", "not-exist"),
         ("invalid response from proxy", "other"), ("returned info for version", "other"), ("unexpected status", "other"),
         ("500 Internal Server Error", "other"), ("403 Forbidden", "other"), ("the answer ", "other"),
         ("no such file or directory", "not-exist"), ("404 ", "not-exist"), ("410 ", "not-exist")]


def kind_of(text):
    for words, kind in KINDS:
        if words in text:
            return kind
    return f"? {text}"


class Lab:
    def __init__(self, scratch, goproxy, drivers):
        self.scratch, self.goproxy, self.driver = Path(scratch), goproxy, Path(drivers) / "diff_online_queries"
        self.compared = 0
        self.differences = []
        self.env = lab.go_environment(GOPROXY=goproxy, GOMODCACHE=self.scratch / "modcache",
                                      GOFLAGS="-mod=mod -modcacherw", XDG_CACHE_HOME=self.scratch / "cache")

    def main_module(self, requires, excludes):
        project = Path(tempfile.mkdtemp(dir=self.scratch))
        text = "module example.org/main\n\ngo 1.21\n"
        text += "".join(f"require {p} {v}\n" for p, v in requires) + "".join(f"exclude {p} {v}\n" for p, v in excludes)
        (project / "go.mod").write_text(text)
        return project

    def go_list(self, project, args):
        done = lab.run(["go", "list", "-m", "-e", "-json", *args], cwd=project, env=self.env)
        decoder, text, found = json.JSONDecoder(), done.stdout.lstrip(), []
        while text:
            value, end = decoder.raw_decode(text)
            found.append(value)
            text = text[end:].lstrip()
        assert len(found) == len(args), (len(found), len(args), done.stderr)
        return [kind_of(m["Error"]["Err"]) if "Error" in m else f"{m['Version']} {m.get('Time', '')}" for m in found]

    def ours(self, rows):
        text = "".join("\t".join(row) + "\n" for row in rows)
        done = lab.run([self.driver, self.goproxy, self.scratch / "store"], input=text)
        found = []
        for line in done.stdout.splitlines():
            fields = line.split("\t")
            found.append(fields[1] if fields[0] == "error" else f"{fields[2]} {fields[3]}")
        assert len(found) == len(rows), done.stderr
        return found

    def compare(self, paths, queries, current=None, excludes=()):
        """Every query on every path, in a main module that has them at `current`."""
        project = self.main_module([(p, current) for p in paths] if current else [], excludes)
        pairs = [(p, q) for p in paths for q in queries]
        want = self.go_list(project, [f"{p}@{q}" for p, q in pairs])
        rows = [("list", p, q, current or "", ",".join(v for x, v in excludes if x == p)) for p, q in pairs]
        for row, a, b in zip(rows, want, self.ours(rows)):
            self.compared += 1
            # where the .info of a branch has no time, go takes that of the version
            if a != b and not (b.endswith(" -") and a.split()[:1] == b.split()[:1]):
                self.differences.append(f"{row}: go {a!r}, modferry {b!r}")

    def go_get(self, target):
        project = self.main_module([], [])
        done = subprocess.run(["go", "get", target], cwd=project, env=self.env, capture_output=True, text=True)
        if done.returncode != 0:
            return kind_of(done.stderr)
        return re.search(r"^require (\S+ \S+)", (project / "go.mod").read_text(), re.M)[1]

    def compare_get(self, target):
        """`go get` against a root of modferry."""
        want = self.go_get(target)
        done = lab.modferry("resolve", "--json", "--retries", "0", target, env=self.env, check=False)
        if done.returncode == 0:
            root = json.loads(done.stdout)["roots"][0]
            have = f"{root['path']} {root['version']}"
        else:
            have = kind_of(done.stderr)
        self.compared += 1
        if want != have:
            self.differences.append(f"go get {target}: {want!r}, modferry {have!r}")


@contextlib.contextmanager
def serve(root, statuses):
    """The tree over HTTP; a path that contains a key of `statuses` gets that status."""
    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            for part, status in statuses.items():
                if part in self.path:
                    return self.send_error(status)
            return super().do_GET()

        def log_message(self, *args):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def compare_currents(world):
    e = "example.com/"
    words = ["latest", "upgrade", "patch", "v1", "<v1.1.0"]
    for module, currents in {"plain": ["v1.0.0", "v1.1.0", "v1.2.0-rc.1", "v1.3.0-beta.1", PSEUDO, AFTER, BEFORE],
                             "retracted": ["v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0"], "self": ["v1.1.0", "v1.1.1"],
                             "gone": ["v1.0.0", LATER], "pre": ["v1.0.0-alpha", "v1.2.0-rc.1"],
                             "legacy": ["v1.0.0", "v2.0.0+incompatible"], "mixed": ["v1.0.0", "v2.0.0+incompatible"],
                             "empty": [PSEUDO, LATER], "pseudolist": [PSEUDO], "nomod": ["v1.0.0"],
                             "nolist": ["v1.0.0"]}.items():
        for current in currents:
            world.compare([e + module], words, current)
    p = e + "plain"
    for excluded in (["v1.2.0"], ["v1.2.0", "v1.1.1"], ["v1.1.0"], ["v0.1.0", "v1.0.0", "v1.1.0", "v1.1.1", "v1.2.0"]):
        world.compare([p], ["latest", "upgrade", "v1", "v1.1", "v1.2.0", "dev", "<v1.2.0", ">v1.0.0"], None,
                      [(p, v) for v in excluded])
    world.compare([p], ["upgrade", "patch"], "v1.1.0", [(p, "v1.1.1"), (p, "v1.2.0")])


def main():
    lab.require_go()
    drivers = sys.argv[1]
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="queries-"))
        proxy = Proxy(Path(scratch) / "proxy")
        modules = publish(proxy)
        lab.testdb.serve_tree(proxy.root)
        paths = ["example.com/" + m for m in modules]
        worlds = []

        def world(name, goproxy):
            (Path(scratch) / name).mkdir()
            worlds.append(Lab(Path(scratch) / name, goproxy, drivers))
            return worlds[-1]
        tree = f"file://{proxy.root}"
        first = world("file", tree)
        first.compare(paths, QUERIES)
        first.compare(["example.com/plain/v2", "example.com/plain/v1", "nodot/x", "example.com/.x", "std"], ["latest", "v1.0.0"])
        compare_currents(first)
        few = ["latest", "v1", "v1.0.0", "main", "nosuch", ">v1.0.0", "upgrade"]
        http_tree = stack.enter_context(serve(proxy.root, {}))
        world("http", http_tree).compare(paths, few + ["a b", "a#b", "HEAD"])
        # the first proxy lacks some, refuses some, and fails for some
        bad = stack.enter_context(serve(proxy.root, {"/plain/": 404, "/pre/": 410, "/retracted/": 500, "/self/@v/v": 403,
                                                     "/gone/@latest": 500, "/legacy/@v/list": 404, "/mixed/@v/v1.1.0.mod": 500}))
        for name, separator in (("comma", ","), ("bar", "|")):
            world(name, f"{bad}{separator}{http_tree}").compare(paths, few)
        world("off", f"{bad},off").compare(paths[:12], few)
        get = world("get", tree)
        for target in ["plain@latest", "plain@upgrade", "plain@patch", "plain@v1.1", "plain@main", "plain@dev", "plain@v1.0.0",
                       "plain/sub@v1.1", "plain/sub@latest", "plain/sub@main", "plain/sub@v9", "plain/sub@nosuch", "missing/sub@latest",
                       "retracted@latest", "retracted@v1.1.0", "retracted@main", "retracted@dev", "retracted/sub@v1.2",
                       "self@latest", "self@v1.1.1", "gone@latest", "gone@v1.0.0", "gone@main", "legacy@latest", "legacy@v2.0.0", "legacy@v2",
                       "legacy@main", "mixed@latest", "incompatible@latest", "major/v2@latest", "major/v2/sub@v2.0",
                       "major/v2/sub@latest", "Upper@latest", "empty@latest", "pseudolist@latest", "nothing@latest", "nomod@v1.0.0",
                       "pre@latest", "odd@<v2", "plain@<=v1", "plain@feature/x"]:
            get.compare_get("example.com/" + target)
        for w in worlds:
            for line in w.differences:
                print(w.goproxy, line)
        compared = sum(w.compared for w in worlds)
        print(f"{compared} queries compared, {sum(len(w.differences) for w in worlds)} differ")
        assert compared >= 150
        sys.exit(any(w.differences for w in worlds))


if __name__ == "__main__":
    main()
