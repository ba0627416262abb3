"""What is measured: each work item of modferry, and the peer that does the same work for those who have no modferry."""
import json, os, shutil, subprocess
from pathlib import Path

import lab


def gone(*paths):
    for path in paths:
        if Path(path).is_dir():
            subprocess.run(["chmod", "-R", "u+w", path], check=True)
        subprocess.run(["rm", "-rf", path], check=True)


def nothing():
    pass


class Bench:
    """One closure, with the URL of a proxy that serves it; everything that is made lies in `scratch`."""

    def __init__(self, name, project, scratch, url, gosumdb, clock):
        self.name, self.project, self.top = name, Path(project), Path(scratch)
        self.update_sizes = []
        self.clock = clock
        self.env = lab.go_environment(GOPROXY=url, GOSUMDB=gosumdb, GOPATH=self.top / "gopath",
                                      XDG_CACHE_HOME=self.top / "store", XDG_STATE_HOME=self.top / "state",
                                      GOMODCACHE=self.top / "none")
        self.secret, self.public = self.top / "key", self.top / "key.pub"
        self.quietly("keygen", "--no-password", "--secret", self.secret, "--public", self.public)
        self.trust = ["--pubkey", self.public]
        self.tree, self.cache, self.download = self.top / "tree", self.top / "modcache", self.top / "download"
        self.work = self.top / "work"

    # what runs untimed

    def quietly(self, *args):
        return lab.run([lab.BIN / "modferry", *args], cwd=self.top, env=self.env).stdout

    def prepare(self):
        """The bundles, a tree, two caches and what the peers of sizes and archives need."""
        self.facts = {level: self.pack_untimed(level) for level in (9, 3)}
        self.quietly("unpack", self.bundle(9), *self.trust, "--proxy", self.tree)
        self.quietly("unpack", self.bundle(9), *self.trust, "--modcache", self.cache)
        self.go_untimed(self.download, "mod", "download", "all")

    def go_untimed(self, cache, *args):
        self.fresh_work()
        lab.run(["go", *args], cwd=self.work, env={**self.env, "GOMODCACHE": str(cache)})

    def fresh_work(self):
        gone(self.work)
        shutil.copytree(self.project, self.work)

    def archive(self, name, directory, *zstd):
        """DIRECTORY as .tar.zst, with zstd's options."""
        path = self.top / name
        if not path.exists():
            self.shell(f'tar -C "$1" -cf - . | zstd -q -T2 {" ".join(zstd)} -o "$2"', directory, path)
        return path

    def shell(self, script, *args):
        lab.run(["bash", "-o", "pipefail", "-c", script, "bash", *args], cwd=self.top, env=self.env)

    def bundle(self, level):
        return self.top / f"{level}.tar.zst"

    def pack_args(self, out, project=None):
        return ["pack", project or self.project, "--level", "all", "--key", self.secret, "-o", out]

    def pack_untimed(self, level, *more):
        return json.loads(self.quietly(*self.pack_args(self.bundle(level)), "--compress", str(level), *more, "--json"))

    # what runs timed

    def ferry(self, *args):
        return self.clock.run([lab.BIN / "modferry", *args], self.top, self.env)

    def go(self, cache, *args, **settings):
        return self.clock.run(["go", *args], self.work, {**self.env, "GOMODCACHE": str(cache), **settings})

    def pipe(self, script, *args):
        return self.clock.run(["bash", "-o", "pipefail", "-c", script, "bash", *args], self.top, self.env)

    # the rows: (work item, (make ready, work), peer, (make ready, work))

    def go_download(self, **settings):
        cache = self.top / "go-cache"
        return lambda: (gone(cache), self.fresh_work()), lambda: self.go(cache, "mod", "download", "all", **settings)

    def pack(self, cold, *how):
        """Into an empty store where `cold`, else from one that holds all and knows what earlier runs found out."""
        out = self.top / "out.tar.zst"
        args = [*self.pack_args(out), *how]
        if cold:
            return lambda: gone(self.top / "store", out), lambda: self.ferry(*args)
        return lambda: (self.fill_store(), gone(out)), lambda: self.ferry(*args, "--offline")

    def fill_store(self):
        if not (self.top / "store/filled").exists():
            self.quietly(*self.pack_args(self.top / "out.tar.zst"), "--compress", "1")
            (self.top / "store/filled").touch()

    def tar_zstd(self, *zstd):
        """The files of all modules, as one would archive a module cache by hand."""
        out = self.top / "peer.tar.zst"
        modules = [p for p in self.cache.iterdir() if p.name not in ("cache", ".modferry")]
        return lambda: gone(out), lambda: self.pipe('tar -C "$1" -cf - "${@:3}" | zstd -q -T2 ' + " ".join(zstd) + ' -o "$2"',
                                                    self.cache, out, *[p.name for p in modules])

    def unpack(self, option, bundle, *more):
        target = self.top / "target"
        return lambda: gone(target), lambda: self.ferry("unpack", bundle, *self.trust, option, target, *more)

    def untar(self, archive):
        target = self.top / "target"
        return (lambda: (gone(target), target.mkdir()),
                lambda: self.clock.run(["tar", "-C", target, "--zstd", "-xf", archive], self.top, self.env))

    def packs(self, levels):
        for level in levels:
            yield f"pack --compress {level}, empty store", self.pack(True, "--compress", level), "go mod download all", self.go_download()
            yield (f"pack --compress {level}, full store", self.pack(False, "--compress", level), f"tar, zstd -T2 -{level}",
                   self.tar_zstd(f"-{level}"))

    def packs_of_zips(self):
        yield ("pack --payload zips, empty store", self.pack(True, "--payload", "zips"), "go mod download all", self.go_download())

    def far_side(self):
        bundle, tree, cache = self.bundle(9), self.tree, self.cache
        file = {"GOPROXY": f"file://{tree}"}
        yield ("verify", (nothing, lambda: self.ferry("verify", bundle, *self.trust)), "zstd -dc, SHA-256 by the same library",
               (nothing, lambda: self.pipe('zstd -dcq "$1" | nettle-hash -a sha256', bundle)))
        yield "unpack --proxy", self.unpack("--proxy", bundle), "go mod download all from file://", self.go_download(**file)
        yield ("unpack --modcache", self.unpack("--modcache", bundle), "tar --zstd -xf of the same cache",
               self.untar(self.archive("cache.tar.zst", cache, "-9")))
        bare = self.top / "bare"
        self.quietly("unpack", bundle, *self.trust, "--modcache", bare, "--no-zips")
        yield ("unpack --modcache --no-zips", self.unpack("--modcache", bundle, "--no-zips"), "tar --zstd -xf of the same cache",
               self.untar(self.archive("bare.tar.zst", bare, "-9")))
        zips = self.top / "zips.tar.zst"
        self.quietly(*self.pack_args(zips), "--payload", "zips")
        yield ("unpack --modcache of a bundle with zips", self.unpack("--modcache", zips), "go mod download all from file://",
               self.go_download(**file))
        yield ("unpack --modcache of a bundle with zips", self.unpack("--modcache", zips), "tar --zstd -xf of the same cache",
               self.untar(self.archive("cache.tar.zst", cache, "-9")))
        yield ("unpack --proxy of a bundle with zips", self.unpack("--proxy", zips), "go mod download all from file://",
               self.go_download(**file))
        yield ("unpack --proxy, all is there", (nothing, lambda: self.ferry("unpack", bundle, *self.trust, "--proxy", tree)),
               "go mod download all, all is there",
               (self.fresh_work, lambda: self.go(self.download, "mod", "download", "all")))
        verify = self.fresh_work, lambda: self.go(self.download, "mod", "verify")
        for what, place in (("a GOMODCACHE", cache), ("a proxy tree", tree)):
            for how in ([], ["--quick"]):
                work = lambda place=place, how=how: self.ferry("check", place, *how)
                yield " ".join(["check", *how, "of", what]), (nothing, work), "go mod verify", verify

    def encoder(self):
        """The deflate encoder alone, on the files of the closure in one stream; ours in the driver of its test."""
        files, peer = self.top / "files.tar", self.top / "goflate"
        self.shell('tar -C "$1" -cf "$2" --exclude ./cache .', self.cache, files)
        self.shell('cd "$1" && go build -o "$2" main.go', Path(__file__).parent / "flate", peer)
        mine = lab.BIN.parent / "diff/diff_goflate"
        yield (f"deflate, {files.stat().st_size / 1e6:.0f} MB of files", (nothing, lambda: self.pipe('"$1" 0 < "$2"', mine, files)),
               "Go's compress/flate", (nothing, lambda: self.pipe('"$1" < "$2"', peer, files)))

    def fits(self):
        peer = "resolve --offline", (nothing, lambda: self.ferry("resolve", self.project, "--offline"))
        for what, held in (("the bundle", [self.bundle(9), *self.trust]), ("the tree", [self.tree])):
            for level in ("all", "tidy"):
                work = lambda held=held, level=level: self.ferry("fits", self.project, *held, "--level", level, "--allow-missing-sum")
                yield f"fits at level {level}, {what}", (nothing, work), *peer

    def difference(self, before):
        """From the closure of the project `before` to this one; a row, and the sizes in update_sizes."""
        old, new, out, patch = (self.top / n for n in ("old.tar.zst", "9.tar.zst", "difference.tar.zst", "patch"))
        self.fill_store()
        self.quietly(*self.pack_args(old, before))
        tars = [self.top / "old.tar", self.top / "new.tar"]
        for bundle, tar in zip((old, new), tars):
            self.shell('zstd -dcq "$1" > "$2"', bundle, tar)
        args = [*self.pack_args(out), "--base", old, "--offline"]
        yield ("pack --base", (lambda: gone(out), lambda: self.ferry(*args)), "zstd -9 --patch-from of the tars",
               (nothing, lambda: self.clock.run(["zstd", "-qf", "-9", "--long=31", f"--patch-from={tars[0]}", tars[1], "-o", patch],
                                                self.top, self.env)))
        if not patch.exists():
            return  # only other rows are measured
        carried = json.loads(self.quietly(*args, "--json"))["carried_zip_size"]
        found = [("zips of the modules that changed", carried), ("difference, --compress 9", out.stat().st_size)]
        found.append(("zstd -9 --patch-from of the tars", patch.stat().st_size))
        self.shell('xdelta3 -f -e -9 -B 2147483648 -s "$1" "$2" "$3"', *tars, patch)
        found.append(("xdelta3 -9 of the tars", patch.stat().st_size))
        self.update_sizes = [{"what": what, "bytes": size, "ratio": size / carried} for what, size in found]

    def sizes(self, levels, largest):
        """(what, bytes, against the sum of the zips); with `largest` also zstd -19 --long=31, which takes long."""
        zips = sum(p.stat().st_size for p in (self.tree).rglob("*.zip"))
        found = [("the zips, as served", zips)]
        for level in levels:
            if level not in self.facts:
                self.facts[level] = self.pack_untimed(level, "--offline")
            found.append((f"bundle, --compress {level}", self.bundle(level).stat().st_size))
        served = self.top / "served"
        gone(served)
        served.mkdir()
        for p in self.tree.rglob("*.zip"):
            os.link(p, served / str(p.relative_to(self.tree)).replace("/", "+"))
        found.append(("tar, zstd -3 of the zips", self.archive("served.tar.zst", served, "-3").stat().st_size))
        if largest:
            ready, work = self.tar_zstd("-19", "--long=31")
            ready(), work()
            found.append(("tar, zstd -19 --long=31 of the files", (self.top / "peer.tar.zst").stat().st_size))
        return [{"what": what, "bytes": size, "ratio": size / zips} for what, size in found]
