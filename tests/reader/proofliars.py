#!/usr/bin/env python3
"""Bundles whose proofs of the checksum database lie: each must be refused, by modferry and by the independent reader.

    proofliars.py DRIVERS        the folder that holds diff_container; modferry-offline is in ../bin

A small log, the bundle that carries its proofs, and the lies are all made here. What only who has the database's key can
know is for modferry alone. Nothing but a lock may be written where `unpack` refuses.
"""
import argparse, base64, copy, json, os, re, subprocess, sys, tempfile, zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sumdb")]
import bundle_reader as reader  # noqa: E402
import liars  # noqa: E402
import testdb  # noqa: E402

MODULES = ["example.com/A", "example.com/b", "example.com/c", "example.com/private"]
BEFORE, BETWEEN, OLDER = 560, 200, 300  # a tile for the older head alone
PREFIX = f"sumdb/{testdb.NAME}/"


def pack(drivers, path):
    """A bundle without proofs; the last module is only_mod there, and not covered."""
    lines = ""
    with tempfile.TemporaryDirectory() as scratch:
        for i, module in enumerate(MODULES):
            with zipfile.ZipFile(f"{scratch}/{i}.zip", "w") as archive:
                archive.writestr(f"{module}@v1.0.0/x.go", f"package x // {i}\n")
            Path(f"{scratch}/{i}.mod").write_text(f"module {module}\n")
            form = "mod" if module.endswith("private") else "files"
            lines += f"{form} {module} v1.0.0 {scratch}/{i}.zip {scratch}/{i}.mod\n"
        subprocess.run([f"{drivers}/diff_container", "pack", path, "1", "3"], input=lines, text=True, check=True)


class Bundle:
    """One that can be changed before it is written: manifest, log, numbers of the records, and those it claims."""

    def __init__(self, path):
        self.manifest, self.payload = liars.open_bundle(path)
        first = self.manifest["frames"][0]
        self.part_one = reader.decompress(self.payload[:first["size"]], first["raw_size"])
        self.log = testdb.Log()
        modules = self.manifest["content"]["modules"]
        self.covered = [m for m in modules if "h1" in m]
        self.fill(BEFORE)
        self.numbers = []
        for module in self.covered:
            self.numbers.append(self.log.append(self.record(module)))
            self.fill(BETWEEN)
        self.claimed = list(self.numbers)
        self.older = [{"root": base64.b64encode(self.log.root(OLDER)).decode(), "size": OLDER}]
        self.head = self.log.head()

    def fill(self, count):
        for _ in range(count):
            self.log.append(f"filler.example/m{len(self.log.records)} v1.0.0 h1:x\n".encode())

    def record(self, m, version=None, h1=None):
        version = version or m["version"]
        return f"{m['path']} {version} {h1 or m['h1']}\n{m['path']} {version}/go.mod {m['mod_h1']}\n".encode()

    def lookups(self):
        return [(PREFIX + f"lookup/{reader.escape(m['path'])}@{m['version']}",
                 b"%d\n" % claimed + self.log.records[n] + b"\n" + self.head.encode())
                for m, n, claimed in zip(self.covered, self.numbers, self.claimed)]

    def tiles(self):
        size = int(re.match(r"go.sum database tree\n(\d+)|", self.head)[1] or len(self.log.records))
        nodes = [(0, n) for n in self.claimed if n < size] + [n for o in self.older for n in reader.subtrees(o["size"])]
        return [(PREFIX + reader.tile_name(t), self.log.tile(*t)) for t in reader.tiles_needed(size, nodes)]

    def describe(self):
        """Makes the manifest say what the proofs do."""
        provenance = self.manifest["provenance"]
        provenance["tree_head"] = self.head
        numbers = iter(self.claimed)
        for entry, module in zip(provenance["modules"], self.manifest["content"]["modules"]):
            if "h1" in module:
                entry["log_index"] = next(numbers)
        self.manifest["payload"]["sumdb"] = {"name": testdb.NAME, "older": self.older, "range": [0, 0]}

    def write(self, path, members, longer=0):
        """`longer`: what the range is too long by."""
        manifest, stream = copy.deepcopy(self.manifest), b""
        for name, content in members:
            stream += reader.make_header(name, len(content)) + content + bytes(-len(content) % 512)
        places, first = manifest["payload"], manifest["frames"][0]
        places["sumdb"]["range"][1] = len(stream) + longer
        for entry in places["modules"]:
            for span in ("mod", "content"):
                if span in entry:
                    entry[span][0] += len(stream) + longer
        raw = stream + self.part_one
        frame = subprocess.run(["zstd", "-cq", "--no-check", f"--stream-size={len(raw)}"], input=raw, capture_output=True,
                               check=True).stdout
        payload = frame + self.payload[first["size"]:]
        first.update(size=len(frame), raw_size=len(raw), sha256=reader.sha256(frame), raw_sha256=reader.sha256(raw))
        for entry in manifest["frames"][1:]:
            entry["offset"] += len(stream)
        places["size"] += len(stream)
        liars.write_bundle(path, reader.canonical(manifest), manifest, payload)


