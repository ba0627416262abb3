#!/usr/bin/env python3
"""A checksum database for tests: a log of records, its tree heads, lookups and tiles as static files.

    testdb.py TREE [--filler N] [--seed TEXT]     makes or continues TREE/sumdb/<name>/ for all modules of the proxy TREE
    testdb.py --key [--seed TEXT]                 prints the verifier key, the value for GOSUMDB

The log grows: a second run appends what is new or has changed, after the records that are there. --filler puts N records of
no module before the first ones and N behind them, so that the tree has several levels of tiles. The key is the same in every run, or made from TEXT, and
nobody's secret.

Shares no code with modferry or go; the formats are those of golang.org/design/25530-sumdb.
"""
import argparse, base64, hashlib, os, re, zipfile
from pathlib import Path

NAME = "sumdb.modferry.test"
SEED = hashlib.sha256(b"the checksum database of modferry's tests").digest()


# --- Ed25519 (RFC 8032), to sign only: slow, and not hardened against anything ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P


def base_x():
    square = (BASE_Y**2 - 1) * pow(D * BASE_Y**2 + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return x if x % 2 == 0 else P - x


BASE = (base_x(), BASE_Y, 1, base_x() * BASE_Y % P)


def point_add(a, b):
    """Extended coordinates."""
    c, d = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    e, f = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    g, h, i, j = d - c, f - e, f + e, d + c
    return g * h % P, i * j % P, h * i % P, g * j % P


def multiple(n):
    result, point = (0, 1, 1, 0), BASE
    while n:
        if n & 1:
            result = point_add(result, point)
        point, n = point_add(point, point), n >> 1
    return result


def encoded(point):
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


class Signer:
    def __init__(self, name=NAME, seed=SEED):
        digest = hashlib.sha512(seed).digest()
        self.scalar = (int.from_bytes(digest[:32], "little") & ~7 & (1 << 254) - 1) | 1 << 254
        self.prefix, self.name = digest[32:], name
        self.public = encoded(multiple(self.scalar))
        key = b"\x01" + self.public
        self.hash = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
        self.key = f"{name}+{self.hash.hex()}+{base64.b64encode(key).decode()}"

    def sign(self, message):
        r = int.from_bytes(hashlib.sha512(self.prefix + message).digest(), "little") % L
        point = encoded(multiple(r))
        k = int.from_bytes(hashlib.sha512(point + self.public + message).digest(), "little") % L
        return point + ((r + k * self.scalar) % L).to_bytes(32, "little")

    def note(self, text):
        signature = base64.b64encode(self.hash + self.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n"


# --- the log ---

def record_hash(text):
    return hashlib.sha256(b"\0" + text).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tile_path(level, number, width):
    groups, n = [f"{number % 1000:03d}"], number // 1000
    while n:
        groups.insert(0, f"x{n % 1000:03d}")
        n //= 1000
    return f"tile/8/{level}/" + "/".join(groups) + ("" if width == 256 else f".p/{width}")


class Log:
    """Records and the hashes over them: rows[l][i] is that of the records i << l to (i + 1) << l."""

    def __init__(self, signer=None):
        self.signer = signer or Signer()
        self.records, self.rows = [], [[]]

    def append(self, text):
        self.records.append(text)
        self.rows[0].append(record_hash(text))
        level = 0
        while len(self.rows[level]) % 2 == 0:
            if len(self.rows) == level + 1:
                self.rows.append([])
            self.rows[level + 1].append(node_hash(*self.rows[level][-2:]))
            level += 1
        return len(self.records) - 1

    def root(self, size):
        """Of the tree of the first `size` records."""
        if size == 0:
            return hashlib.sha256(b"").digest()
        root, end = None, size
        for level in range(size.bit_length()):
            if size >> level & 1:
                left = self.rows[level][(end >> level) - 1]
                root = left if root is None else node_hash(left, root)
                end -= 1 << level
        return root

    def head(self, size=None):
        """The signed tree head."""
        size = len(self.records) if size is None else size
        return self.signer.note(f"go.sum database tree\n{size}\n{base64.b64encode(self.root(size)).decode()}\n")

    def tile(self, level, number, width):
        return b"".join(self.rows[8 * level][number * 256:number * 256 + width])

    def tiles(self, size):
        """(level, number, width) of every tile of the tree of that size."""
        level = 0
        while size >> 8 * level:
            hashes = size >> 8 * level
            for number in range(hashes >> 8):
                yield level, number, 256
            if hashes % 256:
                yield level, hashes >> 8, hashes % 256
            level += 1

    def lookup(self, number, head):
        return str(number).encode() + b"\n" + self.records[number] + b"\n" + head.encode()


# --- the database of a module proxy ---

def unescaped(text):
    return re.sub("!([a-z])", lambda m: m.group(1).upper(), text)


def h1(pairs):
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(pairs))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


def zip_h1(stem):
    if os.path.exists(f"{stem}.ziphash"):
        return Path(f"{stem}.ziphash").read_text().strip()
    try:
        with zipfile.ZipFile(f"{stem}.zip") as z:
            return h1([(i.filename, z.read(i)) for i in z.infolist()])
    except (OSError, zipfile.BadZipFile):
        return None


def record_of(path, version, stem):
    """The text of the record of a module version, from its files `stem`.mod and .zip. A missing .mod is the shortest one."""
    hashed, lines = zip_h1(stem), ""
    mod = Path(f"{stem}.mod").read_bytes() if os.path.exists(f"{stem}.mod") else f"module {path}\n".encode()
    if hashed:
        lines = f"{path} {version} {hashed}\n"
    return (lines + f"{path} {version}/go.mod {h1([('go.mod', mod)])}\n").encode()


def modules_of(tree):
    """(path, version, stem) of every .mod or .zip of a module proxy."""
    for stem in sorted({str(f)[:-4] for kind in ("mod", "zip") for f in Path(tree).rglob(f"@v/*.{kind}")}):
        path, version = str(Path(stem).relative_to(tree)).split("/@v/")
        yield unescaped(path), unescaped(version), stem


class Database:
    """A log as static files in `top`; what it consists of is kept in top/records."""

    def __init__(self, top, signer=None, filler=0):
        self.top, self.log, self.newest = Path(top), Log(signer), {}
        self.sizes = set()
        state = self.top / "records"
        if state.exists():
            sizes, _, texts = state.read_bytes().partition(b"\n\n")
            self.sizes = {int(n) for n in sizes.split()}
            for text in texts.split(b"\n\n")[:-1]:
                self.add(text + b"\n")
        self.fill(0 if state.exists() else filler)

    def fill(self, count):
        """Appends records of no module of the proxy."""
        for _ in range(count):
            self.add(f"filler.example/m{len(self.log.records)} v1.0.0 h1:x\n".encode())

    def add(self, text):
        """Appends a record, unless it is the newest of its module already."""
        name = tuple(text.split()[:2]) if not text.split()[1].endswith(b"/go.mod") else (
            text.split()[0], text.split()[1].removesuffix(b"/go.mod"))
        if name in self.newest and self.log.records[self.newest[name]] == text:
            return False
        self.newest[name] = self.log.append(text)
        return True

    def add_tree(self, tree):
        for path, version, stem in modules_of(tree):
            self.add(record_of(path, version, stem))

    def put(self, name, content):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".new")  # somebody may be reading
        temporary.write_bytes(content)
        temporary.replace(path)

    def publish(self, head=None):
        """Writes every file for the newest head. Lookups carry `head` where it is given."""
        size = len(self.log.records)
        self.sizes.add(size)
        for level, number, width in self.log.tiles(size):
            if width < 256 or not (self.top / tile_path(level, number, width)).exists():
                self.put(tile_path(level, number, width), self.log.tile(level, number, width))
        head = head or self.log.head()
        for (path, version), number in self.newest.items():
            name = re.sub("[A-Z]", lambda m: "!" + m.group().lower(), f"{path.decode()}@{version.decode()}")
            if not path.startswith(b"filler.example/"):
                self.put(f"lookup/{name}", self.log.lookup(number, head))
        self.put("latest", head.encode())
        self.put("records", " ".join(map(str, sorted(self.sizes))).encode() + b"\n\n" +
                 b"".join(r + b"\n" for r in self.log.records))
        self.put("supported", b"")


def serve_tree(tree, filler=0, into=None, signer=None):
    """Makes or continues the database of a module proxy, in its sumdb/ folder or another place; returns it."""
    database = Database(into or Path(tree) / "sumdb" / NAME, signer, filler)
    fresh = not database.sizes
    database.add_tree(tree)
    database.fill(filler if fresh else 0)
    database.publish()
    return database


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", nargs="?")
    parser.add_argument("--filler", type=int, default=0)
    parser.add_argument("--seed")
    parser.add_argument("--key", action="store_true")
    args = parser.parse_args()
    signer = Signer(seed=hashlib.sha256(args.seed.encode()).digest() if args.seed else SEED)
    if args.key:
        print(signer.key)
    elif args.tree:
        serve_tree(args.tree, args.filler, signer=signer)
    else:
        parser.error("name a tree")


if __name__ == "__main__":
    main()
