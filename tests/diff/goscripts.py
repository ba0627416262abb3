#!/usr/bin/env python3
"""Go's own script tests for modules and workspaces, as cases for modferry.

usage: goscripts.py core|all|NAME...      environment: MODFERRY_BIN; JOBS (default 2); KEEP: a directory for states that differ

The scripts (GOROOT/src/cmd/go/testdata/script/mod_*.txt, work*.txt) and the modules of testdata/mod are taken from the installed
GOROOT. Each script runs with the installed go, and its own checks hold. Whenever it is about to run a go command, and at its
end, its directory is a state; of each state go and modferry are asked the same:

  list     go list -m all                  resolve --level all       the build list
  graph    go mod graph                    resolve --graph           the text
  test     go list -deps -test ./... tool  resolve --level test      the zips in an empty module cache
  tidy     go mod tidy, go mod download    resolve --level tidy      the zips, where go.mod is tidy already
  get      go get PATH@QUERY               resolve PATH@QUERY        the version, in an empty module

Where go refuses, modferry has to refuse as well and say what go says. Of what testdata/mod holds go.sum lacks nothing: a
go.sum without lines is another test's affair. A script applies if there is something to compare in it. Differences that are
meant are in the table KNOWN; any other fails the test, and so do fewer scripts than FLOOR that apply.
"""
import collections, concurrent.futures, fcntl, os, re, shutil, socket, struct, sys, tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import lab
import scriptproxy
from scriptengine import Mismatch, Script, Stop
from scriptstate import World, fragments, is_about_files, modules_of, query_failure, refusal_agrees

CORE = ["mod_ambiguous_import", "mod_errors_pos", "mod_get_incompatible", "mod_goline", "mod_lazy_consistency", "mod_load_badchain",
        "mod_load_badmod", "mod_query_exclude", "mod_replace", "mod_require_exclude", "mod_retract", "mod_tidy_lazy_self", "work",
        "work_prune", "work_replace_conflict"]
FLOOR = {"core": 15, "all": 340}

# (kind, what go says, what modferry says, why that difference is meant). Patterns are searched for.
KNOWN = [
    (".*", "", "which is outside the project", "a directory outside the project will be missing past the gap (decisions.md)"),
    ("list", "", "not one of the workspace modules", "a member that go.work does not use is refused at once (decisions.md)"),
    ("list|test", "(unknown|removed) godebug", "", "which settings there are is a matter of the go release"),
    ("list|test", r"requires go >= 1\.99+", "", "modferry has no go release of its own to be too old"),
    ("list", "", "GOPROXY: invalid proxy URL missing scheme", "modferry reads GOPROXY before it is needed"),
    ("test", "cannot find module providing package|no required module provides|ambiguous import", "have no provider",
     "an import of a dependency that nothing provides is reported (decisions.md)"),
    ("test", "replacement directory .* does not exist", "is not in std", "go names a replacement that nothing requires"),
    ("list", "", "no required module provides package",
     "at go 1.17 the unpruned graph is planned by packages at level all too, so that what pack refuses is refused at once"),
    ("list", "malformed module path", "malformed import path", "the path of a main module is checked as an import path"),
    ("get", "leading dot in path element", "v1", "a package in a directory with a leading dot: the module is taken"),
]


SIOCSIFFLAGS, IFF_UP = 0x8914, 1


