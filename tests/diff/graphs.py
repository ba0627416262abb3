#!/usr/bin/env python3
"""Random module graphs: build list and graph of `modferry resolve` against the real go.

usage: graphs.py [COUNT [SEED]]     environment: MODFERRY_BIN (default build/release/bin)

Each graph is a static proxy tree in a temporary directory, used as a file:// GOPROXY by both. Modules differ in go line
(pruned and unpruned), majors, +incompatible, pre-releases, pseudo-versions and upper case; requirements may be cyclic;
the main module has exclusions and replacements. go itself first makes the main go.mod consistent (-mod=mod).
A difference prints the seed and keeps the directory.
"""
import json, os, random, re, shutil, subprocess, sys, tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import lab

GO_LINES = [None, "1.12", "1.15", "1.16", "1.17", "1.18", "1.20", "1.21", "1.21.3", "1.22.0"]


def escape(s):
    return re.sub("[A-Z]", lambda m: "!" + m[0].lower(), s)


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

    def requirements(self, count, exclude=()):
        picked = {}
        for path in self.rng.sample(sorted(self.modules), min(count, len(self.modules))):
            if path not in exclude:
                picked[path] = self.rng.choice(self.modules[path])
        return picked

    def publish(self, path, version):
        at = self.root / "proxy" / escape(path) / "@v"
        at.mkdir(parents=True, exist_ok=True)
        text = f"module {path}\n"
        if "+incompatible" not in version:
            go = self.rng.choice(GO_LINES)
            text += f"\ngo {go}\n" if go else ""
            for p, v in self.requirements(self.rng.randrange(5)).items():
                text += f"require {p} {v}\n"
        stem = at / escape(version)
        (stem.parent / (stem.name + ".mod")).write_text(text)
        (stem.parent / (stem.name + ".info")).write_text(json.dumps({"Version": version, "Time": "2024-01-01T00:00:00Z"}))
        (at / "list").open("a").write(version + "\n")

    def main_module(self):
        project = self.root / "main"
        project.mkdir()
        text = f"module example.com/main\n\ngo {self.rng.choice(GO_LINES[1:])}\n"
        for p, v in self.requirements(self.rng.randrange(1, 7)).items():
            text += f"require {p} {v}\n"
        if self.rng.random() < 0.4:
            for p, v in self.requirements(2).items():
                text += f"exclude {p} {v}\n"
        if self.rng.random() < 0.4:
            for p, v in self.requirements(2).items():
                target, version = self.rng.choice(list(self.requirements(1, exclude=[p]).items()) or [(None, None)])
                if target and ("/v" in p) == ("/v" in target):
                    text += f"replace {p}{self.rng.choice(['', ' ' + v])} => {target} {version}\n"
        (project / "go.mod").write_text(text)
        return project


def one(seed, keep):
    rng = random.Random(seed)
    root = Path(tempfile.mkdtemp(prefix="graphs-"))
    world = World(rng, root)
    project = world.main_module()
    env = lab.go_environment(GOPROXY=f"file://{root}/proxy", GOMODCACHE=root / "modcache", GOSUMDB="off",
                             GOFLAGS="-mod=mod -modcacherw", XDG_CACHE_HOME=root / "cache")
    prepared = subprocess.run(["go", "list", "-m", "all"], cwd=project, env=env, capture_output=True, text=True)
    refused = prepared.returncode != 0
    if not refused:
        want = lab.run(["go", "list", "-m", "-f", "{{if not .Main}}{{with .Replace}}{{.Path}}@{{.Version}}{{else}}"
                        "{{.Path}}@{{.Version}}{{end}}{{end}}", "all"], cwd=project, env=env).stdout.split()
        graph = lab.run(["go", "mod", "graph"], cwd=project, env=env).stdout
    ours = lab.modferry("resolve", project, "--json", env=env, check=False)
    if refused:
        # go could not make it consistent (for example a requirement on an excluded version only)
        shutil.rmtree(root)
        return "refused"
    if ours.returncode != 0:
        raise AssertionError(f"seed {seed}: {root}: modferry failed: {ours.stderr}")
    have = [f"{m['path']}@{m['version']}" for m in json.loads(ours.stdout)["modules"] if not m["only_mod"]]
    if sorted(set(want)) != sorted(have):
        raise AssertionError(f"seed {seed}: {root}: build list differs\ngo   {sorted(set(want))}\nours {sorted(have)}")
    our_graph = lab.modferry("resolve", project, "--graph", env=env).stdout
    if our_graph != graph:
        raise AssertionError(f"seed {seed}: {root}: graph differs\ngo:\n{graph}\nours:\n{our_graph}")
    shutil.rmtree(root)
    return "equal"


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    lab.require_go()
    results = [one(seed, False) for seed in range(first, first + count)]
    equal = results.count("equal")
    print(f"{equal} graphs equal, {results.count('refused')} refused by go")
    assert equal >= count // 2, "too few graphs were comparable"


if __name__ == "__main__":
    main()
