"""How costs grow with the number of modules: synthetic projects of N real zips each."""
import json, random, re, shutil
from pathlib import Path

import lab

SOURCE = lab.FIXTURES / "gomodcache/cache/download"


def candidates():
    """One version of every module among the fixtures: {path: its zip}."""
    found = {}
    for zip_file in sorted(SOURCE.rglob("@v/*.zip")):
        stem = str(zip_file)[:-4]
        path = re.search(r'^module\s+"?([^\s"]+)', Path(stem + ".mod").read_text(), re.MULTILINE)
        served_as = lab.escape(path[1]) if path else None
        if served_as and str(zip_file.parent.parent) == str(SOURCE / served_as) and zip_file.stat().st_size < 4 << 20:
            found[path[1]] = zip_file
    return found


def make(top, count):
    """A project below `top` that requires `count` modules, and a folder that serves them: the zips of the fixtures, with
    go.mod files that require nothing, so that the closure has just as many. The choice is the same on every machine that
    holds the same fixtures. Returns (project, served), or None where the fixtures are too few."""
    found = candidates()
    if len(found) < count:
        return None
    chosen = random.Random(1).sample(sorted(found), count)
    served, project = Path(top) / "served", Path(top) / "project"
    project.mkdir(parents=True)
    required = []
    for path in sorted(chosen):
        stem = str(found[path])[:-4]
        target = served / Path(stem).relative_to(SOURCE)
        target.parent.mkdir(parents=True)
        for suffix in (".zip", ".info"):
            shutil.copyfile(stem + suffix, f"{target}{suffix}")
        Path(f"{target}.mod").write_text(f"module {path}\n")
        required.append(f"\t{path} {json.loads(Path(stem + '.info').read_text())['Version']}\n")
    (project / "go.mod").write_text(f"module example.com/growth\n\ngo 1.24\n\nrequire (\n{''.join(required)})\n")
    env = lab.go_environment(GOPROXY=f"file://{served}", GOSUMDB="off", GOMODCACHE=Path(top) / "first")
    lab.run(["go", "mod", "download", "all"], cwd=project, env=env)
    lab.run(["chmod", "-R", "u+w", Path(top) / "first"])
    return project, served
