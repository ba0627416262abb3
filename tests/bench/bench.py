#!/usr/bin/env python3
"""Times and sizes beside the go command, from one loopback proxy in one run; `fits` beside `resolve --offline`.

usage: bench.py [-n RUNS] [PROJECT...]      projects: gin cli prometheus (default: all)

Each work item and its peer run alternately, RUNS times (default 3), from empty stores and caches; medians of wall and CPU
seconds of the process tree are printed as Markdown, with the ratio modferry / peer. The proxy's CPU is not counted.
"""
import argparse, os, resource, shutil, statistics, subprocess, sys, tempfile, time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import lab


def timed(args, cwd, env):
    """Wall and CPU seconds of a command and its children."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    lab.run(args, cwd=cwd, env=env)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Bench:
    def __init__(self, name, scratch, url):
        self.project = lab.fetch_fixture(name)
        self.scratch, self.name = Path(scratch), name
        self.env = lab.go_environment(GOPROXY=url, GOSUMDB="off", XDG_CACHE_HOME=self.scratch / "store",
                                      GOMODCACHE=self.scratch / "go-cache")
        self.bundle, self.key = self.scratch / "b.tar.zst", self.scratch / "k"
        self.tree, self.cache = self.scratch / "tree", self.scratch / "modcache"
        self.pub = ["--pubkey", self.scratch / "k.pub"]
        lab.modferry("keygen", "--no-password", "--secret", self.key, "--public", self.scratch / "k.pub", env=self.env)

    def clean(self, *names):
        for name in names:
            shutil.rmtree(self.scratch / name, ignore_errors=True)

    def ferry(self, *args):
        return timed([lab.BIN / "modferry", *args], self.scratch, self.env)

    def go(self, *args):
        work = self.scratch / "work"
        self.clean("work")
        shutil.copytree(self.project, work)
        return timed(["go", *args], work, self.env)

    def pack(self, level):
        self.clean("store")
        return self.ferry("pack", self.project, "--level", "all", "--key", self.key, "--compress", str(level), "-o", self.bundle)

    def download(self):
        self.clean("go-cache")
        return self.go("mod", "download", "all")

    def unpack(self, option, target):
        self.clean(target.name)
        return self.ferry("unpack", self.bundle, *self.pub, option, target)

    def fits(self, level, held, first):
        """`first`: no index of packages is kept from an earlier run."""
        if first:
            self.clean("fits-store")
        env = {**self.env, "XDG_CACHE_HOME": str(self.scratch / "fits-store")}
        held = [held, *self.pub] if held == self.bundle else [held]
        return timed([lab.BIN / "modferry", "fits", self.project, *held, "--level", level, "--allow-missing-sum"],
                     self.scratch, env)

    def fits_rows(self):
        peer = ("resolve --offline", lambda: self.ferry("resolve", self.project, "--offline"))
        for what, held in (("the bundle", self.bundle), ("the proxy tree", self.tree)):
            yield f"fits at level all, {what}", lambda held=held: self.fits("all", held, True), *peer
            yield f"fits at level tidy, {what}, first run", lambda held=held: self.fits("tidy", held, True), *peer
            yield f"fits at level tidy, {what}, again", lambda held=held: self.fits("tidy", held, False), *peer

    def rows(self):
        """(work item, ours, peer's name, peer)"""
        return [
            ("pack --compress 3, empty store", lambda: self.pack(3), "go mod download all", self.download),
            ("pack, empty store", lambda: self.pack(9), "go mod download all", self.download),
            ("verify", lambda: self.ferry("verify", self.bundle, *self.pub), "go mod verify",
             lambda: self.go("mod", "verify")),
            ("unpack --proxy", lambda: self.unpack("--proxy", self.tree), "go mod download all", self.download),
            ("unpack --modcache", lambda: self.unpack("--modcache", self.cache), "go mod download all", self.download),
            ("check of that GOMODCACHE", lambda: self.ferry("check", self.cache), "go mod verify",
             lambda: self.go("mod", "verify")),
            ("unpack --modcache again", lambda: self.ferry("unpack", self.bundle, *self.pub, "--modcache", self.cache),
             "go mod download all again", lambda: self.go("mod", "download", "all")),
            *self.fits_rows(),
        ]


def median(runs, index):
    return statistics.median(r[index] for r in runs)


def measure(bench, count):
    print(f"\n### {bench.name}\n")
    print("| work | wall s | CPU s | peer | wall s | CPU s | wall ratio | CPU ratio |\n|---|---|---|---|---|---|---|---|")
    for label, ours, peer_name, peer in bench.rows():
        pairs = [(ours(), peer()) for _ in range(count)]
        a, b = [p[0] for p in pairs], [p[1] for p in pairs]
        wall, cpu = (statistics.median(x[i] / max(y[i], 1e-3) for x, y in pairs) for i in (0, 1))
        print(f"| {label} | {median(a, 0):.2f} | {median(a, 1):.2f} | {peer_name} | {median(b, 0):.2f} | "
              f"{median(b, 1):.2f} | {wall:.2f} | {cpu:.2f} |", flush=True)
    import json
    facts = json.loads(lab.modferry("pack", bench.project, "--level", "all", "--json", "-o", bench.bundle, env=bench.env).stdout)
    print(f"\nmodules {facts['modules']} ({facts['zips']} with zip), zips {facts['zip_size']:,} bytes, bundle "
          f"{facts['bundle_size']:,} bytes, ratio {facts['bundle_size'] / facts['zip_size']:.3f}", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("-n", type=int, default=3, metavar="RUNS")
    options.add_argument("project", nargs="*", default=[])
    given = options.parse_args()
    lab.require_go()
    for name in given.project or lab.PROJECTS:
        with tempfile.TemporaryDirectory() as scratch, lab.loopback_proxy(scratch) as url:
            bench = Bench(name, scratch, url)
            measure(bench, given.n)
            lab.run(["chmod", "-R", "u+w", scratch])


if __name__ == "__main__":
    main()
