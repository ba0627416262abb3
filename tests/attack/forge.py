"""Makes bundles byte by byte, also ones that no packer would write, and signs them.

`forge` builds a whole bundle from modules; each stage can be changed by a function, and what follows it is made to fit:
the manifest describes the changed payload, frames and seek table are those of the changed manifest, and the signature
holds. So a bundle lies in one place only. Follows docs/format-bundle.md by the code of tests/reader; frames are written
here in stored and RLE blocks, so that no compressor is needed.
"""
import base64, collections, functools, hashlib, struct, sys
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "reader"), str(TESTS / "sumdb")]
import bundle_reader as reader, testdb  # noqa: E402

MIB = 1 << 20
TIME = "2023-05-06T07:08:09Z"


# --- signatures in minisign's format ---

class Key:
    """A minisign key pair; the same for the same name."""

    def __init__(self, name):
        self.signer = testdb.Signer(name, hashlib.sha256(b"key of " + name.encode()).digest())
        self.public, self.id = self.signer.public, hashlib.sha256(name.encode()).digest()[:8]
        self.stem = hashlib.sha256(self.public).hexdigest()[:16]

    def public_file(self):
        return "untrusted comment: for tests\n" + base64.b64encode(b"Ed" + self.id + self.public).decode() + "\n"

    def sign(self, message, comment=b"for tests", algorithm=b"ED", untrusted=b"for tests"):
        signed = hashlib.blake2b(message).digest() if algorithm == b"ED" else message
        signature = self.signer.sign(signed)
        return (b"untrusted comment: " + untrusted + b"\n" + base64.b64encode(algorithm + self.id + signature) +
                b"\ntrusted comment: " + comment + b"\n" + base64.b64encode(self.signer.sign(signature + comment)) + b"\n")


@functools.lru_cache(maxsize=None)
def key(name):
    return Key(name)


# --- what a bundle is made of ---

@dataclass
class Module:
    path: str
    version: str = "v1.0.0"
    files: list = field(default_factory=list)  # (name, content); of a module in form zip only to make the zip from
    zip: bytes = None                          # form zip where it is there
    only_mod: bool = False
    mod: bytes = None
    facts: tuple = None                        # (h1, files, size) where they are not to be those of the content
    held: str = None                           # its form in the full bundle, where this one leaves it out

    def text(self):
        return f"module {self.path}\n".encode() if self.mod is None else self.mod

    def described(self):
        """(h1, files, size) for the manifest."""
        if self.facts:
            return self.facts
        prefix = f"{self.path}@{self.version}/"
        lines = sorted((prefix.encode() + raw(n), hashlib.sha256(c).hexdigest().encode()) for n, c in self.files)
        text = b"".join(digest + b"  " + name + b"\n" for name, digest in lines)
        h1 = "h1:" + base64.b64encode(hashlib.sha256(text).digest()).decode()
        return h1, len(self.files), sum(len(c) for _, c in self.files)


@dataclass
class Member:
    name: bytes
    content: bytes
    group: tuple        # what it belongs to: ("base",), ("sumdb",), ("mod", i), ("attachment", i) or ("content", i)
    header: bytes = None  # instead of the right one
    padding: bytes = None

    def bytes(self):
        header = tar_header(self.name, len(self.content)) if self.header is None else self.header
        padding = bytes(-len(self.content) % 512) if self.padding is None else self.padding
        return header + self.content + padding


def raw(name):
    return name if isinstance(name, bytes) else name.encode()


def tar_header(name, size, kind=b"0"):
    """As bundle_reader.make_header, for any bytes as a name."""
    return reader.lay_out(name, size, kind)


def patched(block, changes):
    """A ustar block with bytes put at offsets, and the checksum made right again."""
    block = bytearray(block)
    for at, data in changes.items():
        block[at:at + len(data)] = data
    if 148 not in changes:
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


# --- zstd frames ---

