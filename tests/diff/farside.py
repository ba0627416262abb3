"""Past the gap: what a bundle's manifest promises, run without network and compared with what it does online."""
import hashlib, shutil
from pathlib import Path

from projects import lab

# What stands for a promised command that takes an argument, or long.
STANDS_FOR = {
    "go build ./...": "go list -deps ./...",
    "go test ./...": "go list -deps -test ./...",
    "go vet ./...": "go list -deps -test ./...",
    "go test all": "go list -deps -test all",
    "go tool NAME": "go list -deps tool",
    "go run PACKAGE": None,  # builds one of ./...
}
# Where the project has the option "full".
FULL = {"go test ./...": "go test -run ^$ ./...", "go vet ./...": "go vet ./...", "go build ./...": "go build ./...",
        "go tool NAME": "go build -o /dev/null tool"}
# Their output, or the files that they write, must be the same on both sides.
RESULT_FILES = ("go.mod", "go.sum", "go.work.sum", "vendor/modules.txt")


def really(command, full):
    return FULL[command] if full and command in FULL else STANDS_FOR.get(command, command)


def comparable(args, lines):
    """Tests tell times, and several tools come in any order."""
    return [] if args[0] == "test" else sorted(lines) if args[0] == "list" else lines


def result(project, at, args, env, prefix=()):
    """Runs go in the project; returns its status, what it said, and a digest of output and result files."""
    with project.copy_for(args) as top:
        done = lab.run([*prefix, "go", *args], cwd=top / at, env=env, check=False)
        files = [top / at / name for name in RESULT_FILES] + [top / "go.work.sum"]
        made = [file.read_text() if file.exists() else "" for file in files]
        lines = done.stdout.replace(str(top), "PROJECT").splitlines()
    digest = hashlib.sha256("\0".join([*comparable(args, lines), *made]).encode()).hexdigest()
    return done.returncode, done.stderr, digest


class FarSide:
    """The promises of one project's bundles, level by level."""

    def __init__(self, project, online, scratch):
        self.project, self.online, self.scratch = project, online, Path(scratch)
        self.prefix = lab.isolation()
        self.seen, self.passed, self.left_out, self.failed = set(), 0, [], []

    def check(self, bundle, roots):
        """Unpacks a bundle and runs what it promises beyond the one before; returns what failed."""
        self.failed = []
        tree, cache = self.scratch / "tree", self.scratch / "far-cache"
        lab.modferry("unpack", bundle, "--allow-unsigned", "--proxy", tree, program="modferry-offline")
        env = lab.go_environment(GOPROXY=f"file://{tree}", GOMODCACHE=cache, GOPATH=self.scratch / "far-gopath")
        for at, root in zip(sorted(self.project.places(), key=declared), sorted(roots, key=lambda r: r["path"])):
            for command in root["commands"]:
                if (at, command) not in self.seen:
                    self.seen.add((at, command))
                    self.run(at.relative_to(self.project.directory), command, env)
        lab.run(["chmod", "-R", "u+w", tree])
        for made in (tree, cache, env["GOPATH"]):
            shutil.rmtree(made, ignore_errors=True)
        return self.failed

    def run(self, at, command, env):
        real = really(command, "full" in self.project.options)
        if real is None or (str(at), real) in self.seen:
            return
        self.seen.add((str(at), real))
        args, where = real.split()[1:], f"{real}" + (f" in {at}" if str(at) != "." else "")
        status, said, wanted = result(self.project, at, args, self.online)
        if status != 0:
            self.left_out.append((where, first_line(said)))
            return
        status, said, found = result(self.project, at, args, env, self.prefix)
        if status != 0:
            self.failed.append(f"{where}: {first_line(said)}")
        elif found != wanted:
            self.failed.append(f"{where}: other output than online")
        else:
            self.passed += 1


def declared(at):
    """The module path of a directory, which go.mod may quote."""
    line = next(line for line in (at / "go.mod").read_text().splitlines() if line.startswith("module"))
    return line.split()[1].strip('"')


def first_line(text):
    lines = [line for line in text.splitlines() if line and not line.startswith(("go: downloading", "go: finding"))]
    return lines[0] if lines else "no message"
