#!/usr/bin/env python3
"""Random module graphs: build list and graph of `modferry resolve` against the real go.

usage: graphs.py modules|workspaces|vendored [COUNT [SEED]]     environment: MODFERRY_BIN (default build/release/bin)

Each graph is a static proxy tree in a temporary directory, used as a file:// GOPROXY by both. Modules differ in go line
(pruned and unpruned), majors, +incompatible, pre-releases, pseudo-versions and upper case; requirements may be cyclic;
the main module has exclusions and replacements, by directories too. go itself first makes the main go.mod consistent
(-mod=mod). A workspace has two to four main modules with go lines of their own that require one another, some of them
published in an older version as well; replacements stand in go.work and in go.mod files.
Where go refuses a workspace, modferry must refuse it in the same words. Of a project that vendors, with a modules.txt
that is more or less right, modferry must warn of what go finds inconsistent, and of nothing else.
A difference prints the seed and keeps the directory.
"""
import json, os, random, re, shutil, subprocess, sys, tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import lab

GO_LINES = [None, "1.12", "1.15", "1.16", "1.17", "1.18", "1.20", "1.21", "1.21.3", "1.22.0"]


def make_versions(rng, path):
    major = re.search(r"/v(\d+)$", path)
    major = int(major[1]) if major else rng.choice([0, 1])
    versions = {f"v{major}.{rng.randrange(3)}.{rng.randrange(4)}" for _ in range(rng.randrange(1, 5))}
    if rng.random() < 0.2:
        versions.add(f"v{major}.{rng.randrange(3)}.0-rc.{rng.randrange(1, 12)}")
    if rng.random() < 0.2:
        versions.add(f"v{major}.0.0-2023{rng.randrange(10, 13)}01000000-{rng.randrange(16 ** 12):012x}")
    if rng.random() < 0.1 and "/v" not in path:
        versions.add(f"v{rng.randrange(2, 5)}.0.0+incompatible")
    return sorted(versions)


