"""Costs of commands, and pairs of them measured in turn."""
import os, statistics
from dataclasses import asdict, dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """Seconds of a command with all processes that it started; the peak memory of the largest of them, in bytes; the
    CPU seconds that the proxy spent meanwhile."""
    wall: float
    cpu: float
    memory: int
    proxy: float


class Clock:
    """`runner` starts the commands (measured.py). `server`: the process whose CPU, with that of its children, is counted apart."""

    def __init__(self, runner, server):
        self.runner, self.server = runner, server

    def server_cpu(self):
        pids = [self.server, *map(int, Path(f"/proc/{self.server}/task/{self.server}/children").read_text().split())]
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
        return sum(int(f[11]) + int(f[12]) for f in fields) / TICK

    def run(self, args, cwd, env):
        """Runs one command that has to succeed. What was written before it is on the disc first, so that it is not billed."""
        os.sync()
        before = self.server_cpu()
        taken = self.runner.run(args, cwd, env)
        return Cost(taken.wall, taken.cpu, taken.memory, self.server_cpu() - before)


def middle(costs):
    return Cost(*(statistics.median(getattr(c, name) for c in costs) for name in Cost.__dataclass_fields__))


def in_turn(ours, peer, count):
    """Runs both `count` times, each time the other one first. Returns the row of a report: medians of both, and of the
    ratios ours / peer the median, the smallest and the largest. Each is a pair of functions: what makes ready, untimed,
    and what returns the cost."""
    pairs = []
    for turn in range(count):
        costs = {}
        for who in ("ours", "peer") if turn % 2 == 0 else ("peer", "ours"):
            ready, work = ours if who == "ours" else peer
            ready()
            costs[who] = work()
        pairs.append((costs["ours"], costs["peer"]))
    ratios = {}
    for name in ("wall", "cpu"):
        found = [getattr(a, name) / max(getattr(b, name), 1e-3) for a, b in pairs]
        ratios[name] = {"median": statistics.median(found), "least": min(found), "most": max(found)}
    return {"runs": count, "ours": asdict(middle([a for a, _ in pairs])), "peer": asdict(middle([b for _, b in pairs])),
            "ratio": ratios}
