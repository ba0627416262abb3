#!/usr/bin/env python3
"""The files of each level against what the real go reads, for the real modules of projects.txt.

usage: levels.py [--core | --all | NAME...]      environment: MODFERRY_BIN

For each level, the commands that it promises run with an empty module cache against a proxy that remembers what it was
asked for. Together they are what go needs: each .zip, .mod and .info of it must travel, no other .zip and .mod may, and
modferry may ask for no other either. Then a bundle of the level is unpacked, and what its manifest promises runs with
no network (farside.py). A command that fails online as well is left out, with a message.
"""
import json, sys, tempfile, time
from pathlib import Path

import farside, projects
from projects import lab
from recorder import KINDS, Recorder

LINUX = [{"GOOS": "linux", "GOARCH": "amd64", "CGO_ENABLED": cgo} for cgo in "10"]
OTHERS = [{"GOOS": os, "GOARCH": arch, "CGO_ENABLED": cgo}
          for os, arch, cgo in (("windows", "amd64", "0"), ("darwin", "arm64", "1"), ("freebsd", "386", "0"))]
FIXTURES = lab.FIXTURES / "gomodcache"  # what the go client fetched, checked with the database of the world
PLATFORM = ["--platform", "linux/amd64"]


class Case:
    """A level with its options, and the commands that it is for; it holds what the cases `within` hold as well."""

    def __init__(self, level, options, commands, within=()):
        self.level, self.options, self.commands, self.within = level, options, commands, within
        self.name = " ".join([level, *options])


def cases(project):
    """In the order of the levels. `go get` follows every constraint, so it tells what a level without a platform is."""
    on = lambda platforms, *args: [(list(args), platform) for platform in platforms]
    packages = "work" if project.work else "./..."
    readers = on([{}], "list", "-m", "all") + on([{}], "mod", "graph") + on([{}], "mod", "verify")
    if not project.work:  # reads every go.mod, whether go.sum has its line or not
        readers += on([{}], "list", "-m", "-mod=mod", "all")
    if project.sets_only:
        return [Case("all", [], readers)]
    tools = lambda platforms: on(platforms, "list", "-deps", "tool") if project.has_tools() else []
    gets = lambda *args: [] if project.work else on([{}], "get", *args, "./...")
    linux = Case("build", PLATFORM, readers + on(LINUX, "list", "-deps", packages) + tools(LINUX))
    linux_test = Case("test", PLATFORM, on(LINUX, "list", "-deps", "-test", packages), [linux])
    build = Case("build", [], gets() + on(OTHERS, "list", "-deps", packages) + tools(OTHERS), [linux])
    test = Case("test", [], gets("-t") + on(OTHERS, "list", "-deps", "-test", packages), [linux_test, build])
    everything = on([{}], "mod", "why", "-m", "all") + on([{}], "list", "-deps", "-test", "all")
    if not project.work:
        everything += gets() + on([{}], "mod", "vendor") + on([{}], "mod", "tidy")
        everything += on([{}], "mod", "download") if project.lazy() else []
    tidy = Case("tidy", [], everything, [test])
    return [linux, linux_test, build, test, tidy, Case("all", [], on([{}], "mod", "download", "all"), [tidy])]


def union(sets):
    sets = list(sets)
    return {kind: set().union(*(s[kind] for s in sets)) for kind in KINDS}


def without(sets, *others):
    return {kind: sets[kind].difference(*(o[kind] for o in others)) for kind in KINDS}