class World:
    def __init__(self, rng, root):
        self.rng, self.root = rng, Path(root)
        names = [f"example.com/m{i}" for i in range(rng.randrange(3, 16))]
        names += [f"example.com/Up{i}" for i in range(rng.randrange(2))]
        names += [n + "/v2" for n in names if rng.random() < 0.2]
        self.modules = {n: make_versions(rng, n) for n in names}
        for path, versions in self.modules.items():
            for version in versions:
                self.publish(path, version)

    def environment(self, flags):
        """For what was published until now; go looks it up in the database of this proxy."""
        lab.testdb.serve_tree(self.root / "proxy")
        return lab.go_environment(GOPROXY=f"file://{self.root}/proxy", GOMODCACHE=self.root / "modcache",
                                  GOPATH=self.root / "gopath", GOFLAGS=flags, XDG_CACHE_HOME=self.root / "cache")

    def requirements(self, count, exclude=()):
        picked = {}
        for path in self.rng.sample(sorted(self.modules), min(count, len(self.modules))):
            if path not in exclude:
                picked[path] = self.rng.choice(self.modules[path])
        return picked

    def publish(self, path, version):
        at = self.root / "proxy" / lab.escape(path) / "@v"
        at.mkdir(parents=True, exist_ok=True)
        text = f"module {path}\n"
        if "+incompatible" not in version:
            go = self.rng.choice(GO_LINES)
            text += f"\ngo {go}\n" if go else ""
            for p, v in self.requirements(self.rng.randrange(5)).items():
                text += f"require {p} {v}\n"
        stem = at / lab.escape(version)
        (stem.parent / (stem.name + ".mod")).write_text(text)
        (stem.parent / (stem.name + ".info")).write_text(json.dumps({"Version": version, "Time": "2024-01-01T00:00:00Z"}))
        (at / "list").open("a").write(version + "\n")

    def replace(self, at, prefix):
        """A few replace lines for a file in directory `at`; directories lie below `prefix`, as seen from there."""
        text = ""
        for p, v in self.requirements(2).items():
            left = f"replace {p}{self.rng.choice(['', ' ' + v])} => "
            target, version = self.rng.choice(list(self.requirements(1, exclude=[p]).items()) or [(None, None)])
            if self.rng.random() < 0.4:
                name = f"local{self.rng.randrange(100)}"
                self.local_module(at / prefix / name, p)
                text += f"{left}{prefix}/{name}\n"
            elif target and ("/v" in p) == ("/v" in target):
                text += f"{left}{target} {version}\n"
        return text

    def local_module(self, at, path):
        """A directory that replaces a module; it may be the target of several replacements."""
        at.mkdir(parents=True, exist_ok=True)
        if not (at / "go.mod").exists():
            (at / "go.mod").write_text(self.go_mod(path, 3))

    def go_mod(self, path, most, go_lines=GO_LINES):
        go = self.rng.choice(go_lines)
        text = f"module {path}\n" + (f"\ngo {go}\n" if go else "")
        return text + "".join(f"require {p} {v}\n" for p, v in self.requirements(self.rng.randrange(most + 1)).items())

    def excludes(self):
        return "".join(f"exclude {p} {v}\n" for p, v in self.requirements(2).items())

    def main_module(self):
        project = self.root / "main"
        project.mkdir()
        text = self.go_mod("example.com/main", 6, GO_LINES[1:])
        if self.rng.random() < 0.4:
            text += self.excludes()
        if self.rng.random() < 0.5:
            text += self.replace(project, "./vendored")
        (project / "go.mod").write_text(text)
        return project

    def workspace(self):
        """go.work with its modules; returns a directory to start in."""
        top = self.root / "main"
        top.mkdir()
        names = ["example.com/ws/" + n for n in "abcd"[:self.rng.randrange(2, 5)]]
        published = {n: "v0.%d.0" % self.rng.randrange(3) for n in names if self.rng.random() < 0.7}
        if self.rng.random() < 0.3:
            names[0] = self.rng.choice(sorted(self.modules))
        for n, v in published.items():
            self.publish(n, v)
        work = self.rng.choice(["", "go 1.18\n", "go 1.21\n"] + 5 * ["go 1.22.0\n"])
        work += self.rng.choice(["", "toolchain go1.22.1\n"])
        directories = []
        for i, name in enumerate(names):
            at = top / f"dir{i}"
            text = self.go_mod(name, 4, GO_LINES if "1.22" in work else GO_LINES[:7] + 3 * GO_LINES[-1:] * (self.rng.random() < 0.2))
            for n, v in published.items():
                if n != name and self.rng.random() < 0.5:
                    text += f"require {n} {v}\n"
            at.mkdir()
            text += self.excludes() if self.rng.random() < 0.3 else ""
            text += self.replace(at, self.rng.choice(["..", "./vendored", "../shared"])) if self.rng.random() < 0.25 else ""
            (at / "go.mod").write_text(text)
            directories.append(at)
            work += f"use ./dir{i}\n"
        if self.rng.random() < 0.4:
            work += self.replace(top, "./shared")
        (top / "go.work").write_text(work)
        return self.rng.choice(directories + [top])


    def vendor(self):
        """vendor/modules.txt for what was made, with mistakes; returns the directory that it belongs to."""
        top, rng = self.root / "main", self.rng
        lines = ["## workspace"] if (top / "go.work").exists() != (rng.random() < 0.05) else []
        for file in [*sorted(top.glob("dir*/go.mod")), *top.glob("go.mod"), *top.glob("go.work")]:
            replaces = {}
            for left, version, to in re.findall(r"^replace (\S+)( \S+)? => (.*)$", file.read_text(), re.M):
                if to.startswith(".") and file.parent != top and rng.random() < 0.9:
                    to = os.path.relpath(file.parent / to, top)
                    to = to if to.startswith("..") else "./" + to
                replaces[left, version.strip()] = to
            for path, version in re.findall(r"^require (\S+) (\S+)$", file.read_text(), re.M):
                to = replaces.get((path, version)) or replaces.get((path, ""))
                lines += [f"# {path} {version}" + (f" => {to}" if to else ""), "## explicit; go 1.17", path]
            lines += [f"# {path} {version} => {to}".replace("  ", " ") for (path, version), to in replaces.items()]
        for _ in range(rng.choice([0, 0, 1, 2, 4])):
            at = rng.randrange(len(lines) + 1)
            wrong = [[], ["## explicit"], ["# example.com/m0 v1.0.0"], ["# example.com/x v1.0.0", "## explicit", "example.com/x"],
                     ["# example.com/m1 => ./elsewhere"], ["# example.com/y v1.0.0 => example.com/z v1.1.0"]]
            lines[at:at + rng.randrange(2)] = rng.choice(wrong)
        (top / "vendor").mkdir()
        if rng.random() < 0.95:
            (top / "vendor/modules.txt").write_text("".join(line + "\n" for line in lines))
        return top


