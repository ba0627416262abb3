"""Commands that faults are injected into: what they need, and what must hold after they ran."""
import concurrent.futures, json, re, shutil, time
from pathlib import Path

import faultkit


class Unpack:
    def __init__(self, world, kind, number=1, jobs=1, onto=()):
        self.world, self.kind, self.number, self.jobs, self.onto = world, kind, number, jobs, onto
        self.program = "modferry-offline"

    def prepare(self):
        target = self.world.new()
        for number in self.onto:
            self.world.must(*self.world.unpack_arguments(number, self.kind, target))
        return target

    def arguments(self, target):
        return (*self.world.unpack_arguments(self.number, self.kind, target), "--jobs", str(self.jobs))

    def judge(self, target, done, lasting):
        whole = (*self.onto, self.number)
        stages = [whole[:n] for n in range(1, len(whole) + 1)]
        # removing a directory takes memory: where there is none at all, that is left to the next run
        self.world.judge_tree(target, self.kind, stages, whole if done.status == 0 else None, dead=lasting)
        self.world.check(target)
        if done.status:
            self.world.must(*self.arguments(target))
            self.world.judge_tree(target, self.kind, stages, whole)
        faultkit.remove(target)


class Pack:
    """From the store, or (cold) from the proxy into a store that is empty."""

    program = "modferry"

    def __init__(self, world, jobs=1, cold=False, url=None):
        self.world, self.jobs, self.cold = world, jobs, cold
        self.env = {"GOPROXY": url} if url else {}
        self.statuses = (3, 5) if cold else (5,)  # a proxy that cannot be read is upstream
        self.store = world.new()
        for _ in range(2):  # the second one knows which tree heads were shipped
            first = world.new()
            world.must(*world.pack_arguments(1, first), program="modferry", env={"XDG_CACHE_HOME": str(self.store)})
        if cold:
            out = self.prepare()
            world.must(*self.arguments(out), program="modferry", env=self.environment(out))
            first = out / "bundle"
        self.right = first.read_bytes()

    def prepare(self):
        out = self.world.new()
        out.mkdir()
        if not self.cold:
            shutil.copytree(self.store, out / "cache")
        return out

    def environment(self, out):
        return {**self.env, "XDG_CACHE_HOME": str(out / "cache")}

    def arguments(self, out):
        more = ("--trace", str(out / "trace")) if self.cold else ("--offline",)
        return (*self.world.pack_arguments(1, out / "bundle"), "--jobs", str(self.jobs), *more)

    @staticmethod
    def judge_trace(trace):
        """Whole lines, whatever happened."""
        for line in trace.read_text().splitlines() if trace.exists() else ():
            json.loads(line)

    def judge(self, out, done, lasting):
        left = [p for p in out.iterdir() if p.name not in ("bundle", "cache", "trace")]
        assert not left or lasting, f"left behind: {left}"
        self.judge_trace(out / "trace")
        assert done.status or (out / "bundle").exists(), "it wrote no bundle"
        assert not (out / "bundle").exists() or (out / "bundle").read_bytes() == self.right, "it wrote another bundle"
        left = faultkit.damage.temporaries(out)
        # where the mark of the run in the store is what cannot be removed, the next one does
        mark = len(left) == 1 and Path(left[0]).parent.name == ".modferry"
        assert lasting or not left or mark, left
        if done.status or mark:
            self.world.must(*self.arguments(out), program="modferry", env=self.environment(out))
            # one more head may have been shipped by a run that failed after that
            again = (out / "bundle").read_bytes()
            assert again == self.right or self.cold, "the next run wrote another bundle"
            self.world.must("verify", out / "bundle", "--pubkey", self.world.pub)
            assert not mark or not faultkit.damage.temporaries(out), faultkit.damage.temporaries(out)
        if not self.cold:
            kept, right = (faultkit.damage.sha256_tree(top / "modferry/download") for top in (out / "cache", self.store))
            kept = {name: digest for name, digest in kept.items() if ".modferry-" not in name}
            assert kept.keys() == right.keys(), f"the store lost or got: {kept.keys() ^ right.keys()}"
        faultkit.remove(out)


class Plain:
    """A command that changes nothing: the same output, or a failure."""

    def __init__(self, world, *args, program="modferry-offline"):
        self.world, self.args, self.program = world, args, program
        self.right = world.must(*args, program=program).stdout

    def prepare(self):
        return None

    def arguments(self, _):
        return self.args

    def judge(self, _, done, lasting):
        assert done.status or done.out.decode() == self.right, f"it said something else: {done.out}"


class Expand:
    """A full bundle from a difference: that very one, or none."""

    program = "modferry-offline"

    def __init__(self, world, difference, base):
        self.world, self.difference, self.base = world, difference, base
        out = self.prepare()
        world.must(*self.arguments(out))
        self.right = (out / "full").read_bytes()

    def prepare(self):
        out = self.world.new()
        out.mkdir()
        return out

    def arguments(self, out):
        return ("expand", self.difference, "--base", self.base, "-o", out / "full", "--pubkey", self.world.pub, "--quiet", "--jobs", "1")

    def judge(self, out, done, lasting):
        left = [p for p in out.iterdir() if p.name != "full"]
        assert not left or lasting, f"left behind: {left}"
        assert done.status or (out / "full").exists(), "it wrote no bundle"
        assert not (out / "full").exists() or (out / "full").read_bytes() == self.right, "it wrote another bundle"
        faultkit.remove(out)