class Runner:
    """One script."""
    def __init__(self, name, modules, proxy, scratch, goroot):
        self.name, self.modules, self.proxy, self.scratch, self.goroot = name, modules, proxy, Path(scratch), goroot
        self.compared, self.differences, self.reasons, self.known = collections.Counter(), [], collections.Counter(), collections.Counter()
        self.seen, self.ended = set(), ""  # ended: why the script was not run to its end

    def run(self):
        file = self.goroot / f"src/cmd/go/testdata/script/{self.name}.txt"
        script = None
        try:
            script = Script(*scriptproxy.parse_txtar(file.read_bytes()), self.scratch / "work", self.environment(), self.state)
            script.run()
            self.state(script, [])
        except (Stop, Mismatch) as e:
            if script and isinstance(e, Stop):
                self.state(script, [])
            self.ended = e.args[0] if isinstance(e, Stop) else "go does not do what the script expects"
            if isinstance(e, Mismatch):
                print(f"{self.name}: not as the script expects: {e}"[:300], flush=True)
        return self

    def environment(self):
        keep = {k: os.environ[k] for k in ("PATH", "LANG") if k in os.environ}
        return {**keep, **GO_ENV, "TESTGO_GOROOT": GO_ENV["GOROOT"], "GOCACHE": str(lab.FIXTURES / "gocache"), "GOPROXY": self.proxy,
                "GOSUMDB": lab.GOSUMDB, "GONOPROXY": "", "GONOSUMDB": "", "GOPRIVATE": "", "GOVCS": "*:all", "GOTOOLCHAIN": "local",
                "GODEBUG": "", "GOFLAGS": "", "GOEXE": "", "devnull": os.devnull, "newline": "\n", "CCACHE_DISABLE": "1",
                "goversion": GO_ENV["GOVERSION"].removeprefix("go")}

    def state(self, script, args):
        """Called before each go command."""
        if not script.cwd.is_dir():
            return
        world = World(script, self.scratch, self.proxy)
        self.queries(world, script, args)
        why = world.find()
        if why:
            self.reasons[why] += 1
            return
        key = world.key()
        if key in self.seen:
            return
        self.seen.add(key)
        try:
            with world.copy():
                world.complete_sums(self.modules)
                comparable = self.build_list(world) and self.graph(world) and self.test_level(world)
            if comparable and not world.in_work:
                with world.copy():
                    world.complete_sums(self.modules)
                    self.tidy_level(world)
        except TimeoutError:
            self.reasons["takes too long"] += 1

    def differs(self, world, kind, theirs, ours):
        for kinds, they_say, we_say, why in KNOWN:
            if re.fullmatch(kinds, kind) and re.search(they_say, theirs) and re.search(we_say, ours):
                self.known[why] += 1
                return False
        self.differences.append(f"{kind}: go: {theirs.strip()}\n  modferry: {ours.strip()}")
        if os.environ.get("KEEP"):
            at = Path(os.environ["KEEP"]) / f"{self.name}-{len(self.differences)}"
            shutil.copytree(world.work, at, symlinks=True)
            (at / "environment").write_text(f"cd {world.script.cwd}\n" + "".join(f"{k}={v}\n" for k, v in world.env.items()))
        return False

    def equal(self, kind, what="equal"):
        self.compared[f"{kind}: {what}"] += 1
        return True

    def judge(self, world, kind, theirs, ours, compare):
        """compare() says what differs where both succeed, as two texts, or None."""
        if theirs.returncode and ours.returncode:
            if refusal_agrees(theirs.stderr, ours.stderr):
                self.equal(kind, "both refuse")
                return False
            return self.differs(world, kind, f"{fragments(theirs.stderr)} of {theirs.stderr}", ours.stderr)
        if theirs.returncode or ours.returncode:
            return self.differs(world, kind, theirs.stderr if theirs.returncode else "", ours.stderr if ours.stderr else "")
        found = compare()
        return self.differs(world, kind, *found) if found else self.equal(kind)

    def build_list(self, world):
        ours = world.modferry("--level", "all", "--json")
        theirs = world.go("list", "-m", "-mod=readonly", "-f", "{{if not .Main}}{{with .Replace}}{{if .Version}}{{.Path}}@{{.Version}}"
                          "{{end}}{{else}}{{.Path}}@{{.Version}}{{end}}{{end}}", "all")
        if "missing go.sum entry" in theirs.stderr and "reading" not in theirs.stderr:
            return self.equal("list", "not comparable, go.sum")  and False

        def compare():
            want, have = set(theirs.stdout.split()), modules_of(ours)
            # at go 1.17 tidy takes zips of the graph without pruning too, and level all holds what tidy does
            surplus = set() if re.search(rb"(?m)^go 1\.17(\.\d+)?$", world.go_mod_text()) else have - want
            return (f"needs {sorted(want - have)}", f"has {sorted(surplus)}") if want - have or surplus else None
        return self.judge(world, "list", theirs, ours, compare)

    def graph(self, world):
        theirs, ours = world.go("mod", "graph"), world.modferry("--level", "all", "--graph")
        return self.judge(world, "graph", theirs, ours, lambda: (theirs.stdout, ours.stdout) if theirs.stdout != ours.stdout else None)

    def test_level(self, world):
        patterns = world.packages()
        for cgo in "10":
            theirs = world.go("list", "-deps", "-test", "-mod=readonly", *patterns, CGO_ENABLED=cgo)
            if theirs.returncode != 0:
                break
        if is_about_files(theirs.stderr):
            return self.equal("test", "not comparable, Go files")
        if "missing go.sum entry" in theirs.stderr:
            return self.equal("test", "not comparable, go.sum")
        need = world.zips()
        ours = world.modferry("--level", "test", "--platform", f"{GO_ENV['GOOS']}/{GO_ENV['GOARCH']}", "--json")
        if theirs.returncode and not ours.returncode:
            return self.differs(world, "test", theirs.stderr, ours.stderr)
        return self.judge(world, "test", theirs, ours, lambda: None if need == modules_of(ours) else
                          (f"needs {sorted(need - modules_of(ours))}", f"has {sorted(modules_of(ours) - need)}"))

    def tidy_level(self, world):
        before = world.go_mod_text()
        tidied = world.go("mod", "tidy").returncode == 0 and before == world.go_mod_text()
        # below go 1.17 `go mod download` takes the whole build list, which is level all
        line = re.search(rb"(?m)^go 1\.(\d+)", before)
        if tidied and line and int(line[1]) >= 17:
            tidied = world.go("mod", "download").returncode == 0
        if not tidied:
            return self.equal("tidy", "not comparable, not tidy")
        need, ours = world.zips(), world.modferry("--level", "tidy", "--json")
        if ours.returncode:
            return self.differs(world, "tidy", "", ours.stderr)
        if need != modules_of(ours):
            return self.differs(world, "tidy", f"needs {sorted(need - modules_of(ours))}", f"has {sorted(modules_of(ours) - need)}")
        return self.equal("tidy")

    def queries(self, world, script, args):
        """PATH@QUERY in a command of the script."""
        if args[:1] not in (["get"], ["install"], ["run"]) and args[:2] not in (["mod", "download"], ["list", "-m"]):
            return
        for arg in args[1:]:
            path, at, query = arg.partition("@")
            key = (arg, script.env.get("GOPROXY"))
            if not at or "..." in arg or arg.startswith(("-", ".", "/", "{")) or query in ("none", "patch", "upgrade", "") or "," in arg or \
                    path in ("go", "toolchain", "all", "std", "cmd", "tool", "work") or key in SEEN_QUERIES:
                continue
            SEEN_QUERIES.add(key)
            theirs, ours = world.get(arg)
            want = theirs if isinstance(theirs, str) and theirs.startswith("v") else query_failure(theirs)
            if want is None:
                self.equal("get", "not comparable, packages")
            elif want == ours or (not want.startswith("v") and not ours.startswith("v")):
                self.equal("get", "equal" if want.startswith("v") else "both refuse")
            else:
                self.differs(world, "get", f"{arg}: {theirs}", ours)


