#!/usr/bin/env python3
"""Every mode of failure in the table of docs/troubleshooting.md, produced for real, and named rightly by `modferry doctor`.

usage: doctor.py [MODE...]        environment: MODFERRY_BIN (default build/release/bin)

For each row the doctor runs in namespaces made for the test; what it finds must be the verdict of the row, at its step, and
nothing else that is wrong but what the mode says; the exit status must fit, and no password may be shown.
"""
import concurrent.futures, json, os, re, subprocess, sys, tempfile, time
from pathlib import Path

import world

WORKERS = 8
PAGE = world.REPO / "docs/troubleshooting.md"
NOTES = {"sumdb-off", "direct", "slow-answer"}  # the last one where the machine is busy


def table(heading):
    """The rows below a heading of the page, without head and rule."""
    text = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


def verdicts_of_sources():
    source = (world.REPO / "bundle/doctor/verdicts.c").read_text()
    return dict(re.findall(r'\{"([a-z-]+)",\s+MF_FOUND_(\w+)', source))


def run(w, scenario):
    timeout = scenario.get("timeout", 20)  # the machine may be busy
    env = {k: os.environ[k] for k in ("PATH", "LANG", "TMPDIR", "ASAN_OPTIONS") if k in os.environ}
    env.update(HOME=str(w.scratch), GOENV="off", GOSUMDB="off", XDG_CACHE_HOME=str(w.scratch / "cache"))
    env.update({k: str(v) for k, v in scenario.items() if k.isupper()})
    command = [str(world.lab.BIN / "modferry"), "doctor", *map(str, scenario["args"]), "--json", "--timeout", str(timeout)]
    if "ca" in scenario:
        command += ["--ca", str(scenario["ca"])]
    if "resolver" in scenario:  # in a mount namespace of its own
        conf = w.scratch / f"resolv-{scenario['resolver']}"
        conf.write_text(f"nameserver {scenario['resolver']}\n" if scenario["resolver"] else "# none\n")
        command = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"', str(conf),
                   os.path.realpath("/etc/resolv.conf"), *command]
    begun = time.monotonic()
    done = subprocess.run(command, env=env, cwd=scenario.get("cwd", w.empty), capture_output=True, text=True, timeout=120)
    return done, time.monotonic() - begun


def findings(document):
    return [(f["step"], f["verdict"], f) for s in document["subjects"] for f in s["steps"] if f["level"] != "ok"]


def check(w, mode, step, verdict, levels, scenario):
    if scenario.get("before"):
        run(w, scenario)  # what a rate limit lets through
    done, seconds = run(w, scenario)
    told = done.stdout + done.stderr
    assert done.returncode in (0, 1, 3), told
    assert "secret" not in told.replace("***", ""), "a password is shown:\n" + told
    assert "\x1b" not in told, "an escape of the remote side:\n" + told
    document = json.loads(done.stdout)
    wanted = [(step, verdict)] * (2 if scenario.get("twice") else 1) + scenario.get("also", [])
    found = findings(document)
    extra = [(s, v) for s, v, _ in found if v not in NOTES or (s, v) in wanted]
    lines = "\n".join(f"    {s} {v}: {f['cause']} -> {f.get('next')}" for s, v, f in found)
    assert sorted(extra) == sorted(wanted), f"found {extra}, wanted {wanted}\n{lines}\n{done.stderr}"
    worst = max((levels[v] for _, v, _ in found), key=["OK", "NOTE", "WARNING", "FAILURE", "REFUSED"].index, default="OK")
    wanted_exit = {"FAILURE": 3, "REFUSED": 1}.get(worst, 0)
    assert done.returncode == wanted_exit, f"exit {done.returncode} instead of {wanted_exit}\n{told}"
    assert document["reachable"] == (wanted_exit == 0)
    for s, v, f in found:
        assert f["cause"] and (f.get("next") or levels[v] in ("OK", "NOTE")), f
    return seconds


def compare_names(rows, modes):
    named = {v for _, _, v in rows}
    levels = verdicts_of_sources()
    described = [row[0].strip("`") for row in table("Verdicts")]
    assert sorted(described) == sorted(levels), set(described) ^ set(levels)
    assert {m for m, _, _ in rows} == set(modes), f"modes and rows differ: {({m for m, _, _ in rows}) ^ set(modes)}"
    print(f"{len(rows)} modes, {len(named)} of {len(levels)} verdicts produced; not: {', '.join(sorted(set(levels) - named - {'ok'}))}")
    return levels


def main():
    world.enter(os.path.abspath(__file__), *sys.argv[1:])
    import deeds, modes

    with tempfile.TemporaryDirectory() as scratch:
        w = modes.World(scratch)
        try:
            failed = run_all(w, modes.scenarios(w))
            if len(sys.argv) == 1:
                deeds.all_of(w)
        finally:
            w.stop()
    sys.exit(failed)


def run_all(w, scenarios):
    rows = [(m, s.strip("`"), v.strip("`")) for m, s, v in table("What was tried")]
    levels = compare_names(rows, scenarios)
    wanted = [r for r in rows if (r[0] in sys.argv[1:] or len(sys.argv) == 1)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        jobs = {}
        for mode, step, verdict in wanted:
            if scenarios[mode].get("firewall") and not w.firewall:
                print(f"skipped: {mode}: this kernel has no nf_tables")
                continue
            jobs[pool.submit(check, w, mode, step, verdict, levels, scenarios[mode])] = mode
        for job, mode in jobs.items():
            try:
                print(f"{job.result():5.1f} s  {mode}")
            except Exception as e:  # one row must not hide the others
                failed = 1
                print(f"FAILED {mode}: {e}")
    print("FAILED" if failed else "passed")
    return failed


if __name__ == "__main__":
    main()