def changed(data, at=0):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def lies_about_members(b):
    """(name, code, words, members, more for write): manifest and log are honest."""
    lookups, tiles = b.lookups(), b.tiles()
    name, last = tiles[-1]
    assert len(tiles) > 3 and len(lookups) == 3
    edge = next(i for i, (n, _) in enumerate(tiles) if "/tile/8/0/" in n and ".p/" in n)
    width = len(tiles[edge][1]) // 32

    def tile(i, name=None, data=None):
        return lookups + tiles[:i] + [(name or tiles[i][0], tiles[i][1] if data is None else data)] + tiles[i + 1:]

    def lookup(i, data=None, name=None):
        return lookups[:i] + [(name or lookups[i][0], lookups[i][1] if data is None else data)] + lookups[i + 1:] + tiles
    other = copy.copy(b)
    other.log = testdb.Log()
    for number in range(len(b.log.records)):
        other.log.append(f"other.example/m{number} v1.0.0 h1:x\n".encode())
    narrow = re.sub(r"\.p/\d+$", f".p/{width - 1}", tiles[edge][0])
    yield "no-tile", "damaged", "lacks members of the checksum database", lookups + tiles[:-1]
    yield "no-tiles", "damaged", "lacks members of the checksum database", lookups
    yield "no-lookup", "damaged", "not where the manifest has it", lookups[1:] + tiles
    yield "no-lookups", "damaged", "not where the manifest has it", tiles
    yield "extra-tile", "damaged", "not where the manifest has it", lookups + tiles + [
        (PREFIX + "tile/8/0/000", b.log.tile(0, 0, 256))]
    yield "tile-twice", "damaged", "not where the manifest has it", lookups + tiles + [tiles[-1]]
    yield "tiles-first", "damaged", "not where the manifest has it", tiles + lookups
    yield "tiles-reversed", "damaged", "not where the manifest has it", lookups + tiles[::-1]
    yield "lookups-reversed", "damaged", "not where the manifest has it", lookups[::-1] + tiles
    yield "lookup-twice", "damaged", "not where the manifest has it", lookups + lookups[-1:] + tiles
    yield "lookup-of-exempt", "damaged", "not where the manifest has it", lookups + [
        (PREFIX + "lookup/example.com/private@v1.0.0", lookups[0][1])] + tiles
    yield "tile-narrow", "damaged", "not where the manifest has it", tile(edge, narrow, tiles[edge][1][:-32])
    yield "tile-short", "damaged", "not where the manifest has it", tile(edge, None, tiles[edge][1][:-32])
    yield "tile-long", "damaged", "not where the manifest has it", tile(edge, None, tiles[edge][1] + bytes(32))
    yield "tile-empty", "damaged", "not where the manifest has it", tile(edge, None, b"")
    yield "tile-of-other-name", "damaged", "not where the manifest has it", tile(-1, name.replace("/tile/8/", "/tile/4/"))
    yield "tile-changed", "sumdb", "checksum database: ", tile(len(tiles) - 1, None, changed(last, 32 * 5))
    yield "edge-changed", "sumdb", "do not give its root", tile(edge, None, changed(tiles[edge][1]))
    yield "tile-of-other-log", "sumdb", "checksum database: ", lookups + tiles[:-1] + other.tiles()[-1:]
    yield "tiles-of-other-log", "sumdb", "do not give its root", lookups + other.tiles()
    yield "foreign-lookup", "sumdb", "its lookup has record", lookup(0, lookups[1][1])
    yield "foreign-record", "hash", "the checksum database has no such hash", lookup(
        0, lookups[1][1].replace(b"%d\n" % b.numbers[1], b"%d\n" % b.numbers[0], 1))
    yield "record-changed", "sumdb", "its record is not in the tree", lookup(
        0, lookups[0][1].replace(b"\n\n", b"\nexample.com/A v1.0.1 h1:x\n\n", 1))
    yield "number-of-other", "sumdb", "its lookup has record", lookup(0, lookups[0][1].replace(b"%d\n" % b.numbers[0], b"7\n", 1))
    yield "number-with-zeros", "damaged", "malformed record data", lookup(0, b"0" + lookups[0][1])
    yield "number-with-sign", "damaged", "malformed record data", lookup(0, b"+" + lookups[0][1])
    yield "record-without-end", "damaged", "malformed record data", lookup(0, lookups[0][1].replace(b"\n\n", b"\n"))
    yield "record-long", "limit", "more than", lookup(0, lookups[0][1].replace(b"\n\n", b"\n" + b"x" * 70000 + b"\n\n", 1))
    yield "lookup-long", "limit", "above the limit", lookup(0, lookups[0][1] + b"x" * 140000)
    yield "lookup-under-older-head", "damaged", "another tree head", lookup(0, b.log.lookup(b.numbers[0], b.log.head(OLDER)))
    yield "lookup-of-other-version-by-name", "damaged", "not where the manifest has it", lookup(
        0, None, lookups[0][0].replace("v1.0.0", "v1.0.1"))
    yield "lookup-of-other-database", "damaged", "not where the manifest has it", lookup(
        0, None, lookups[0][0].replace(testdb.NAME, "sumdb.example"))
    yield "lookup-unescaped", "damaged", "not where the manifest has it", lookup(0, None, lookups[0][0].replace("!a", "A"))