def complaints(text, separator):
    """The lines of a message about a vendor directory in their order; go says some of them twice."""
    found = [line.split(separator, 1)[1].strip() for line in text.splitlines()
             if separator in line and re.search(r": is (explicitly|replaced|marked)", line)]
    return list(dict.fromkeys(found))


def vendored(seed):
    rng = random.Random(seed)
    root = Path(tempfile.mkdtemp(prefix="graphs-"))
    world = World(rng, root)
    project = world.workspace() if rng.random() < 0.5 else world.main_module()
    env = world.environment("-modcacherw")
    if project.name == "main" and not (project / "go.work").exists():
        subprocess.run(["go", "list", "-mod=mod", "-m", "all"], cwd=project, env=env, capture_output=True)
    top = world.vendor()
    ours = lab.modferry("resolve", project, env=env, check=False)
    theirs = subprocess.run(["go", "list", "./..."], cwd=top, env=env, capture_output=True, text=True)
    conflict = "conflicting replacements found for"
    if ours.returncode == 0 and conflict in theirs.stderr:  # go looks no further, or compares with either
        assert conflict in ours.stderr, f"seed {seed}: {root}: go:\n{theirs.stderr}\nmodferry:\n{ours.stderr}"
    elif ours.returncode == 0:
        want, have = complaints(theirs.stderr, "\t"), complaints(ours.stderr, "warning: ")
        if want != have:
            raise AssertionError(f"seed {seed}: {root}: go:\n{theirs.stderr}\nmodferry:\n{ours.stderr}")
    shutil.rmtree(root)
    if ours.returncode != 0:
        return "refused"
    return "inconsistent" if conflict in ours.stderr or have else "equal"


def first_words(message):
    """What go complains of, on one line without what differs in form."""
    lines = [l.strip() for l in message.strip().removeprefix("go: ").splitlines()]
    return re.split(r"[;:]|\. To fix", lines[0])[0]


def build_list(top, env):
    """path@version of what travels: replacements in place of what they replace."""
    return lab.run(["go", "list", "-m", "-f", "{{if not .Main}}{{with .Replace}}{{if .Version}}{{.Path}}@{{.Version}}"
                    "{{end}}{{else}}{{.Path}}@{{.Version}}{{end}}{{end}}", "all"], cwd=top, env=env).stdout.split()


