#!/usr/bin/env python3
"""System calls that fail, and transfers that are short.

usage: calls.py fail STRIDE [CASE...]     the k-th call fails with EIO or ENOSPC, for every STRIDE-th k; sometimes all that follow
       calls.py short COUNT [CASE...]     COUNT seeds: reads and writes are shorter than asked for, and EINTR

A failed call: exit status 0 only where the result is complete and right; else 5 and a message with the reason; nothing wrong
under a final name; the next run completes and leaves no temporary. Short transfers change nothing at all.
"""
import errno, functools, itertools, os, sys

import faultcases, faultkit

NUMBERS = (errno.EIO, errno.ENOSPC)


def judge_failed_call(case, number, done):
    if done.status:
        text = case.world.judge_failure(done, getattr(case, "statuses", (5,)))
        reasons = (os.strerror(number), os.strerror(errno.EAGAIN))  # the latter is that of a thread
        assert any(reason in text for reason in reasons), f"it does not say why: {text}"


def fail(name, case, stride):
    faults = faultcases.Faults(name, case)
    total = faults.run().counts["any"]
    for i, number in enumerate(NUMBERS):
        faults_of = [f"any:{n}:{number}" for n in range(1 + i * stride // 2, total + 1, stride)]
        faults_of += [f"any:{n}+:{number}" for n in range(1 + i * stride // 2, total + 1, 5 * stride)]
        judge = functools.partial(judge_failed_call, case, number)
        faults.all([{"fault": fault, "judge": judge} for fault in faults_of])
    good = faults.report(f"{total} calls, {faults.injected} failed, {faults.tolerated} of them without harm")
    return good, faults.injected


def judge_short(done):
    assert done.status == 0, f"exit {done.status}: {done.err}"


def short(name, case, count):
    faults = faultcases.Faults(name, case)
    runs = faults.all([{"short": seed, "judge": judge_short} for seed in range(count)])
    number = sum(done.shortened for done in runs)
    return faults.report(f"{count} runs, {number} short transfers or interruptions"), number


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("fail", "short"):
        sys.exit(__doc__)
    what, count, names = {"fail": fail, "short": short}[sys.argv[1]], int(sys.argv[2]), sys.argv[3:]
    good, injected = True, 0
    with faultkit.scratch() as top:
        world = faultkit.World(top)
        cases = itertools.chain(faultcases.cases(world), faultcases.large_cases(world) if what is short else ())
        for name, case in cases:
            if not names or name in names:
                fine, number = what(name, case, count)
                good &= fine
                injected += number
    print(f"{injected} faults")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