class Doctor(Plain):
    """Of a folder, without a network. Files that cannot be read are what it looks for."""

    statuses = (3, 5)

    def __init__(self, world, *args, program):
        super().__init__(world, *args, program=program)
        self.right = self.timeless(self.right)

    @staticmethod
    def timeless(text):
        return re.sub(r'[0-9.]+ MB/s|after [0-9.]+ ms|"(milliseconds|zip_us|bytes_per_second)": [0-9]+', "", text)

    def judge(self, _, done, lasting):
        # of mirrors, a checksum database that cannot be read is worth a warning
        said = self.timeless(done.out.decode())
        assert done.status or said == self.right or "sumdb-unreachable" in said, f"it said something else: {said}"


def cases(world):
    tree, cache = world.new(), world.new()
    world.must(*world.unpack_arguments(1, "proxy", tree))
    world.must(*world.unpack_arguments(1, "modcache", cache))
    trust = ("--pubkey", world.pub)
    project = world.new()
    project.mkdir()
    (project / "go.mod").write_text("module example.com/p\n\ngo 1.21\n\nrequire (\n\texample.com/one v1.0.0\n\texample.com/Two v1.0.0\n)\n")
    (project / "p.go").write_text('package p\n\nimport _ "example.com/Two"\nimport _ "example.com/one"\n')
    (project / "go.sum").write_text(world.sums.read_text())
    yield "verify", Plain(world, "verify", world.bundles[1], *trust, "--jobs", "1")
    yield "verify --jobs 2", Plain(world, "verify", world.bundles[1], *trust, "--jobs", "2", "--json")
    for kind in faultkit.KINDS:
        yield f"unpack --{kind}", Unpack(world, kind)
        yield f"unpack --{kind} --jobs 2", Unpack(world, kind, jobs=2)
        yield f"unpack --{kind} onto a tree", Unpack(world, kind, number=2, onto=(1,))
    difference = world.new()
    world.must(*world.pack_arguments(2, difference), "--base", world.bundles[1], program="modferry")
    for name, base in (("a tree", tree), ("a bundle", world.bundles[1])):
        yield f"verify from {name}", Plain(world, "verify", difference, "--base", base, *trust, "--jobs", "1")
        yield f"expand from {name}", Expand(world, difference, base)
    yield "pack", Pack(world)
    yield "pack --jobs 2", Pack(world, jobs=2)
    yield "pack, cold", Pack(world, cold=True)
    yield "check proxy", Plain(world, "check", tree)
    yield "check modcache", Plain(world, "check", cache, "--json")
    yield "list", Plain(world, "list", world.bundles[1], *trust, "--json")
    yield "diff", Plain(world, "diff", world.bundles[1], world.bundles[2], *trust)
    yield "env", Plain(world, "env", tree)
    yield "fits", Plain(world, "fits", project, world.bundles[1], *trust, program="modferry")
    yield "doctor", Doctor(world, "doctor", "example.com/one@v1.0.0", "--json", program="modferry")
    yield "doctor --mirrors", Doctor(world, "doctor", "--mirrors", f"file://{world.proxy}", "example.com/one", "--json", program="modferry")
    yield "resolve", Plain(world, "resolve", project, "--graph", "--offline", program="modferry")


def large_cases(world):
    """What takes too long for every fault, and has many transfers."""
    for kind in faultkit.KINDS:
        yield f"unpack --{kind}, large", Unpack(world, kind, number=3, jobs=2)
    with world.server() as url:
        yield "pack, cold, by HTTP", Pack(world, cold=True, url=url, jobs=2)


class Faults:
    """Runs of one case with faults. Failures of one kind are shown once."""

    def __init__(self, name, case):
        self.name, self.case, self.begin = name, case, time.monotonic()
        self.tolerated = self.injected = self.spared = 0
        self.failures = {}

    def run(self, fault=None, short=None, judge=None):
        """`judge` gets the case's context and the run; without it, a failure must have status 5 and a message."""
        case = self.case
        context = case.prepare()
        more = {"env": case.environment(context)} if hasattr(case, "environment") else {}
        done = case.world.faulty(*case.arguments(context), fault=fault, short=short, program=case.program, **more)
        if fault and "AddressSanitizer: CHECK failed" in done.err and "pthread_getattr_np" in done.err:
            self.spared += 1  # the sanitizer's own start of a thread had no memory
            return done
        try:
            if done.status or judge:
                (judge or case.world.judge_failure)(done)
            case.judge(context, done, bool(fault and "+" in fault))
        except AssertionError as wrong:
            kind = re.sub(r"/(tmp|dev)/\S*|v?[0-9]+", "N", str(wrong))[:300]
            self.failures.setdefault(kind, []).append((fault or short, str(wrong)))
        self.injected += done.fired > 0
        self.tolerated += done.fired > 0 and done.status == 0
        return done

    def all(self, runs):
        """Two at a time; `runs` are arguments of `run`."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda arguments: self.run(**arguments), runs))

    def report(self, what):
        """Prints what was done; returns whether all went well."""
        what += f", {self.spared} stopped by the sanitizer itself" if self.spared else ""
        print(f"{self.name}: {what}, {time.monotonic() - self.begin:.1f} s", flush=True)
        for wrong in self.failures.values():
            print(f"  FAILED {len(wrong)} times, first at {wrong[0][0]}: {wrong[0][1]}", flush=True)
        return not self.failures