def one(kind, seed):
    rng = random.Random(seed)
    root = Path(tempfile.mkdtemp(prefix="graphs-"))
    world = World(rng, root)
    project = world.workspace() if kind == "workspaces" else world.main_module()
    env = world.environment("-modcacherw" if kind == "workspaces" else "-mod=mod -modcacherw")
    top = root / "main"
    prepared = subprocess.run(["go", "list", "-m", "all"], cwd=top, env=env, capture_output=True, text=True)
    refused = prepared.returncode != 0
    if not refused:
        want = build_list(top, env)
        graph = lab.run(["go", "mod", "graph"], cwd=top, env=env).stdout
    ours = lab.modferry("resolve", "--level", "all", project, "--json", env=env, check=False)
    if refused:
        words = first_words(prepared.stderr)
        if kind == "workspaces" and (ours.returncode not in (1, 3, 4) or words not in ours.stderr):
            raise AssertionError(f"seed {seed}: {root}: go refuses:\n{prepared.stderr}\nmodferry:\n{ours.stderr}")
        # go could not make it consistent (for example a requirement on an excluded version only)
        shutil.rmtree(root)
        return "refused"
    if ours.returncode != 0:
        raise AssertionError(f"seed {seed}: {root}: modferry failed: {ours.stderr}")
    have = [f"{m['path']}@{m['version']}" for m in json.loads(ours.stdout)["modules"] if not m["only_mod"]]
    if sorted(set(want)) != sorted(have):
        raise AssertionError(f"seed {seed}: {root}: build list differs\ngo   {sorted(set(want))}\nours {sorted(have)}")
    our_graph = lab.modferry("resolve", "--level", "all", project, "--graph", env=env).stdout
    if our_graph != graph:
        raise AssertionError(f"seed {seed}: {root}: graph differs\ngo:\n{graph}\nours:\n{our_graph}")
    compare_drawings(f"seed {seed}: {root}", project, graph, top, env)
    shutil.rmtree(root)
    return "equal"


def read_drawing(form, text):
    """The edges of a drawing, and the nodes that it shows as not selected."""
    if form == "dot":
        names = {name: name for name in re.findall(r'^\t"([^"]*)"(?: \[.*\])?;$', text, re.M)}
        passed = set(re.findall(r'^\t"([^"]*)" \[style=dashed.*\];$', text, re.M))
        edges = re.findall(r'^\t"([^"]*)" -> "([^"]*)";$', text, re.M)
    else:
        names = dict(re.findall(r'^\t(n\d+)\["([^"]*)"\]', text, re.M))
        passed = set(re.findall(r'^\tn\d+\["([^"]*)"\]:::passed$', text, re.M))
        edges = re.findall(r"^\t(n\d+) --> (n\d+)$", text, re.M)
    return sorted((names[a], names[b]) for a, b in edges), passed


def compare_drawings(where, project, graph, top, env):
    """The drawings have the edges of `go mod graph`, but for go and toolchain, and tell what is selected."""
    is_go = re.compile(r"(go|toolchain)(@|$)").match
    edges = sorted({tuple(line.split()) for line in graph.splitlines()})
    edges = [edge for edge in edges if not is_go(edge[0]) and not is_go(edge[1])]
    selected = lab.run(["go", "list", "-m", "-f", "{{.Path}}@{{.Version}}", "all"], cwd=top, env=env).stdout.split()
    passed = {node for edge in edges for node in edge if "@" in node and node not in selected}
    for form in ("dot", "mermaid"):
        text = lab.modferry("resolve", "--level", "all", project, f"--graph={form}", env=env).stdout
        if read_drawing(form, text) != (edges, passed):
            raise AssertionError(f"{where}: {form} differs from the graph\ngo:\n{graph}\nours:\n{text}")
        if form == "dot" and shutil.which("dot"):
            subprocess.run(["dot", "-Tcanon"], input=text, text=True, stdout=subprocess.DEVNULL, check=True)


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in ("modules", "workspaces", "vendored"):
        sys.exit(__doc__)
    kind = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 25
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    lab.require_go()
    results = [vendored(seed) if kind == "vendored" else one(kind, seed) for seed in range(first, first + count)]
    equal = results.count("equal") + results.count("inconsistent")
    if kind == "vendored":
        assert results.count("inconsistent") >= count // 10, "hardly any was inconsistent"
    print(f"{equal} graphs of {kind} equal, {results.count('refused')} refused by go")
    assert equal >= count // 2, "too few graphs were comparable"


if __name__ == "__main__":
    main()
