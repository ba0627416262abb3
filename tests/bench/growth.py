"""How costs grow with the number of modules: synthetic projects of N real zips each."""
import json, random, re, shutil
from pathlib import Path

import lab

SOURCE = lab.FIXTURES / "gomodcache/cache/download"


def age(zip_file):
    """Orders the zips of one module by version; near enough to the order of semantic versions for a choice."""
    return [int(number) for number in re.findall(r"\d+", zip_file.stem)], zip_file


def candidates():
    """Every module among the fixtures: {path: the zips of its versions, from the oldest on}."""
    found = {}
    for zip_file in sorted(SOURCE.rglob("@v/*.zip"), key=age):
        stem = str(zip_file)[:-4]
        path = re.search(r'^module\s+"?([^\s"]+)', Path(stem + ".mod").read_text(), re.MULTILINE)
        served_as = lab.escape(path[1]) if path else None
        if served_as and str(zip_file.parent.parent) == str(SOURCE / served_as) and zip_file.stat().st_size < 4 << 20:
            found.setdefault(path[1], []).append(zip_file)
    return found


def copied(path, zip_file, served):
    """Copies one version into the folder that is served, with a go.mod that requires nothing. Returns the version."""
    stem = str(zip_file)[:-4]
    target = served / Path(stem).relative_to(SOURCE)
    target.parent.mkdir(parents=True, exist_ok=True)
    for suffix in (".zip", ".info"):
        shutil.copyfile(stem + suffix, f"{target}{suffix}")
    Path(f"{target}.mod").write_text(f"module {path}\n")
    return json.loads(Path(stem + ".info").read_text())["Version"]


def written(project, required, served):
    """A project that requires `required`, {path: version}, with its go.sum."""
    project.mkdir(parents=True)
    lines = "".join(f"\t{path} {version}\n" for path, version in required.items())
    (project / "go.mod").write_text(f"module example.com/growth\n\ngo 1.24\n\nrequire (\n{lines})\n")
    cache = project.parent / "first"
    env = lab.go_environment(GOPROXY=f"file://{served}", GOSUMDB="off", GOMODCACHE=cache)
    lab.run(["go", "mod", "download", "all"], cwd=project, env=env)
    lab.run(["chmod", "-R", "u+w", cache])
    return project


def make(top, count):
    """A project below `top` that requires `count` modules, what it was before an update, and a folder that serves both: the
    zips of the fixtures, with go.mod files that require nothing, so that the closure has just as many. Before the update, modules of
    which the fixtures hold several versions had the one before. The choice is the same on every machine that holds the same fixtures.
    Returns (project, before, served), or None where the fixtures are too few."""
    found = candidates()
    if len(found) < count:
        return None
    chosen = sorted(random.Random(1).sample(sorted(found), count))
    top, served = Path(top), Path(top) / "served"
    new = {path: copied(path, found[path][-1], served) for path in chosen}
    old = {path: copied(path, found[path][-2:][0], served) for path in chosen}
    return written(top / "project", new, served), written(top / "before", old, served), served
