#!/usr/bin/env python3
"""What is on the medium when: the order of syncs and renames, as strace sees it."""
import re, shutil, subprocess, sys

import faultkit

CALLS = "syncfs,fsync,renameat,renameat2,unlinkat,write,copy_file_range"


def trace(world, program, *args):
    """[(call, text)] in order of the calls that succeeded; descriptors carry their names."""
    log = world.new()
    done = subprocess.run(["strace", "-f", "-y", "-qq", "-o", log, "-e", f"trace={CALLS}", faultkit.lab.BIN / program, *map(str, args)],
                          env=world.env, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    found = [re.match(r"\d+ +(\w+)\((.*)\) += \d+", line) for line in log.read_text().split("\n")]
    return [m.groups() for m in found if m]


def only(calls, what, *patterns):
    """The index of the one call that is `what` and has all patterns in its text."""
    found = [i for i, (call, text) in enumerate(calls) if call.startswith(what) and all(re.search(p, text) for p in patterns)]
    assert len(found) == 1, f"{what} {patterns}: {len(found)} times in {calls}"
    return found[0]


def tree(world, kind):
    target = world.new()
    calls = trace(world, "modferry-offline", *world.unpack_arguments(1, kind, target), "--jobs", "2")
    record = only(calls, "rename", '"installed"')
    temporary = re.search(r'"(\.modferry-\w+\.tmp)"', calls[record][1]).group(1)
    steps = [only(calls, "syncfs", re.escape(f"<{target}>")), only(calls, "fsync", temporary), record,
             only(calls, "fsync", re.escape(f"<{target}/.modferry>")), only(calls, "unlink", '"unfinished"')]
    assert steps == sorted(steps), f"{kind}: not in order: {steps}"
    late = [text for i, (call, text) in enumerate(calls) if i > steps[0] and "rename" in call and i != record]
    assert not late, f"{kind}: after the sync: {late}"
    late = [text for i, (call, text) in enumerate(calls) if i > steps[0] and call in ("write", "copy_file_range")
            and str(target) in text and temporary not in text]
    assert not late, f"{kind}: written after the sync: {late}"
    assert any(i < steps[0] and "v1.0.0.zip" in text for i, (call, text) in enumerate(calls) if "rename" in call)
    again = trace(world, "modferry-offline", *world.unpack_arguments(1, kind, target))
    assert not [c for c in again if c[0] in ("syncfs", "fsync")], f"{kind}: nothing changed, and yet {again}"
    print(f"unpack --{kind}: {len(calls)} calls, in order")


def bundle(world):
    out = world.new()
    out.mkdir()
    calls = trace(world, "modferry", *world.pack_arguments(1, out / "bundle"), "--offline")
    rename = only(calls, "rename", '"bundle"')
    temporary = re.search(r'"(\.modferry-\w+\.tmp)"', calls[rename][1]).group(1)
    steps = [only(calls, "fsync", temporary), rename, only(calls, "fsync", re.escape(f"<{out}>"))]
    assert steps == sorted(steps), f"pack: not in order: {steps}"
    late = [text for call, text in calls[steps[0]:] if call == "write" and temporary in text]
    assert not late, f"pack: written after the sync: {late}"
    print(f"pack: {len(calls)} calls, in order")


def main():
    if not shutil.which("strace") or subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode:
        faultkit.lab.skip("strace is not installed, or may not trace")
    with faultkit.scratch() as top:
        world = faultkit.World(top)
        for kind in faultkit.KINDS:
            tree(world, kind)
        bundle(world)


if __name__ == "__main__":
    main()
