"""The real modules of projects.txt, extracted once as projects outside of the checkout, with what go reads for them."""
import contextlib, json, os, re, shutil, sys, tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import lab

LIST = Path(__file__).with_name("projects.txt")
OPTIONS = {"core", "full", "work", "sets", "missing-sum"}


class Project:
    def __init__(self, line):
        self.name, options, module, self.kind = (part.strip() for part in line.split("|"))
        self.options, self.modules = set(options.split()), [(module, "")]
        assert self.options <= OPTIONS, f"{self.name}: options {self.options - OPTIONS}"
        self.directory = lab.FIXTURES / "real" / self.name

    def add(self, module, at):
        self.modules.append((module, at + module.partition("@")[0] if at.endswith("/") else at))

    @property
    def work(self):
        return "work" in self.options

    @property
    def sets_only(self):
        return "sets" in self.options

    def places(self):
        """Where go is run: the directories of the main modules."""
        return [self.directory / at for _, at in self.modules] if self.work else [self.directory]

    def has_tools(self):
        return any(re.search(r"^tool\b", (at / "go.mod").read_text(), re.M) for at in self.places())

    def tags(self):
        """The build tags that files of the project ask for, platforms and releases aside."""
        texts = (file.read_text(errors="replace") for file in self.directory.rglob("*.go"))
        lines = (line for text in texts for line in re.findall("^//go:build (.*)$", text, re.M))
        found = {tag for line in lines for tag in re.findall(r"[\w.]+", line)}
        known = set(lab.run(["go", "tool", "dist", "list"]).stdout.replace("/", "\n").split())
        return ",".join(sorted(tag for tag in found - known - {"ignore", "cgo", "unix"} if not tag.startswith("go1.")))

    @contextlib.contextmanager
    def copy_for(self, args):
        """A directory to run `go args` in: a copy, but for commands that only read."""
        readers = ("build", "list", "test", "vet", "mod graph", "mod verify", "mod why")
        reads = args[0] in readers or " ".join(args[:2]) in readers
        if reads and not self.work and "missing-sum" not in self.options and "-mod=mod" not in args:
            yield self.directory
            return
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / "project"
            shutil.copytree(self.directory, copy)
            yield copy

    def lazy(self):
        go = re.search(r"^go 1\.(\d+)", (self.directory / "go.mod").read_text(), re.M)
        return not self.work and go is not None and int(go[1]) >= 17


def read():
    listed = []
    for line in LIST.read_text().splitlines():
        if line.startswith(" "):
            for text in line.split():
                listed[-1].add(*text.split("="))
        elif not line.startswith("#"):
            listed.append(Project(line))
    return listed


def extract(module, to, env, all_files=True):
    info = json.loads(lab.run(["go", "mod", "download", "-json", module], cwd="/", env=env).stdout)
    if all_files:
        shutil.copytree(info["Dir"], to, dirs_exist_ok=True)
    else:
        to.mkdir(parents=True, exist_ok=True)
        for name in ("go.mod", "go.sum"):
            shutil.copy(Path(info["Dir"]) / name, to)
    lab.run(["chmod", "-R", "u+w", to])
    shutil.rmtree(to / "vendor", ignore_errors=True)  # a zip holds its modules.txt, and nothing of what that lists


def write_workspace(project):
    lines = [re.search(r"^go (\S+)", (at / "go.mod").read_text(), re.M)[1] for at in project.places()]
    highest = max(lines, key=lambda text: [int(n) for n in re.findall(r"\d+", text)])
    uses = "".join(f"use ./{at.relative_to(project.directory)}\n".replace("./.", ".") for at in project.places())
    (project.directory / "go.work").write_text(f"go {highest}\n\n{uses}")


def unpublish(project):
    """The modules of one repository require one another at v0.0.0 there; publishing wrote versions."""
    for module, _ in project.modules:
        path, _, version = module.partition("@")
        for go_mod in project.directory.rglob("go.mod"):
            go_mod.write_text(go_mod.read_text().replace(f"\t{path} {version}", f"\t{path} v0.0.0"))


def fetch(project):
    """Fetches with the go client what the project's commands read; once."""
    done = project.directory.with_name(project.name + ".fetched")
    modules = [f"{module}={at}" if at else module for module, at in project.modules]
    wanted = " ".join(sorted(project.options & {"work", "sets"}) + modules)
    if done.exists() and done.read_text() == wanted:
        return
    shutil.rmtree(project.directory, ignore_errors=True)
    project.directory.mkdir(parents=True)
    env = lab.fetch_environment()
    for module, at in project.modules:
        extract(module, project.directory / at, env, not project.sets_only)
    if project.work:
        write_workspace(project)
    if project.sets_only:
        unpublish(project)
    must = [["mod", "graph"], ["list", "-m", "all"] if project.work else ["list", "-m", "-mod=mod", "all"]]
    may = []
    if not project.sets_only:
        must.append(["mod", "download", "all"])
    if not project.sets_only and not project.work:
        may = [["mod", "tidy"], ["get", "-t", "./..."], ["mod", "why", "-m", "all"]]
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch) / "project"
        shutil.copytree(project.directory, work)
        for args in must + may:
            lab.run(["go", *args], cwd=work, env=env, check=args in must)
    done.write_text(wanted)