def lies_about_log(b):
    """(name, code, words, bundle or change of the manifest): the log says something else, or the manifest does."""
    def with_record(text):
        lying = copy.deepcopy(b)
        lying.log.records[lying.numbers[0]] = text  # before anything is hashed: a log that holds it
        honest, lying.log = lying.log.records, testdb.Log()
        for record in honest:
            lying.log.append(record)
        lying.head = lying.log.head()
        lying.older = [{"root": base64.b64encode(lying.log.root(OLDER)).decode(), "size": OLDER}]
        lying.describe()
        return lying

    def edited(change):
        lying = copy.deepcopy(b)
        change(lying)
        return lying

    def with_head(head, older=b.older):
        return edited(lambda x: (x.__dict__.update(head=head, older=older), x.describe()))

    def with_number(number):
        return edited(lambda x: (x.claimed.__setitem__(0, number), x.describe()))

    def signed(size, root):
        return b.log.signer.note(f"go.sum database tree\n{size}\n{base64.b64encode(root).decode()}\n")
    first, size, digest = b.covered[0], len(b.log.records), "h1:" + "A" * 43 + "="
    entries = lambda x: x.manifest["provenance"]["modules"]
    proofs = lambda x: x.manifest["payload"]["sumdb"]
    yield "record-of-other-version", "hash", "no such hash", with_record(b.record(first, "v1.0.1"))
    yield "record-of-other-hash", "hash", f"the checksum database has {digest}", with_record(b.record(first, h1=digest))
    yield "record-without-zip", "hash", "for its zip, the checksum database has no such hash", with_record(
        b.record(first).split(b"\n")[1] + b"\n")
    yield "record-without-mod", "hash", "for its go.mod, the checksum database has no such hash", with_record(
        b.record(first).split(b"\n")[0] + b"\n")
    yield "index-differs", "sumdb", "its lookup has record", edited(lambda x: entries(x)[0].update(log_index=b.numbers[0] + 1))
    yield "index-missing", "damaged", "neither a log_index nor", edited(lambda x: entries(x)[0].pop("log_index"))
    yield "index-and-reason", "damaged", "both a log_index and", edited(lambda x: entries(x)[0].update(not_covered="no"))
    yield "covers-nothing", "damaged", "covers no module", edited(
        lambda x: [(e.pop("log_index", None), e.update(not_covered="no")) for e in entries(x)])
    yield "number-of-other-record", "sumdb", "its record is not in the tree", with_number(7)
    yield "number-outside", "sumdb", "cannot validate record", with_number(size)
    yield "number-2^53", "damaged", "2^53 or more", edited(lambda x: entries(x)[0].update(log_index=1 << 53))
    yield "older-of-other-root", "sumdb", "is not the beginning of the tree", edited(
        lambda x: proofs(x)["older"][0].update(root="A" * 43 + "="))
    yield "older-of-other-size", "sumdb", "is not the beginning of the tree", edited(
        lambda x: proofs(x)["older"][0].update(size=OLDER + 4))
    yield "older-as-large", "damaged", "is not older", edited(
        lambda x: proofs(x)["older"].append({"root": x.older[0]["root"], "size": size}))
    yield "older-twice", "damaged", "out of order or double", edited(lambda x: proofs(x)["older"].append(x.older[0]))
    yield "older-empty", "damaged", "is not older", edited(lambda x: proofs(x)["older"][0].update(size=0))
    yield "older-left-out", "damaged", "not where the manifest has it", edited(lambda x: proofs(x).update(older=[]))
    yield "name-with-dots", "damaged", "is not the name", edited(lambda x: proofs(x).update(name="../x"))
    yield "head-of-other-root", "sumdb", "do not give its root", with_head(signed(size, bytes(32)))
    yield "head-of-other-size", "sumdb", "do not give its root", with_head(signed(size - 1, b.log.root(size)))
    yield "head-below-record", "sumdb", "cannot validate record", with_head(b.log.head(BEFORE + 1), [])
    yield "head-of-nothing", "damaged", "tree_head: has no records", with_head(b.log.head(0), [])
    yield "head-is-no-tree", "damaged", "tree_head: ", with_head(b.log.signer.note("go.sum database\n"), [])


