#!/usr/bin/env python3
"""Several at once in one tree: unpacks, packs with one store, and `go` while a tree is filled.

usage: rivals.py ROUNDS
"""
import shutil, subprocess, sys, threading, time

import faultcases, faultkit


def finish(child):
    out, err = child.communicate(timeout=faultkit.damage.SECONDS)
    assert child.returncode == 0, f"exit {child.returncode}: {err.decode()}"
    return out


def unpacks(world, kind, numbers):
    """The bundles of these numbers into one tree, all at once."""
    target = world.new()
    running = [world.start(*world.unpack_arguments(n, kind, target), "--jobs", str(1 + i % 2)) for i, n in enumerate(numbers)]
    for child in running:
        finish(child)
    both = len(set(numbers)) == 2
    found = faultkit.files_of(target)
    # who came last has stamped the lookups
    wholes = ((1, 2), (2, 1)) if both else ((numbers[0],),)
    assert any(found == world.stages[kind, whole] for whole in wholes), f"{kind} {numbers}: the tree is not whole"
    assert not faultkit.damage.temporaries(target), faultkit.damage.temporaries(target)
    world.check(target)
    faultkit.remove(target)


def packs(world):
    """Four with one store, empty at first; one is killed and leaves temporaries while the others write."""
    case = faultcases.Pack(world, cold=True)
    out = case.prepare()
    env = case.environment(out)
    running = [world.start(*world.pack_arguments(1, out / f"bundle{i}"), program="modferry", env=env) for i in range(4)]
    running[0].kill()
    running[0].communicate()
    for child in running[1:]:
        finish(child)
    world.must(*world.pack_arguments(1, out / "bundle0"), program="modferry", env=env)
    for i in range(4):
        world.must("verify", out / f"bundle{i}", "--pubkey", world.pub)
    assert not faultkit.damage.temporaries(out), faultkit.damage.temporaries(out)
    faultkit.remove(out)


class Builder:
    """`go build` again and again in a thread, from a tree that is being filled."""

    def __init__(self, world, kind, target):
        self.world, self.kind, self.target = world, kind, target
        self.stop, self.built, self.lacked, self.wrong = threading.Event(), 0, 0, []
        self.thread = threading.Thread(target=self.loop)

    def loop(self):
        while not self.stop.is_set():
            self.build()

    def build(self):
        world, project = self.world, self.world.new()
        shutil.copytree(world.project, project)
        env = world.go_environment(self.target, self.kind, project)
        done = subprocess.run([*world.isolation, "go", "build", "-mod=mod", "./..."], cwd=project, env=env, text=True,
                              capture_output=True)
        faultkit.remove(project)
        if done.returncode == 0:
            self.built += 1
        elif faultkit.go_lacks(done.stderr):
            self.lacked += 1
        else:
            self.wrong.append(done.stderr)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join()


def builds(world, kind, rounds):
    """Trees are filled and thrown away while `go` builds; then once more from the whole tree."""
    target = world.new()
    target.mkdir()
    with Builder(world, kind, target) as builder:
        for turn in range(rounds):
            for number in (1, 2):
                world.must(*world.unpack_arguments(number, kind, target))
            time.sleep(0.3)
            if kind == "proxy" or turn % 2:  # as a site does: another tree under the same name
                target.rename(world.new())
                target.mkdir()
            else:
                damaged = target / "example.com/three@v1.0.0"
                subprocess.run(["chmod", "-R", "u+w", damaged], check=True)
                shutil.rmtree(damaged)
    assert not builder.wrong, f"{kind}: {len(builder.wrong)} times, first: {builder.wrong[0]}"
    world.must(*world.unpack_arguments(1, kind, target))
    before = builder.built
    builder.build()
    assert builder.built == before + 1, f"{kind}: not from the whole tree either: {builder.wrong}"
    world.judge_tree(target, kind, [(1,), (2,), (1, 2), (2, 1)])
    print(f"go build during unpack --{kind}: {builder.built} times built, {builder.lacked} times a module was missing", flush=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    rounds = int(sys.argv[1])
    faultkit.lab.require_go()
    with faultkit.scratch() as top:
        world = faultkit.World(top)
        for kind in faultkit.KINDS:
            for _ in range(rounds):
                for numbers in ((1, 1), (1, 2), (1, 2, 1, 2), (1, 1, 1, 1)):
                    unpacks(world, kind, numbers)
            print(f"unpack --{kind}: {4 * rounds} times two or four at once", flush=True)
        for _ in range(rounds):
            packs(world)
        print(f"pack: {rounds} times four at once, one of them killed", flush=True)
        for kind in faultkit.KINDS:
            builds(world, kind, 2 * rounds)


if __name__ == "__main__":
    main()
