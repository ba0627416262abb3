#!/usr/bin/env python3
"""The n-th allocation of a run fails, and in some runs all that follow.

usage: alloc.py STRIDE [--offset N] [CASE...]

Each case is a command on a bundle of three modules. With the n-th allocation failing, for every STRIDE-th n: no crash; exit
status 0 only where the result is complete and right, because a library could do without; else 5 and a message; nothing
wrong under a final name, no temporary left; and the next run completes.
"""
import argparse, sys

import faultcases, faultkit


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stride", type=int)
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("cases", nargs="*")
    args = parser.parse_intermixed_args()
    good, injected, first = True, 0, 1 + args.offset % args.stride
    with faultkit.scratch() as top:
        for name, case in faultcases.cases(faultkit.World(top)):
            if args.cases and name not in args.cases:
                continue
            faults = faultcases.Faults(name, case)
            total = faults.run().counts["alloc"]
            faults.all([{"fault": f"alloc:{n}:12"} for n in range(first, total + 1, args.stride)] +
                       [{"fault": f"alloc:{n}+:12"} for n in range(first, total + 1, 7 * args.stride)])
            good &= faults.report(f"{total} allocations, {faults.injected} failed, {faults.tolerated} of them without harm")
            injected += faults.injected
    print(f"{injected} allocations failed")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