GO_ENV = {}
SEEN_QUERIES = set()


def run_all(names, goroot):
    modules = scriptproxy.Modules(goroot / "src/cmd/go/testdata/mod")
    with scriptproxy.serve(modules) as proxy, tempfile.TemporaryDirectory(prefix="goscripts-") as scratch, \
            concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", 2))) as pool:
        def one(name):
            own = tempfile.mkdtemp(dir=scratch)
            return Runner(name, modules, proxy, own, goroot).run()
        for done in pool.map(one, names):
            for text in done.differences:
                print(f"DIFFERS {done.name}: {text}", flush=True)
            yield done


def report(results, floor):
    applied = [r for r in results if r.compared or r.differences or r.known]
    failed = [r for r in applied if r.differences]
    compared, known, reasons = (collections.Counter() for _ in range(3))
    for r in results:
        compared += r.compared
        known += r.known
    early = collections.Counter(r.ended for r in applied if r.ended)
    for r in results:
        if r not in applied:
            reasons[r.ended or next(iter(r.reasons), "no go command in a module")] += 1
    print(f"{len(results)} scripts: {len(applied)} apply, {len(applied) - len(failed)} pass, {len(failed)} differ")
    for title, counter in (("does not apply", reasons), ("applies up to", early), ("compared", compared), ("known difference", known)):
        for what, count in sorted(counter.items()):
            print(f"  {title}: {count:5} {what}")
    if len(applied) < floor:
        print(f"fewer than {floor} apply")
    return 1 if failed or len(applied) < floor else 0


def isolate():
    """Goes on without network; there is loopback."""
    if os.environ.get("GOSCRIPTS_ISOLATED") is None:
        os.environ["GOSCRIPTS_ISOLATED"] = "1"
        prefix = lab.isolation()
        os.execvp(prefix[0], [*prefix, sys.executable, *sys.argv])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def main():
    lab.require_go()
    isolate()
    names = ("GOROOT", "GOOS", "GOARCH", "GOVERSION")
    GO_ENV.update(zip(names, lab.run(["go", "env", *names], env=lab.go_environment()).stdout.split("\n")))
    goroot = Path(GO_ENV["GOROOT"])
    testdata = goroot / "src/cmd/go/testdata"
    if not (testdata / "script").is_dir():
        lab.skip("GOROOT has no src/cmd/go/testdata")
    which = sys.argv[1:]
    if not which:
        sys.exit(__doc__)
    if which == ["all"]:
        scripts = sorted(f.stem for f in [*testdata.glob("script/mod_*.txt"), *testdata.glob("script/work*.txt")])
    else:
        scripts = CORE if which == ["core"] else which
    sys.exit(report(list(run_all(scripts, goroot)), FLOOR.get(which[0], 0)))


if __name__ == "__main__":
    main()