def lies_about_key(b):
    """Only who has the key notices."""
    def with_head(head):
        lying = copy.deepcopy(b)
        lying.head = head
        lying.describe()
        return lying
    text = b.head.split("\n\n")[0] + "\n"
    stranger, other = testdb.Signer(seed=b"x" * 32), testdb.Signer(name="sumdb.example")
    yield "key-of-stranger", "sumdb", "note has no signature by key", with_head(stranger.note(text))
    yield "key-of-other-name", "sumdb", "note has no signature by key", with_head(other.note(text))
    yield "signature-changed", "sumdb", "invalid signature for key", with_head(
        b.head[:-20] + ("A" if b.head[-20] != "A" else "B") + b.head[-19:])
    yield "signature-of-older", "sumdb", "invalid signature for key", with_head(
        text + "\n" + b.log.head(OLDER).split("\n\n")[1])
    yield "signature-missing", "damaged", "malformed note", with_head(text + "\n")


class Judge:
    def __init__(self, drivers, scratch):
        self.program, self.scratch, self.refused = f"{drivers}/../bin/modferry-offline", scratch, 0
        self.env = {**os.environ, "GOSUMDB": testdb.Signer().key}

    def modferry(self, *args):
        return subprocess.run([self.program, *args], env=self.env, capture_output=True, text=True, check=False)

    def accepts(self, path):
        reader.run(reading(path))
        done = self.modferry("verify", path, "--allow-unsigned")
        assert done.returncode == 0 and "proved     3 modules" in done.stdout, done.stdout + done.stderr

    def refuses(self, name, code, words, path, by_reader=True):
        status = {"damaged": 4, "limit": 4}.get(code, 1)
        tree = Path(self.scratch) / "tree" / name
        for args in (["verify", path], ["unpack", path, "--proxy", str(tree)]):
            done = self.modferry(*args, "--allow-unsigned")
            assert "Sanitizer" not in done.stderr, f"{name}: {done.stderr}"
            assert done.returncode == status and words in done.stderr, f"{name}: exit {done.returncode}: {done.stderr}"
        done = self.modferry("verify", path, "--allow-unsigned", "--json")
        assert json.loads(done.stdout)["error"]["code"] == code, f"{name}: {done.stdout}"
        left = [p for p in tree.rglob("*") if p.is_file() and p.name != "lock"]
        assert not left, f"{name}: wrote {left}"
        try:
            reader.run(reading(path))
            said = None
        except (reader.Refused, UnicodeError, zipfile.BadZipFile) as why:
            said = str(why)
        assert (said is not None) == by_reader, f"{name}: the reader says {said}"
        self.refused += 1


def reading(path):
    return argparse.Namespace(bundle=path, base=None, extract=None, manifest=None, signature_dir=None)


def main():
    drivers = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        judge, path = Judge(drivers, scratch), f"{scratch}/bundle"
        pack(drivers, f"{scratch}/base")
        honest = Bundle(f"{scratch}/base")
        honest.describe()
        honest.write(path, honest.lookups() + honest.tiles())
        judge.accepts(path)
        for name, code, words, members in lies_about_members(honest):
            honest.write(path, members)
            judge.refuses(name, code, words, path)
        for longer in (-512, 512, 1):
            honest.write(path, honest.lookups() + honest.tiles(), longer)
            judge.refuses(f"range{longer:+}", "damaged", "", path)
        for lies, by_reader in ((lies_about_log, True), (lies_about_key, False)):
            for name, code, words, lying in lies(honest):
                lying.write(path, lying.lookups() + lying.tiles())
                judge.refuses(name, code, words, path, by_reader)
    print(f"{judge.refused} lies about proofs refused, by {sys.argv[0].rsplit('/', 1)[-1]}")


if __name__ == "__main__":
    main()
