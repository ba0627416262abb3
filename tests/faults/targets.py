#!/usr/bin/env python3
"""Targets that may not be written to: read-only, somebody else's, full, immutable.

usage: targets.py STEP     (KiB between the sizes of full file systems)

Each time: exit status 5 and a message; what was in the tree stays as it was; nothing half, no temporary; and once the
obstacle is gone, the next run completes.
"""
import os, shutil, subprocess, sys
from pathlib import Path

import faultkit

NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


class Targets:
    def __init__(self, world):
        self.world, self.refused = world, 0
        subprocess.run(["chmod", "-R", "a+rX", world.top], check=True)
        shutil.copy(faultkit.lab.BIN / "modferry-offline", world.top)  # where another user can reach it
        shutil.copy(faultkit.lab.BIN / "modferry", world.top)

    def unpack(self, number, kind, target, before=()):
        words = [str(w) for w in (*before, self.world.top / "modferry-offline", *self.world.unpack_arguments(number, kind, target))]
        return subprocess.run(words, env=self.world.env, text=True, capture_output=True, cwd=self.world.top)

    def filled(self, kind):
        target = self.world.new()
        self.world.must(*self.world.unpack_arguments(1, kind, target))
        return target

    def refuse(self, done, words, status=5):
        got, text = faultkit.damage.outcome(done)
        assert got == status and words in text, f"exit {got}: {text}"
        self.refused += 1

    def unchanged(self, target, kind, owned=True):
        self.world.judge_tree(target, kind, [(1,)], (1,))
        self.world.check(target)

    def complete(self, target, kind, whole=(1, 2)):
        number = whole[-1]
        self.world.must(*self.world.unpack_arguments(number, kind, target))
        self.world.judge_tree(target, kind, [whole], whole)

    # --- each test takes the kind of tree ---

    def test_other_user(self, kind):
        """Nobody meets a tree of ours; and an empty directory of ours."""
        target, empty = self.filled(kind), self.world.new()
        empty.mkdir()
        self.refuse(self.unpack(2, kind, target, NOBODY), "Permission denied")
        self.unchanged(target, kind)
        self.refuse(self.unpack(2, kind, empty, NOBODY), "Permission denied")
        assert not list(empty.iterdir())
        self.complete(target, kind)

    def test_other_owner(self, kind):
        """A tree of nobody, which we may write to: what it holds is taken, what is new is ours."""
        target = self.world.new()
        target.mkdir()
        os.chown(target, 65534, 65534)
        assert self.unpack(1, kind, target, NOBODY).returncode == 0
        self.complete(target, kind)
        done = self.unpack(1, kind, target, NOBODY)
        assert done.returncode in (0, 5), done.stderr
        self.world.judge_tree(target, kind, [(1, 2)], (1, 2))

    def test_closed_below(self, kind):
        """One directory on the way may not be written to."""
        target = self.world.new()
        target.mkdir()
        os.chown(target, 65534, 65534)
        closed = target / ("example.com" if kind == "proxy" else "cache/download/example.com")
        (closed / "four").mkdir(parents=True)
        for path in (closed, *closed.parents):
            if target in path.parents:
                os.chown(path, 65534, 65534)
        self.refuse(self.unpack(2, kind, target, NOBODY), "Permission denied")  # four/ is ours
        self.world.judge_tree(target, kind, [(2,)])
        shutil.rmtree(closed / "four")
        assert self.unpack(2, kind, target, NOBODY).returncode == 0
        self.world.judge_tree(target, kind, [(2,)], (2,))

    def test_read_only_mount(self, kind):
        target, link = self.filled(kind), self.world.new()
        link.mkdir()
        bind = f"mount --bind {target} {link} && mount -o remount,ro,bind {link}"
        mounted = ("unshare", "-m", "sh", "-c", f'{bind} && exec "$@"', "sh")
        if subprocess.run([*mounted, "true"], capture_output=True).returncode:
            print("skipped: no bind mount in a mount namespace is permitted here")
            return
        self.refuse(self.unpack(2, kind, link, mounted), "Read-only file system")
        self.unchanged(target, kind)
        for command in ("check", "env"):
            done = subprocess.run([*mounted, self.world.top / "modferry-offline", command, link], env=self.world.env,
                                  text=True, capture_output=True)
            assert done.returncode == 0, f"{command} of a read-only tree: {done.stderr}"
        self.complete(target, kind)

    def test_full(self, kind, step):
        """File systems of all sizes, from one that holds nothing to one that holds the tree."""
        whole = 0
        for size in range(4, 2000, step):
            out = self.world.new()
            script = (f"mkdir -p {out}.mnt && mount -t tmpfs -o size={size}k,mode=755 tmpfs {out}.mnt && "
                      f'"$@"; status=$?; cp -a {out}.mnt {out}; exit $status')
            done = self.unpack(1, kind, f"{out}.mnt/t", ("unshare", "-m", "sh", "-c", script, "sh"))
            if done.returncode != 0 and "mount" in done.stderr.split("\n")[0]:
                print("skipped: no file system in a mount namespace is permitted here")
                return
            target = out / "t"
            if done.returncode:
                self.refuse(done, "No space left on device")
            whole += done.returncode == 0
            self.world.judge_tree(target, kind, [(1,)], (1,) if done.returncode == 0 else None)
            if target.exists() and (target / ".modferry").exists():
                self.complete(target, kind, (1,))
            faultkit.remove(out)
            if whole:
                return
        raise AssertionError("no size was enough")

    def test_immutable(self, kind):
        """chattr +i, where the file system has it, which one in memory has not."""
        with faultkit.tempfile.TemporaryDirectory() as scratch:
            target = Path(scratch) / "t"
            self.world.must(*self.world.unpack_arguments(1, kind, target))
            closed = target / ("example.com/three/@v" if kind == "proxy" else "cache/download/example.com/three/@v")
            if subprocess.run(["chattr", "+i", closed], capture_output=True).returncode:
                print("skipped: this file system has no immutable directories")
                return
            try:
                self.refuse(self.unpack(2, kind, target), "Operation not permitted")
                self.world.judge_tree(target, kind, [(1,), (1, 2)])
                self.world.check(target)
            finally:
                subprocess.run(["chattr", "-i", closed], check=True)
            self.complete(target, kind)
            subprocess.run(["chmod", "-R", "u+w", scratch], check=True)

    def test_nameless(self, kind):
        """A file system without O_TMPFILE, as overlayfs of older kernels: all is done as elsewhere, and nothing is left there."""
        tmp = self.world.new()
        tmp.mkdir()
        zips, difference = self.world.new(), self.world.new()
        trusted = ("--pubkey", self.world.pub)
        self.world.must(*self.world.pack_arguments(1, zips), "--payload", "zips", program="modferry")
        self.world.must(*self.world.pack_arguments(2, difference), "--base", zips, program="modferry")
        out, target = self.world.new(), self.world.new()
        for words in (("verify", zips, *trusted), ("cat", zips, "example.com/one@v1.0.0/one.go", *trusted),
                      ("verify", difference, "--base", zips, *trusted), ("unpack", difference, f"--{kind}", target, "--base", zips, *trusted)):
            for fault in ("nameless:1+:95", "nameless:1+:21"):  # EOPNOTSUPP, EISDIR
                done = self.world.faulty(*words, fault=fault, env={"TMPDIR": str(tmp)})
                assert done.status == 0 and done.fired, f"{words}: exit {done.status}: {done.err}"
            assert not list(tmp.iterdir()), f"{words} left {list(tmp.iterdir())}"
        self.world.check(target)
        assert {p.stem for p in target.rglob("*.zip")} == {"v1.0.0", "v1.1.0"}, list(target.rglob("*.zip"))
        done = self.world.faulty(*self.world.pack_arguments(1, out), program="modferry", fault="nameless:1+:95")
        assert done.status == 0 and done.fired, f"pack: exit {done.status}: {done.err}"
        assert sorted(p.name for p in out.parent.glob("*.tmp")) == [], "pack left a temporary"
        done = self.world.faulty("verify", zips, *trusted, fault="nameless:1+:28", env={"TMPDIR": str(tmp)})  # ENOSPC
        assert done.status == 5 and f"make a temporary file in {tmp}: No space" in done.err, f"exit {done.status}: {done.err}"

    def test_store(self, _):
        """A store that may be read only: it serves; what is not in it cannot be fetched. What was not looked for before it was
        closed is found out each time."""
        for filled in ((), ("--payload", "zips")):
            self.store_serves(*filled)

    def store_serves(self, *filled):
        cache = self.world.new()
        self.world.must(*self.world.pack_arguments(1, self.world.new()), *filled, program="modferry", env={"XDG_CACHE_HOME": str(cache)})
        subprocess.run(["chmod", "-R", "a+rX", cache], check=True)
        for number, out in ((1, self.world.new()), (2, self.world.new())):
            out.mkdir()
            os.chown(out, 65534, 65534)
            words = [*NOBODY, self.world.top / "modferry", *self.world.pack_arguments(number, out / "bundle")]
            words = [w for w in map(str, words) if w not in ("--key", str(self.world.key))]
            done = subprocess.run(words, env={**self.world.env, "XDG_CACHE_HOME": str(cache)}, text=True, capture_output=True,
                                  cwd=out)
            if number == 1:
                assert done.returncode == 0 and (out / "bundle").exists(), f"exit {done.returncode}: {done.stderr}"
                continue
            self.refuse(done, "Permission denied")
            assert not list(out.iterdir()), list(out.iterdir())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if os.getuid() or not shutil.which("setpriv"):
        faultkit.lab.skip("this needs to be root, and setpriv")
    with faultkit.scratch() as top:
        os.chmod(top, 0o755)
        targets = Targets(faultkit.World(top))
        for name in [n for n in vars(Targets) if n.startswith("test_")]:
            for kind in faultkit.KINDS:
                more = (int(sys.argv[1]),) if name == "test_full" else ()
                try:
                    getattr(targets, name)(kind, *more)
                except AssertionError as wrong:
                    raise AssertionError(f"{name} {kind}: {wrong}") from None
            print(f"{name.removeprefix('test_')}: {targets.refused} refusals so far", flush=True)


if __name__ == "__main__":
    main()