class Comparison:
    """One project. All runs of go share one module cache (the levels without platform have their own), all of modferry
    one store: what a run reads was asked for by it, or by one before whose level lies within."""

    def __init__(self, project, proxy, scratch):
        self.project, self.proxy, self.scratch, self.runs = project, proxy, Path(scratch), 0
        self.needs, self.left_out, self.notes = {}, [], []

    def environment(self, session, cache):
        flags = {"GOFLAGS": "-modcacherw -trimpath -mod=mod"} if "missing-sum" in self.project.options else {}
        if cache == FIXTURES:  # go keeps tiles there, and each run of this test has a database of its own
            flags["GOSUMDB"] = "off"
        return lab.go_environment(GOPROXY=self.proxy.url(session), GOMODCACHE=cache, **flags)

    def session(self):
        self.runs += 1
        return f"{self.project.name}-{self.runs}"

    def go(self, session, cache, args, settings):
        with self.project.copy_for(args) as work:
            return lab.run(["go", *args], cwd=work, env={**self.environment(session, cache), **settings}, check=False)

    def files_read(self, args, settings, cache):
        """What go asks for; nothing where it fails although all is at hand, which is noted."""
        session, shown = self.session(), " ".join([f"{k}={v}" for k, v in settings.items()] + ["go", *args])
        done = self.go("warm", FIXTURES, args, settings)
        if done.returncode != 0:
            self.left_out.append((shown, farside.first_line(done.stderr)))
            return union([])
        done = self.go(session, cache, args, settings)
        assert done.returncode == 0, f"{self.project.name}: {shown}: with an empty cache:\n{done.stderr}"
        return self.proxy.taken(session)

    def need(self, case):
        of_any_platform = case.level in ("build", "test") and not case.options
        cache = self.scratch / ("any-cache" if of_any_platform else "cache")
        read = [self.files_read(args, settings, cache) for args, settings in case.commands]
        self.needs[case.name] = union(read + [self.needs[c.name] for c in case.within])
        if self.project.sets_only:  # go reads the .info of the build list, whose zips are the level
            self.needs[case.name][".zip"] = self.needs[case.name][".info"]
        return self.needs[case.name]

    def have(self, case, session):
        """What travels, by the manifest where there is one: (files, roots of the manifest)."""
        env = {**self.environment(session, self.scratch / "none"), "XDG_CACHE_HOME": str(self.scratch / "store")}
        project, of_level = self.project.directory, ["--level", case.level, *case.options]
        if case.options or self.project.sets_only:
            found = json.loads(lab.modferry("resolve", project, *of_level, "--json", env=env).stdout)
            zips = {f"{m['path']}@{m['version']}" for m in found["modules"] if not m["only_mod"]}
        else:
            sums = ["--allow-missing-sum"] if "missing-sum" in self.project.options else []
            lab.modferry("pack", project, *of_level, *sums, "--compress", "1", "-o", self.bundle(), env=env)
            shown = lab.modferry("list", self.bundle(), "--allow-unsigned", "--json", program="modferry-offline")
            found = json.loads(shown.stdout)
            zips = {f"{m['path']}@{m['version']}" for m in found["modules"] if "h1" in m}
        modules = {f"{m['path']}@{m['version']}" for m in found["modules"]}
        return {".zip": zips, ".mod": modules, ".info": modules}, found["roots"]

    def note(self, case, why, files):
        if files:
            self.notes.append(f"{self.project.name}, {case.name}: {why}: {' '.join(sorted(files))}")
        return files

    def explain(self, case, surplus):
        """The surplus zips that go reads as well, if only in other circumstances, which are noted."""
        if case.options and surplus:
            release = lab.run(["go", "env", "GOVERSION"], cwd="/", env=lab.go_environment()).stdout.strip()[len("go"):]
            this = Case(case.level, [*case.options, "--go", release], [])
            return self.note(case, f"only for go below {release}", surplus - self.have(this, self.session())[0][".zip"])
        if case.level in ("build", "test") and surplus:
            # `go get ./...` follows every constraint, but names only packages that have a file for this platform.
            tags = self.project.tags()
            args = ["get", f"-tags={tags}", *["-t"] * (case.level == "test"), "./..."]
            read = self.files_read(args, {}, self.scratch / f"{case.level}-tags-cache")[".zip"]
            return self.note(case, f"only with -tags {tags}", surplus & read)
        return set()

    def replaced(self, case, infos):
        """`go get` asks for the .info of a version that is replaced, and does without (farside.py runs it)."""
        listing = ["list", "-m", "-mod=mod", "-f", "{{if .Replace}}{{.Path}}@{{.Version}}{{end}}", "all"]
        originals = set(self.go("warm", FIXTURES, listing, {}).stdout.split()) if infos else set()
        return self.note(case, "no .info, which `go get` does without, of replaced", infos & originals)

    def bundle(self):
        return self.scratch / "bundle.tar.zst"