def block(kind, size, data, last=False):
    return (size << 3 | kind << 1 | last).to_bytes(3, "little") + data


def frame_header(size):
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", size)


def stored(data):
    """A frame of stored blocks; runs of one byte as RLE blocks."""
    out = [frame_header(len(data))]
    for at in range(0, len(data), reader.BLOCK):
        piece = data[at:at + reader.BLOCK]
        last = at + len(piece) == len(data)
        run = piece.count(piece[:1]) == len(piece)
        out.append(block(1, len(piece), piece[:1], last) if run else block(0, len(piece), piece, last))
    return b"".join(out)


def parts(*stretches):
    """The payload cut into frames."""
    for part in stretches:
        for at in range(0, len(part), reader.FRAME_MAX):
            yield part[at:at + reader.FRAME_MAX]


# --- the checksum database ---

def proofs(modules, log, name, size=None, older=(), records=None):
    """Members sumdb/..., in order. `records` gives the number of each module's record."""
    size = size or len(log.records)
    head = log.head(size)
    prefix = f"sumdb/{name}/"
    members = [Member(raw(f"{prefix}lookup/{reader.escape(m.path)}@{reader.escape(m.version)}"),
                      log.lookup(n, head), ("sumdb",)) for m, n in zip(modules, records)]
    nodes = [(0, n) for n in records]
    for old in older:
        nodes += reader.subtrees(old)
    for tile in reader.tiles_needed(size, nodes):
        members.append(Member(raw(prefix + reader.tile_name(tile)), log.tile(*tile), ("sumdb",)))
    return members, head


# --- the bundle ---

def members_of(modules, attachments):
    found = [Member(raw(f"meta/{reader.escape(m.path)}/@v/{reader.escape(m.version)}.mod"), m.text(), ("mod", i))
             for i, m in enumerate(modules)]
    found += [Member(b"attachments/" + raw(n), c, ("attachment", i)) for i, (n, c) in enumerate(attachments)]
    for i, m in enumerate(modules):
        where = f"{reader.escape(m.path)}@{reader.escape(m.version)}"
        if m.held:
            continue
        if m.zip is not None:
            found.append(Member(raw(f"zip/{where}.zip"), m.zip, ("content", i)))
        elif not m.only_mod:
            found += [Member(raw(f"src/{where}/") + raw(n), c, ("content", i)) for n, c in m.files]
    return found


def spans(members, groups):
    """{group: [offset, length]}; groups without members begin where the one before ended."""
    found, at, sizes = {}, 0, collections.Counter()
    for m in members:
        sizes[m.group] += len(m.bytes())
    for group in groups:
        found[group] = [at, sizes[group]]
        at += sizes[group]
    return found, at


def manifest_of(modules, attachments, where, sumdb):
    content, origin, places = [], [], []
    for i, m in enumerate(modules):
        entry = {"path": m.path, "version": m.version, "mod_h1": reader.h1({"go.mod": reader.sha256(m.text())})}
        place = {"mod": where["mod", i]}
        if m.only_mod:
            entry["only_mod"] = True
        else:
            entry["h1"], entry["files"], entry["size"] = m.described()
            place |= {"form": "held", "full": m.held} if m.held else {
                "content": where["content", i], "form": "files" if m.zip is None else "zip"}
        content.append(entry)
        places.append(place)
        origin.append({"time": TIME} | ({"log_index": sumdb["records"][i]} if sumdb else {"not_covered": "made for a test"}))
    payload = {"attachments": [{"media_type": "text/plain", "name": n, "sha256": reader.sha256(c), "size": len(c)}
                               for n, c in attachments], "modules": places}
    provenance = {"modules": origin}
    if where["base",][1]:
        payload["base"] = where["base",]
    if sumdb:
        payload["sumdb"] = {"name": sumdb["name"], "older": sumdb.get("older", []), "range": where["sumdb",]}
        provenance["tree_head"] = sumdb["head"]
    return {"format": "modferry-bundle/1", "requires": sorted({p["form"] for p in places if "form" in p}),
            "content": {"go": "1.21", "level": "build", "modules": content, "platforms": [], "tags": [], "toolchains": [],
                        "roots": [{"path": "example.com/app", "go_mod": "e3" * 32}]},
            "statement": {"created": TIME, "queries": [], "tool": "forge", "zstd": "0",
                          "roots": [{"commands": ["go build ./..."]}]},
            "provenance": provenance, "payload": payload}


