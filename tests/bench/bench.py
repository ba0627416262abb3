#!/usr/bin/env python3
"""Times and sizes beside those of the usual tools, in one run, from one loopback proxy; writes docs/performance.*.

usage: bench.py [--runs N] [--slow-runs N] [--docs FOLDER] [--scratch FOLDER] [--quick] [--only PATTERN] [--again] [CLOSURE...]
closures: prometheus gin cli growth (default: all)

Each pair runs --runs times (default 5), those at level 19 --slow-runs times (default: as often). --quick leaves out level 19
and zstd --long=31, which take most of the time. --only measures the rows that match PATTERN. With --docs, what was
measured takes its place in the performance.json that is there, and the page is written from it; rows that --quick or --only
left out stay. Results are printed as they come. What is made, about 12 GB, lies in --scratch; by default in memory where /dev/shm has room for it, for
a disc that files were just removed from is slower than one at rest, and not by the same factor each time.
--again writes the page once more from performance.json, after a change of its words.
"""
import argparse, contextlib, json, os, re, shutil, subprocess, sys, tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import lab, measured, update  # noqa: E402

import growth, report  # noqa: E402
from clock import Clock, in_turn  # noqa: E402
from items import Bench, gone  # noqa: E402

CLOSURES = ["prometheus", "gin", "cli", "growth"]
ROOM = 12 << 30
SLOW = [19]


def measure(rows, given, runs):
    found = []
    for work, ours, against, peer in rows:
        if given.only and not re.search(given.only, work):
            continue
        row = {"work": work, "against": against, **in_turn(ours, peer, runs)}
        found.append(row)
        print(f"{work} / {against}: wall {report.ratio(row['ratio']['wall'])}, CPU {report.ratio(row['ratio']['cpu'])}, "
              f"{row['ours']['memory'] / 2**20:.0f} MiB", flush=True)
    return found


@contextlib.contextmanager
def served(scratch, tree):
    """nginx in front of `tree` with a checksum database of it. Yields its URL, GOSUMDB and a clock that counts it apart."""
    with lab.loopback_proxy(scratch, tree) as url, measured.Runner() as runner:
        database = lab.database(scratch, tree=tree)
        yield url, database.log.signer.key, Clock(runner, int((Path(scratch) / "nginx/pid").read_text()))


def closure(name, given):
    slow = [] if given.quick else SLOW
    project = lab.fetch_fixture(name)
    with tempfile.TemporaryDirectory() as scratch, served(scratch, growth.SOURCE) as server:
        print(f"\n{name}", flush=True)
        bench = Bench(name, project, scratch, *server)
        bench.prepare()
        kinds = [bench.packs([3, 9]), bench.packs_of_zips(), bench.far_side(), bench.fits(), bench.encoder()]
        if name == "prometheus":
            kinds.append(bench.difference(lab.fetch_fixture(update.BEFORE)))
        items = [row for rows in kinds for row in measure(rows, given, given.runs)]
        items += measure(bench.packs(slow), given, given.slow_runs)
        sizes = [] if given.only else bench.sizes([3, 9, *slow], not given.quick)
        for s in [*sizes, *bench.update_sizes]:
            print(f"{s['what']}: {s['bytes']:,} bytes, {s['ratio']:.3f} of the zips", flush=True)
        facts = {k: bench.facts[9][k] for k in ("modules", "zips")}
        gone(*Path(scratch).iterdir())
        return {"name": name, "facts": facts, "items": items, "sizes": sizes, "update": bench.update_sizes}


def growing(given):
    slow = [] if given.quick else SLOW
    found = []
    for count in (50, 100, 200, 400):
        with tempfile.TemporaryDirectory() as scratch:
            made = growth.make(scratch, count)
            if made is None:
                print(f"growth: the fixtures hold fewer than {count} modules; fetch more with ./dev test --all", flush=True)
                continue
            project, before, folder = made
            with served(scratch, folder) as server:
                print(f"\ngrowth, {count} modules", flush=True)
                bench = Bench(f"{count} modules", project, scratch, *server)
                bench.prepare()
                kinds = [bench.packs([3, 9]), bench.packs_of_zips(), bench.far_side(), bench.difference(before)]
                items = [row for rows in kinds for row in measure(rows, given, given.runs)]
                items += measure(bench.packs(slow), given, given.slow_runs)
                found.append({"modules": count, "items": items})
                gone(*Path(scratch).iterdir())
    return found


def put(found, new, same):
    """Puts `new` in the place of what is the same, or at the end."""
    for i, old in enumerate(found):
        if same(old, new):
            found[i] = new
            return
    found.append(new)


def merged(docs, new, in_part):
    """What is in `docs` already, with the closures of `new`, or only what they measured, in the places of what they repeat."""
    file = docs / "performance.json"
    if not file.exists():
        return new
    old = json.loads(file.read_text())
    for part, name in (("closures", "name"), ("growth", "modules")):
        for found in new[part]:
            into = next((o for o in old[part] if o[name] == found[name]), None)
            if into is None or not in_part:
                put(old[part], found, lambda a, b: a[name] == b[name])
                continue
            for row in found["items"]:
                put(into["items"], row, lambda a, b: (a["work"], a["against"]) == (b["work"], b["against"]))
            for kind in ("sizes", "update"):
                for size in found.get(kind, []):
                    put(into[kind], size, lambda a, b: a["what"] == b["what"])
    return {**new, "closures": old["closures"], "growth": old["growth"]}


def scratch_folder(asked):
    memory = Path("/dev/shm")
    if asked is None and memory.is_dir() and shutil.disk_usage(memory).free > ROOM:
        return memory
    return asked or tempfile.gettempdir()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--slow-runs", type=int)
    options.add_argument("--docs", type=Path, help="where to write; without it results are only printed")
    options.add_argument("--scratch", type=Path)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--only", metavar="PATTERN")
    options.add_argument("--again", action="store_true")
    options.add_argument("closure", nargs="*", default=[])
    given = options.parse_args()
    if given.again and not given.docs:
        options.error("--again goes with --docs")
    if given.again:
        report.write(given.docs, json.loads((given.docs / "performance.json").read_text()))
        return
    given.slow_runs = given.slow_runs or given.runs
    names = given.closure or CLOSURES
    for name in names:
        if name not in CLOSURES:
            options.error(f"there is no closure {name}")
    lab.require_go()
    tempfile.tempdir = str(scratch_folder(given.scratch))
    kind = subprocess.run(["stat", "-f", "-c", "%T", tempfile.tempdir], check=True, capture_output=True, text=True).stdout.strip()
    result = {"runs": given.runs, "cores": len(os.sched_getaffinity(0)), "scratch": kind, "closures": [], "growth": []}
    for name in names:
        if name == "growth":
            result["growth"] = growing(given)
        else:
            result["closures"].append(closure(name, given))
        if given.docs:
            report.write(given.docs, merged(given.docs, result, given.only or given.quick))


if __name__ == "__main__":
    main()