def named(files):
    return "; ".join(f"{kind}: {' '.join(sorted(files[kind]))}" for kind in KINDS if files[kind])


def compare(c, case, far, table):
    """One row of the table; returns what is wrong."""
    session = c.session()
    need, (have, roots) = c.need(case), c.have(case, session)
    missing, surplus = without(need, have), without(have, need)
    # Every version that travels has its .info, selected or not (docs/decisions.md).
    unselected, surplus[".info"] = len(surplus[".info"]), set()
    missing[".info"] -= c.replaced(case, missing[".info"])
    explained = c.explain(case, surplus[".zip"])
    surplus[".zip"] -= explained
    asked = c.proxy.asked(session)
    more = without(c.proxy.taken(session), need, {**have, ".zip": explained, ".mod": set()})
    found = {"missing": missing, "surplus": surplus, "asks for": more}
    wrong = [f"{what} {named(files)}" for what, files in found.items() if named(files)]
    wrong += [f"asks {n} times for {path}" for path, n in asked.items() if n > 1]
    wrong += [f"asks for {path}" for path in asked if not path.endswith(KINDS)]
    if roots and "commands" in roots[0]:
        wrong += far.check(c.bundle(), roots)
    count = lambda files: " ".join(str(len(files[kind])) for kind in (".zip", ".mod"))
    table.append([c.project.name, c.project.kind, case.name, count(need), count(have), count(missing), count(surplus),
                  str(unselected), "" if case.options or c.project.sets_only else str(far.passed)])
    print("| " + " | ".join(table[-1]) + " |", flush=True)
    return [f"{c.project.name}, {case.name}: {line}" for line in wrong]


def graph_differs(c):
    env = c.environment(c.session(), FIXTURES)
    theirs = lab.run(["go", "mod", "graph"], cwd=c.project.directory, env=env).stdout
    env["XDG_CACHE_HOME"] = str(c.scratch / "store")
    ours = lab.modferry("resolve", c.project.directory, "--level", "all", "--graph", env=env).stdout
    return [] if ours == theirs else [f"{c.project.name}: the graph differs from `go mod graph`"]


def one(project, proxy, database, table):
    """Returns what is wrong with a project, what was left out of it, and what differs for a reason."""
    projects.fetch(project)
    database.add_tree(proxy.directory)
    database.publish()
    wrong = []
    with tempfile.TemporaryDirectory() as scratch:
        c = Comparison(project, proxy, scratch)
        far = farside.FarSide(project, c.environment("warm", FIXTURES), scratch)
        try:
            for case in cases(project):
                wrong += compare(c, case, far, table)
            wrong += graph_differs(c)
        except AssertionError as failure:
            wrong.append(f"{project.name}: {failure}")
        lab.run(["chmod", "-R", "u+w", scratch])
    left_out = [f"{project.name}: {command}: {why}" for command, why in dict.fromkeys(c.left_out + far.left_out)]
    return wrong, left_out, c.notes


def main():
    wanted, listed = sys.argv[1:] or ["--core"], projects.read()
    if wanted in (["--all"], ["--core"]):
        wanted = [p.name for p in listed if wanted == ["--all"] or "core" in p.options]
    chosen = [p for p in listed if p.name in wanted]
    if not chosen or len(chosen) < len(wanted):
        sys.exit(__doc__)
    lab.require_go()
    table, wrong, left_out, notes, started = [], [], [], [], time.time()
    print("Pairs of numbers: .zip and .mod files. Beyond: of versions not selected. Promises: commands so far.\n\n"
          "| project | what it is | level | go needs | travels | missing | surplus | .info beyond | promises kept |\n"
          "|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as top, Recorder(FIXTURES / "cache/download", top) as proxy:
        database = lab.testdb.Database(top)
        for project in chosen:
            found, out, more = one(project, proxy, database, table)
            wrong, left_out, notes = wrong + found, left_out + out, notes + more
    print(f"\n{len(chosen)} projects, {len(table)} comparisons in {time.time() - started:.0f} s; "
          f"{len(left_out)} commands left out, which fail online as well:")
    for mark, lines in (("  ", left_out), ("NOTE ", notes), ("WRONG ", wrong)):
        print("".join(f"{mark}{line}\n" for line in lines), end="")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