def frames_of(pieces, encode):
    encoded = [encode(i, piece) for i, piece in enumerate(pieces)]
    records, at = [], 0
    for piece, data in zip(pieces, encoded):
        records.append({"offset": at, "raw_sha256": reader.sha256(piece), "raw_size": len(piece),
                        "sha256": reader.sha256(data), "size": len(data)})
        at += len(piece)
    return records, encoded


def head_frame(members):
    tar = b"".join(m.bytes() for m in members)
    out = [frame_header(len(tar))]
    for at in range(0, len(tar), reader.BLOCK):
        piece = tar[at:at + reader.BLOCK]
        out.append(block(0, len(piece), piece, at + len(piece) == len(tar)))
    return b"".join(out), len(tar)


def seek_table(head, tar, frames):
    sizes = [(len(head), tar)] + [(f["size"], f["raw_size"]) for f in frames]
    return (struct.pack("<II", 0x184D2A5E, 8 * len(sizes) + 9) + b"".join(struct.pack("<II", *(n & 0xffffffff for n in s)) for s in sizes) +
            struct.pack("<IBI", len(sizes), 0, 0x8F92EAB1))


def same(x):
    return x


@dataclass
class Pieces:
    """A bundle in the pieces that it has in the file."""
    head: bytes
    tar: int
    text: bytes
    frames: list
    records: list
    table: bytes

    def join(self):
        return b"".join([self.head, *self.frames, self.table])


def forge(modules, attachments=(), sumdb=None, edit_members=same, part_one=same, part_two=same, end=bytes(1024),
          encode=lambda i, piece: stored(piece), edit=lambda m: None, edit_text=same, sign=None, edit_head=same,
          signers=("insider",), whole=Pieces.join):
    """The bytes of a bundle. Stages in their order: `edit_members` (list of Member), `part_one` and `part_two` (bytes of
    tar), `encode` (number, piece -> frame), `edit` (manifest, in place), `edit_text` (its bytes), `sign` (text -> list of
    (stem, signature file)), `edit_head` (list of Member), `whole` (Pieces -> bytes)."""
    members = list(sumdb["members"] if sumdb else []) + members_of(modules, attachments)
    members = edit_members(members)
    groups = [("base",), ("sumdb",)] + [("mod", i) for i in range(len(modules))]
    groups += [("attachment", i) for i in range(len(attachments))] + [("content", i) for i in range(len(modules))]
    where, size = spans(members, groups)
    lists = b"".join(m.bytes() for m in members if m.group[0] == "base")
    first = part_one(b"".join(m.bytes() for m in members if m.group[0] not in ("base", "content")))
    second = part_two(b"".join(m.bytes() for m in members if m.group[0] == "content") + end)
    manifest = manifest_of(modules, attachments, where, sumdb)
    manifest["payload"]["size"] = size + 1024
    manifest["frames"], frames = frames_of(list(parts(lists, first, second)), encode)
    edit(manifest)
    text = edit_text(reader.canonical(manifest))
    signatures = sign(text) if sign else [(key(s).stem, key(s).sign(text)) for s in signers]
    head_members = [Member(b"manifest.json", text, ())]
    head_members += [Member(f"signatures/{stem}.minisig".encode(), s, ()) for stem, s in sorted(signatures)]
    head, tar = head_frame(edit_head(head_members))
    table = seek_table(head, tar, manifest.get("frames") or [])
    return whole(Pieces(head, tar, text, frames, manifest.get("frames") or [], table))
