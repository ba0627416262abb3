#!/usr/bin/env python3
"""kill -9 at random instants, seeded.

usage: kills.py COUNT [--seed N]

Half of the kills are before a system call of a random number, half after a random time. `unpack` is killed COUNT times, in
turn into both kinds of tree, empty ones and ones that an earlier bundle filled, by one thread and by two; with the
checksum database carried. After each: what has a final name is right, judged without modferry; `check` finds nothing
wrong; `go` takes no wrong module; the next run completes and leaves nothing else behind. `pack` is killed half as often, from the
store and while filling it: no bundle under its name, or a whole one whose tree head is remembered; and the next run completes.
"""
import argparse, random, shutil, subprocess, sys, time

import faultcases, faultkit

NEWER = {1: 2, 2: 1}


class Killer:
    def __init__(self, world, seed):
        self.world, self.random = world, random.Random(seed)
        self.kills = self.survived = 0

    def kill(self, case, context, by_number):
        """Runs it until it is killed; returns how many calls it has made."""
        more = {"env": case.environment(context)} if hasattr(case, "environment") else {}
        if not hasattr(case, "calls"):
            begin = time.monotonic()
            trial = case.prepare()
            env = {"env": case.environment(trial)} if more else {}
            case.calls = self.world.faulty(*case.arguments(trial), program=case.program, **env).counts["any"]
            case.seconds = time.monotonic() - begin
            faultkit.remove(trial)
        how = {"fault": f"any:{self.random.randint(1, case.calls)}:kill"} if by_number else {
            "seconds": self.random.uniform(0.002, 0.7 * case.seconds)}
        done = self.world.faulty(*case.arguments(context), program=case.program, **how, **more)
        killed = done.status in (-9, 137)
        assert killed or done.status == 0, f"{how}: exit {done.status}: {done.err}"
        self.kills += killed
        self.survived += not killed
        return how

    def unpack(self, case, by_number):
        target = case.prepare()
        how = self.kill(case, target, by_number)
        whole = (*case.onto, case.number)
        stages = [whole[:n] for n in range(1, len(whole) + 1)]
        try:
            self.world.judge_tree(target, case.kind, stages, dead=True)
            self.world.check(target, allowed=(0, 1) if self.unfinished(target) else (0,))
            self.judge_go(target, case.kind)
            self.world.must(*case.arguments(target))
            self.world.judge_tree(target, case.kind, stages, whole)
            self.world.check(target)
        except AssertionError as wrong:
            raise AssertionError(f"{case.kind} {case.onto} {how}: {wrong}") from None
        faultkit.remove(target)

    @staticmethod
    def unfinished(target):
        return (target / ".modferry/unfinished").exists()

    def judge_go(self, target, kind):
        """`go` either lacks a module, or takes one with the right hash."""
        if not shutil.which("go") or self.random.random() > 0.2 or not target.exists():
            return
        project = self.world.new()
        shutil.copytree(self.world.project, project)
        env = self.world.go_environment(target, kind, project)
        done = subprocess.run([*self.world.isolation, "go", "build", "-mod=mod", "./..."], cwd=project, env=env, text=True,
                              capture_output=True)
        assert done.returncode == 0 or faultkit.go_lacks(done.stderr), done.stderr
        faultkit.remove(project)

    def pack(self, case, by_number):
        out = case.prepare()
        how = self.kill(case, out, by_number)
        try:
            if (out / "bundle").exists():
                self.world.must("verify", out / "bundle", "--pubkey", self.world.pub)
                shipped = out / f"cache/modferry/sumdb/{faultkit.NAME}/shipped"
                assert self.world.database.log.head() in shipped.read_text(), "its head is not remembered"
            self.world.must(*case.arguments(out), program="modferry", env=case.environment(out))
            self.world.must("verify", out / "bundle", "--pubkey", self.world.pub)
            left = faultkit.damage.temporaries(out)
            assert not left, f"left behind: {left}"
        except AssertionError as wrong:
            raise AssertionError(f"pack, cold {case.cold}: {how}: {wrong}") from None
        faultkit.remove(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    failures = []
    with faultkit.scratch() as top:
        world = faultkit.World(top)
        killer = Killer(world, args.seed)
        unpacks = [faultcases.Unpack(world, kind, number=number, jobs=jobs, onto=onto) for kind in faultkit.KINDS
                   for number, onto in ((1, ()), (2, (1,)), (3, ())) for jobs in (1, 2)]
        packs = [faultcases.Pack(world), faultcases.Pack(world, jobs=2, cold=True)]
        for work, cases, count in ((killer.unpack, unpacks, args.count), (killer.pack, packs, args.count // 2)):
            begin = time.monotonic()
            killer.kills = killer.survived = 0
            turn = 0
            while killer.kills < count and len(failures) < 10:
                try:
                    work(cases[turn % len(cases)], turn // len(cases) % 2 == 0)
                except AssertionError as wrong:
                    failures.append(wrong)
                    print(f"FAILED: {wrong}", flush=True)
                turn += 1
            print(f"{work.__name__}: {killer.kills} killed, {killer.survived} done before, "
                  f"{time.monotonic() - begin:.1f} s", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
