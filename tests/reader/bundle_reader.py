#!/usr/bin/env python3
"""Reads and checks a bundle of format 1 as docs/format-bundle.md has it.

Shares no code with modferry: the Python standard library, and the program zstd
for decompression. It checks everything but signatures; verify those with
minisign over the file that --manifest writes.

    bundle_reader.py [--base TREE] [--extract DIR] [--manifest FILE] [--signature-dir DIR] BUNDLE

--base names the proxy tree that a difference was made from.

Prints a summary as JSON. Exits with 1 and a message where the bundle is not as
the document says.
"""
import argparse
import base64
import hashlib
import io
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

MIB = 1 << 20
FRAME_MAX = 16 * MIB
BLOCK = 131072
HEX = re.compile(r"[0-9a-f]{64}")
PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9]+")
TIME_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
VERSION = re.compile(
    r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(\+incompatible)?", re.ASCII)


class Refused(Exception):
    """The bundle is not as documented."""


def need(truth, *what):
    if not truth:
        raise Refused(" ".join(str(w) for w in what))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def h1(files):
    """Go's hash of {name: digest in hex}; names sorted by their bytes."""
    lines = "".join(f"{files[name]}  {name}\n" for name in sorted(files, key=lambda n: n.encode()))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


class Input:
    """The file, read forwards only."""

    def __init__(self, stream):
        self.stream = stream

    def take(self, n, what):
        data = self.stream.read(n)
        need(len(data) == n, "truncated: the file ends in", what)
        return data


# Section 2: the head frame

def read_head(source):
    start = source.take(9, "the head")
    need(start[:5] == b"\x28\xb5\x2f\xfd\xa0", "not a bundle: other first bytes")
    size, = struct.unpack("<I", start[5:])
    need(size % 512 == 0 and 1024 <= size <= 512 + 8 * MIB + 64 * (512 + 4096), "head: content size", size)
    tar, frame_size = b"", 9 + size
    while len(tar) < size:
        n = min(BLOCK, size - len(tar))
        header = source.take(3, "the head")
        want = n * 8 + (len(tar) + n == size)
        need(int.from_bytes(header, "little") == want, "head: a block has another header")
        frame_size += 3
        tar += source.take(n, "the head")
    return tar, frame_size


def head_members(tar):
    """[(name, content)] of a tar without end mark."""
    found, reader = [], TarReader()
    reader.on_member = lambda name, size, offset: found.append((name, bytearray()))
    reader.on_data = lambda data: found[-1][1].extend(data)
    reader.feed(tar)
    need(reader.between_members() and not reader.ended, "head: its tar is not whole, or has an end mark")
    return [(name, bytes(content)) for name, content in found]


def check_head(members):
    need(members and members[0][0] == "manifest.json", "not a bundle: the first member is not manifest.json")
    need(1 <= len(members[0][1]) <= 8 * MIB, "manifest.json: size")
    names = [name for name, _ in members[1:]]
    need(len(names) <= 64, "head: more than 64 signatures")
    need(all(a < b for a, b in zip(names, names[1:])), "head: signatures out of order or double")
    for name, content in members[1:]:
        need(re.fullmatch(r"signatures/[0-9a-f]{16}\.minisig", name), "head: member", repr(name))
        need(len(content) <= 4096, name, "is larger than 4096 bytes")


# Section 3: the tar stream

def ustar(name, prefix, size, kind):
    block = bytearray(512)

    def put(at, data):
        block[at:at + len(data)] = data
    put(0, name)
    put(100, b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % size + b"00000000000\0" + b" " * 8 + kind)
    put(257, b"ustar\x0000")
    put(329, b"0000000\0" * 2)
    put(345, prefix)
    put(148, b"%06o\0 " % sum(block))
    return bytes(block)


def record(key, value):
    bare = len(key) + len(value) + 3
    n = bare + 1
    while bare + len(str(n)) != n:
        n += 1
    return b"%d %s=%s\n" % (n, key, value)


def make_header(name, size):
    """The one possible header."""
    raw = name.encode()
    need(1 <= len(raw) <= 1024, "member name of", len(raw), "bytes")
    need(all(element not in ("", ".", "..") for element in name.split("/")), "member name", repr(name))
    need(not re.search(r"[\x00-\x1f\x7f]", name), "member name", repr(name))
    return lay_out(raw, size, b"0")


def lay_out(raw, size, kind):
    pax, prefix, field = b"", b"", raw
    if len(raw) > 100:
        slash = raw.find(b"/", len(raw) - 101)
        if 0 <= slash <= 155 and slash + 1 < len(raw):
            prefix, field = raw[:slash], raw[slash + 1:]
        else:
            pax, field = record(b"path", raw), b"pax/path"
    shown = size
    if size >= 8589934592:
        pax, shown = pax + record(b"size", b"%d" % size), 0
    return pax_block(pax) + ustar(field, prefix, shown, kind)


def pax_block(records, kind=b"x"):
    if not records:
        return b""
    return ustar(b"pax/records", b"", len(records), kind) + records + bytes(-len(records) % 512)


class TarReader:
    """Fed in pieces; calls on_member, on_data, on_end."""

    def __init__(self):
        self.buf, self.at, self.left, self.padding = b"", 0, 0, 0
        self.in_member = self.ended = False
        self.on_member = self.on_data = self.on_end = lambda *args: None

    def between_members(self):
        return not self.in_member and not self.buf

    def feed(self, data):
        self.buf += data
        while self.buf:
            if self.in_member:
                self.member_bytes()
            elif not self.header():
                return

    def consume(self, n):
        data, self.buf = self.buf[:n], self.buf[n:]
        self.at += n
        return data

    def member_bytes(self):
        if self.left:
            data = self.consume(min(self.left, len(self.buf)))
            self.left -= len(data)
            self.on_data(data)
        if not self.left and self.padding:
            data = self.consume(min(self.padding, len(self.buf)))
            need(not any(data), "tar: padding before byte", self.at, "is not zero")
            self.padding -= len(data)
        if not self.left and not self.padding:
            self.in_member = False
            self.on_end()

    def header(self):
        """False where more bytes are needed."""
        need(not self.ended, "tar: bytes after the end mark")
        if self.buf[0] == 0:
            if len(self.buf) < 1024:
                return False
            need(not any(self.consume(1024)), "tar: neither a header nor the end mark before byte", self.at)
            self.ended = True
            return True
        if len(self.buf) < 512:
            return False
        length, records = 512, {}
        if self.buf[156:157] == b"x":
            n = self.octal(self.buf)
            need(n <= 1536, "tar: pax records of", n, "bytes")
            length = 1024 + n + -n % 512
            if len(self.buf) < length:
                return False
            records = self.records(self.buf[512:512 + n])
        block = self.buf[length - 512:length]
        name, prefix = block[:100].split(b"\0")[0], block[345:500].split(b"\0")[0]
        raw = records.get(b"path", prefix + b"/" + name if prefix else name)
        size = int(records.get(b"size", b"%d" % self.octal(block)))
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            raise Refused(f"tar: name {raw!r} is not UTF-8") from None
        need(make_header(name, size) == self.buf[:length], "tar: byte", self.at, "another header than", repr(name), "has")
        offset = self.at
        self.consume(length)
        self.in_member, self.left, self.padding = True, size, -size % 512
        self.on_member(name, size, offset)
        if size == 0:
            self.in_member = False
            self.on_end()
        return True

    def octal(self, block):
        need(re.fullmatch(rb"[0-7]{11}", block[124:135]), "tar: byte", self.at, "size field")
        return int(block[124:135], 8)

    def records(self, data):
        found = {}
        while data:
            match = re.match(rb"(\d+) (path|size)=", data)
            need(match and len(match[0]) < int(match[1]) <= len(data), "tar: byte", self.at, "pax record")
            found[match[2]] = data[match.end():int(match[1]) - 1]
            data = data[int(match[1]):]
        need(found.get(b"size", b"0").isdigit(), "tar: byte", self.at, "pax size")
        return found


# Section 6: manifest.json

def check_value(value, depth=0):
    if isinstance(value, (dict, list)):
        need(depth < 8, "manifest: nested more than 8 deep")
        for item in value.values() if isinstance(value, dict) else value:
            check_value(item, depth + 1)
        for key in value if isinstance(value, dict) else ():
            need(re.fullmatch(r"[ -~]*", key), "manifest: key", repr(key))
    elif isinstance(value, str):
        need(not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", value), "manifest: control character in", repr(value))
    elif isinstance(value, int) and not isinstance(value, bool):
        need(abs(value) < 1 << 53, "manifest: number", value)


def unique(pairs):
    need(len({key for key, _ in pairs}) == len(pairs), "manifest: a key comes twice")
    return dict(pairs)


def no_float(text):
    raise Refused(f"manifest: number {text}")


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def parse_manifest(text):
    outside = re.sub(rb'"(?:[^"\\]|\\.)*"?', b"", text, flags=re.DOTALL)
    need(sum(outside.count(c) for c in (b"[", b"{", b",")) <= 1 << 18, "limit: manifest: too many values")
    depth = 0
    for c in outside:
        depth += (c in b"[{") - (c in b"]}")
        need(depth <= 8, "manifest: nested more than 8 deep")
    try:
        value = json.loads(text.decode(), object_pairs_hook=unique, parse_float=no_float, parse_constant=no_float)
        check_value(value)
        need(canonical(value) == text, "manifest: not canonical JSON")
    except (UnicodeError, ValueError, RecursionError) as why:
        raise Refused(f"manifest: {why}") from None
    need(isinstance(value, dict), "manifest: not an object")
    return value


def check_text(what, value, lines=False):
    need(isinstance(value, str) and (lines or "\n" not in value), what, "is not one line of text")


def check_number(what, value):
    need(isinstance(value, int) and not isinstance(value, bool) and value >= 0, what, "is not a number of 0 or more")


def check_span(what, value):
    need(isinstance(value, list) and len(value) == 2, what, "is not [offset, length]")
    for number in value:
        check_number(what, number)


def check_list(what, value):
    need(isinstance(value, list), what, "is not an array")


def check_texts(what, value):
    check_list(what, value)
    for item in value:
        check_text(what, item)


TEXT, NUMBER, SPAN, LIST, TEXTS = check_text, check_number, check_span, check_list, check_texts


def check_fields(what, value, always, maybe, open_ended=False):
    need(isinstance(value, dict), what, "is not an object")
    for name, check in {**always, **maybe}.items():
        if name not in value:
            need(name not in always, what, "lacks", name)
            continue
        check(f"{what}.{name}", value[name])
        need(name in always or value[name], what, name, "should be left out")
    for name in value:
        need(open_ended or name in always or name in maybe, what, "unsupported: unknown field", name)


def check_sorted(what, items):
    need(all(a < b for a, b in zip(items, items[1:])), what, "out of order or double")


def encoded(*texts):
    return tuple(text.encode() for text in texts)


def check_true(what, value):
    need(value is True, what, "is not true")


def version_key(version):
    match = VERSION.fullmatch(version)
    need(match, "version", repr(version), "is not canonical")
    parts = []
    for part in (match[4] or "")[1:].split(".") if match[4] else ():
        need(part and not re.fullmatch(r"0\d+", part), "version", repr(version))
        parts.append((0, int(part), "") if part.isdigit() else (1, 0, part))
    return (int(match[1]), int(match[2]), int(match[3]), not parts, parts, version)


def check_module_path(path):
    need(re.fullmatch(r"[-A-Za-z0-9._~/]+", path) and "." in path.split("/")[0], "module path", repr(path))
    for element in path.split("/"):
        need(element and not element.startswith(".") and not element.endswith("."), "module path", repr(path))


def check_content(content):
    check_fields("content", content, {"go": TEXT, "level": TEXT, "modules": LIST, "platforms": TEXTS, "roots": LIST,
                                      "tags": TEXTS, "toolchains": TEXTS}, {})
    need(re.fullmatch(r"1(\.\d+)*((rc|beta)\d+)?", content["go"]), "content.go")
    need(content["level"] in ("build", "test", "tidy", "all"), "content.level")
    for name in ("platforms", "tags", "toolchains"):
        check_sorted(f"content.{name}", [item.encode() for item in content[name]])
    need(all(PLATFORM.fullmatch(p) for p in content["platforms"]), "content.platforms")
    zips = {(m["path"], m["version"]) for m in content["modules"] if not m.get("only_mod")}
    for name in content["toolchains"]:
        need(re.fullmatch(r"go1[.0-9a-z]*\.[a-z0-9]+-[a-z0-9]+", name), "content.toolchains", repr(name))
        need(("golang.org/toolchain", f"v0.0.1-{name}") in zips, "content.toolchains", name, "is not among the modules")
    need(content["level"] != "all" or not content["platforms"] + content["tags"], "content: platforms at level all")
    files = ("go_mod", "go_sum", "go_work", "go_work_sum")
    for root in content["roots"]:
        check_fields("root", root, {"path": TEXT}, {"version": TEXT, **{name: TEXT for name in files}})
        need(("version" in root) != ("go_mod" in root), "root", root, "version or go_mod")
        need("version" not in root or not any(name in root for name in files), "root", root)
        need(all(HEX.fullmatch(root[name]) for name in files if name in root), "root", root)
    check_sorted("content.roots", [encoded(*(r.get(k, "") for k in ("path", "version", *files))) for r in content["roots"]])
    for module in content["modules"]:
        contents = {} if module.get("only_mod") else {"files": NUMBER, "h1": TEXT, "size": NUMBER}
        check_fields("module", module, {"mod_h1": TEXT, "path": TEXT, "version": TEXT, **contents},
                     {"only_mod": check_true})
        check_module_path(module["path"])
        need(module.get("size", 0) <= 500 * MIB, "limit: module", module["path"], "is too large")
    check_sorted("content.modules", [(m["path"].encode(), version_key(m["version"])) for m in content["modules"]])


def check_rehearsed(what, value):
    check_fields(what, value, {"go": TEXT, "platform": TEXT, "runs": LIST, "time": TEXT, "tool": TEXT},
                 {"settings": TEXTS}, open_ended=True)
    need(value["go"] and PLATFORM.fullmatch(value["platform"]) and TIME_UTC.fullmatch(value["time"]), what, value)
    for run in value["runs"]:
        check_fields(what, run, {"command": TEXT, "result": TEXT}, {"platform": TEXT, "ran": TEXT, "why": TEXT},
                     open_ended=True)
        need(run["result"] in ("ok", "failed", "skipped") and ("why" in run) == (run["result"] != "ok"), what, run)
        need("platform" not in run or PLATFORM.fullmatch(run["platform"]), what, run)


def check_statement(statement, roots):
    check_fields("statement", statement, {"roots": LIST, "created": TEXT, "queries": TEXTS, "tool": TEXT, "zstd": TEXT},
                 {"channel": TEXT, "counter": NUMBER, "expires": TEXT}, open_ended=True)
    need(len(statement["roots"]) == len(roots), "statement.roots: number")
    for entry in statement["roots"]:
        check_fields("statement", entry, {"commands": TEXTS}, {"missing_sums": TEXTS, "rehearsed": check_rehearsed},
                     open_ended=True)
        need(entry.get("missing_sums") != [], "statement: missing_sums is empty")
    need(all(TIME_UTC.fullmatch(statement[k]) for k in ("created", "expires") if k in statement), "statement: time")


def check_provenance(provenance, modules):
    check_fields("provenance", provenance, {"modules": LIST},
                 {"tree_head": lambda what, value: check_text(what, value, lines=True)}, open_ended=True)
    need(len(provenance["modules"]) == len(modules), "provenance.modules: number")
    for entry, module in zip(provenance["modules"], modules):
        index = {"log_index": NUMBER} if "tree_head" in provenance and "not_covered" not in entry else {}
        check_fields("provenance", entry, index, {k: TEXT for k in (
            "deprecated", "not_covered", "retracted", "source", "time", "zip_sha256")}, True)
        need(index or "log_index" not in entry, "provenance: log_index of what is not proved")
        need("time" not in entry or TIME.fullmatch(entry["time"]), "provenance: time")
        need("zip_sha256" not in entry or (HEX.fullmatch(entry["zip_sha256"]) and not module.get("only_mod")),
             "provenance: zip_sha256")


def check_payload(payload, modules):
    """Returns the size of part one."""
    check_fields("payload", payload, {"attachments": LIST, "modules": LIST, "size": NUMBER},
                 {"base": SPAN, "sumdb": lambda what, value: None})
    need(len(payload["modules"]) == len(modules), "payload.modules: number")
    at = 0

    def join(span, least):
        nonlocal at
        need(span[0] == at and span[1] % 512 == 0 and span[1] >= least, "payload: range", span, "at", at)
        at += span[1]
    if "base" in payload:
        join(payload["base"], 1024)
        need(payload["base"][1] <= 32 * MIB, "limit: payload.base")
    if "sumdb" in payload:
        join(payload["sumdb"]["range"], 2048)
    for entry, module in zip(payload["modules"], modules):
        held = entry.get("form") == "held"
        contents = {} if module.get("only_mod") else {"form": TEXT, **({"full": TEXT} if held else {"content": SPAN})}
        need(not held or entry.get("full") in ("files", "zip"), "payload: full", entry)
        check_fields("payload.modules", entry, {"mod": SPAN, **contents}, {})
        join(entry["mod"], 512)
    for entry in payload["attachments"]:
        check_fields("attachment", entry, {"media_type": TEXT, "name": TEXT, "sha256": TEXT, "size": NUMBER}, {})
        need(HEX.fullmatch(entry["sha256"]) and entry["media_type"] and "/" not in entry["name"], "attachment", entry)
        at += len(make_header("attachments/" + entry["name"], entry["size"])) + entry["size"] + -entry["size"] % 512
    check_sorted("payload.attachments", [entry["name"].encode() for entry in payload["attachments"]])
    part_one = at
    for entry, module in zip(payload["modules"], modules):
        if not module.get("only_mod") and entry["form"] != "held":
            need(entry["form"] in ("files", "zip"), "payload: form", entry["form"])
            join(entry["content"], module["size"] + 512 * module["files"] if entry["form"] == "files" else 512)
    need(payload["size"] == at + 1024, "payload.size", payload["size"], "is not", at + 1024)
    return part_one


def check_sumdb(manifest):
    """The fields of payload.sumdb; returns the head's size and root."""
    sumdb, provenance = manifest["payload"]["sumdb"], manifest["provenance"]
    check_fields("payload.sumdb", sumdb, {"name": TEXT, "older": LIST, "range": SPAN}, {})
    elements = sumdb["name"].split("/")
    need(len(sumdb["name"]) <= 255 and all(re.fullmatch(r"[A-Za-z0-9._~:-]+", e) and e not in (".", "..") for e in elements),
         "payload.sumdb: name", sumdb["name"])
    need(any("not_covered" not in entry for entry in provenance["modules"]), "payload.sumdb covers nothing")
    head = re.match(r"go\.sum database tree\n(0|[1-9]\d*)\n([A-Za-z0-9+/]{43}=)\n", provenance.get("tree_head", ""))
    need(head and 0 < int(head[1]) < 2**53, "provenance.tree_head")
    need(len(sumdb["older"]) <= 4096 and sumdb["range"][1] <= 64 * MIB, "limit: payload.sumdb")
    last = 0
    for older in sumdb["older"]:
        check_fields("payload.sumdb.older", older, {"root": TEXT, "size": NUMBER}, {})
        need(last < older["size"] < int(head[1]), "payload.sumdb.older: size", older["size"])
        need(re.fullmatch("[A-Za-z0-9+/]{43}=", older["root"]), "payload.sumdb.older: root")
        last = older["size"]
    return int(head[1]), base64.b64decode(head[2])


# Section 6, payload.sumdb: what the tiles are, and what they prove. Nodes are (level, index).

def subtrees(size):
    at = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            yield level, at >> level
            at += 1 << level


def tile_over(node, up, size):
    """(level, number, width) of the tile `up` levels above the node's own, in a tree of that size; None past its edge."""
    level, index = node
    tile_level = level // 8 + up
    number = index << level % 8 >> 8 * (up + 1)
    there = (size >> 8 * tile_level) - 256 * number
    return (tile_level, number, min(there, 256)) if there > 0 else None


def tiles_needed(size, nodes):
    found = []
    for node in subtrees(size):
        tile = tile_over(node, 0, size)
        if tile not in found:
            found.append(tile)
    known = set(found)
    for node in nodes:
        path = []
        while (tile := tile_over(node, len(path), size)) not in known:
            path.append(tile)
        found += reversed(path)
        known.update(path)
    return found


def tile_name(tile):
    level, number, width = tile
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    return f"tile/8/{level}/" + "".join(f"x{g}/" for g in groups[:-1]) + groups[-1] + ("" if width == 256 else f".p/{width}")


def joined(hashes):
    """Root of the complete subtree over them."""
    while len(hashes) > 1:
        hashes = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2])]
    return hashes[0]


class Proof:
    """The members of payload.sumdb. The signature is not checked: the key is not in the bundle, and no part of the format."""

    def __init__(self, manifest):
        self.size, self.root = check_sumdb(manifest)
        self.head = manifest["provenance"]["tree_head"]
        self.older = manifest["payload"]["sumdb"]["older"]
        pairs = zip(manifest["content"]["modules"], manifest["provenance"]["modules"])
        self.modules = [{**m, **p} for m, p in pairs if "not_covered" not in p]
        self.prefix = "sumdb/" + manifest["payload"]["sumdb"]["name"] + "/"
        self.leaves, self.order, self.tiles = [], None, {}

    def expected(self):
        if len(self.leaves) < len(self.modules):
            module = self.modules[len(self.leaves)]
            return self.prefix + f"lookup/{escape(module['path'])}@{escape(module['version'])}"
        if self.order is None:
            nodes = [(0, number) for number, _ in self.leaves]
            for older in self.older:
                nodes += subtrees(older["size"])
            self.order = tiles_needed(self.size, nodes)
            need(len(self.order) <= 16384, "limit: tiles")
        return self.prefix + tile_name(self.order[len(self.tiles)]) if len(self.tiles) < len(self.order) else None

    def take(self, name, data):
        if self.order is None:
            module = self.modules[len(self.leaves)]
            number, _, rest = data.decode().partition("\n")
            record, _, note = rest.partition("\n\n")
            record += "\n"
            need(note == self.head and len(record) <= 65536 and re.fullmatch(r"0|[1-9]\d*", number), "sumdb:", name)
            start = f"{module['path']} {module['version']}"
            wanted = [f"{start}/go.mod {module['mod_h1']}"] + ([f"{start} {module['h1']}"] if "h1" in module else [])
            need(set(wanted) <= set(record.split("\n")), "sumdb:", name, "has other hashes")
            need(int(number) == module["log_index"] < self.size, "sumdb:", name, "has another record number")
            self.leaves.append((int(number), hashlib.sha256(b"\0" + record.encode()).digest()))
        else:
            tile = self.order[len(self.tiles)]
            need(len(data) == 32 * tile[2], "sumdb:", name, "has another size")
            self.tiles[tile] = [data[i:i + 32] for i in range(0, len(data), 32)]

    def node(self, node):
        level, index = node
        hashes = self.tiles[tile_over(node, 0, self.size)]
        first = (index << level % 8) % 256
        return joined(hashes[first:first + (1 << level % 8)])

    def tree(self, size):
        root = None
        for node in reversed(list(subtrees(size))):
            root = self.node(node) if root is None else hashlib.sha256(b"\1" + self.node(node) + root).digest()
        return root

    def check(self):
        need(self.expected() is None, "sumdb: a member is missing:", self.expected())
        need(self.tree(self.size) == self.root, "sumdb: the tiles do not give the root")
        edge = {tile_over(n, 0, self.size) for n in subtrees(self.size)}
        for level, number, width in self.order:
            if (level, number, width) not in edge:
                above = (number // 256, (self.size >> 8 * (level + 1)) - number // 256 * 256)
                hashes = self.tiles[level + 1, above[0], min(above[1], 256)]
                need(hashes[number % 256] == joined(self.tiles[level, number, width]), "sumdb: tile", level, number)
        for number, leaf in self.leaves:
            need(self.node((0, number)) == leaf, "sumdb: record", number, "is another one")
        for older in self.older:
            need(self.tree(older["size"]) == base64.b64decode(older["root"]), "sumdb: older head", older["size"])


def bound(n):
    return n + (n >> 8) + ((BLOCK - n) >> 11 if n < BLOCK else 0)


def check_frame_base(base):
    check_fields("frames.base", base, {"modules": LIST, "prefix_sha256": TEXT, "prefix_size": NUMBER}, {})
    need(0 < base["prefix_size"] <= FRAME_MAX and HEX.fullmatch(base["prefix_sha256"]), "limit: frames.base")
    for module in base["modules"]:
        check_fields("frames.base.modules", module, {"h1": TEXT, "path": TEXT, "version": TEXT}, {})
        check_module_path(module["path"])
    check_sorted("frames.base.modules", [(m["path"].encode(), version_key(m["version"])) for m in base["modules"]])


def check_frames(frames, lists, part_one, size):
    at = 0
    check_list("frames", frames)
    for frame in frames:
        check_fields("frames", frame, {"offset": NUMBER, "raw_sha256": TEXT, "raw_size": NUMBER, "sha256": TEXT,
                                       "size": NUMBER}, {"base": lambda what, value: check_frame_base(value)})
        need("base" not in frame or at >= lists > 0, "frames.base: without a list")
        want = min(FRAME_MAX, (lists if at < lists else part_one if at < part_one else size) - at)
        need(frame["offset"] == at and frame["raw_size"] == want > 0, "frames: at", at)
        need(0 < frame["size"] <= bound(want), "limit: frames: size", frame["size"])
        need(HEX.fullmatch(frame["sha256"]) and HEX.fullmatch(frame["raw_sha256"]), "frames: hash")
        at += want
    need(at == size, "frames: cover", at, "of", size)
    need(any("base" in frame for frame in frames) or not lists, "payload.base for no frame")


def check_manifest(manifest):
    need(manifest.get("format") == "modferry-bundle/1", "unsupported: format", manifest.get("format"))
    check_texts("requires", manifest.get("requires"))
    for feature in manifest["requires"]:
        need(feature in ("files", "held", "prefix", "zip"), "unsupported: requires", feature)
    check_fields("manifest", manifest, {k: lambda what, value: None for k in (
        "content", "format", "frames", "payload", "provenance", "requires", "statement")}, {})
    check_content(manifest["content"])
    modules = manifest["content"]["modules"]
    check_statement(manifest["statement"], manifest["content"]["roots"])
    check_provenance(manifest["provenance"], modules)
    part_one = check_payload(manifest["payload"], modules)
    forms = {entry["form"] for entry in manifest["payload"]["modules"] if "form" in entry}
    check_frames(manifest["frames"], manifest["payload"].get("base", [0, 0])[1], part_one, manifest["payload"]["size"])
    if any("base" in frame for frame in manifest["frames"]):
        forms.add("prefix")
    need(manifest["requires"] == sorted(forms), "requires is not what is in use")


# Sections 4 and 8: the payload

def decompress(frame, raw_size, prefix=b""):
    need(frame[:4] == b"\x28\xb5\x2f\xfd" and len(frame) >= 6, "frame: not zstd")
    need(frame[4] & 0x07 == 0, "frame: has a checksum or dictionary")
    if not frame[4] & 0x20:
        log, eighths = 10 + (frame[5] >> 3), frame[5] & 7
        need((1 << log) + (1 << log) // 8 * eighths <= 32 * MIB, "frame: window")
    at = 5 if frame[4] & 0x20 else 6
    width = (1 if frame[4] & 0x20 else 0, 2, 4, 8)[frame[4] >> 6]
    announced = int.from_bytes(frame[at:at + width], "little") + (256 if width == 2 else 0)
    need(width and announced == raw_size, "frame: announces another size")
    at += width
    last = 0
    while not last:
        need(at + 3 <= len(frame), "frame: cut short")
        header = int.from_bytes(frame[at:at + 3], "little")
        last, kind = header & 1, header >> 1 & 3
        need(kind != 3, "frame: block type")
        at += 3 + (1 if kind == 1 else header >> 3)
    need(at == len(frame), "frame: cut short, or followed by something")
    with tempfile.NamedTemporaryFile() as before:
        before.write(prefix)
        before.flush()
        more = [f"--patch-from={before.name}", "--long=25"] if prefix else []
        done = subprocess.run(["zstd", "-dcq", *more], input=frame, capture_output=True, check=False)
    need(done.returncode == 0 and len(done.stdout) == raw_size, "frame:", done.stderr.decode(errors="replace"))
    return done.stdout


def escape(text):
    return re.sub("[A-Z]", lambda match: "!" + match[0].lower(), text)


class Base:
    """A proxy tree that has what a difference leaves out."""

    def __init__(self, tree):
        self.tree = tree

    def open(self, *path):
        need(self.tree, "base: the bundle is a difference: name its base")
        try:
            with open(os.path.join(self.tree, *path), "rb") as file:
                return file.read()
        except OSError as why:
            raise Refused(f"base: {why}") from None

    def files(self, path, version):
        with zipfile.ZipFile(io.BytesIO(self.open(escape(path), "@v", escape(version) + ".zip"))) as archive:
            return {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}

    def check(self, module):
        found = {name: sha256(data) for name, data in self.files(module["path"], module["version"]).items()}
        need(h1(found) == module["h1"], "base:", module["path"], "has another hash")

    def prefix(self, text, base, database):
        lines = text.split("\n")
        need(lines.pop() == "" and lines and len(set(lines)) == len(lines), "list of a prefix: form")
        pieces, named, last = [], set(), None
        for line in lines:
            path, version, *file = line.split(" ", 2)
            if file:
                need((path, version) == last or (path, version) not in named, "list of a prefix: apart", line)
                last = path, version
                named.add(last)
                files = self.files(path, version)
                need(f"{path}@{version}/{file[0]}" in files, "base: lacks", line)
                pieces.append(files[f"{path}@{version}/{file[0]}"])
            elif version.startswith("tile/"):
                need(path == database and ".p/" not in version, "list of a prefix:", line)
                pieces.append(self.open("sumdb", path, *version.split("/")))
            else:
                pieces.append(self.open(escape(path), "@v", escape(version) + ".mod"))
        need(named == {(m["path"], m["version"]) for m in base["modules"]}, "list of a prefix: other modules")
        prefix = b"".join(pieces)
        need(len(prefix) == base["prefix_size"] and sha256(prefix) == base["prefix_sha256"], "base: a prefix is another one")
        return prefix


class Members:
    """Compares members with what the manifest leads to expect, in order."""

    def __init__(self, manifest, directory):
        self.directory, self.count, self.current, self.lists = directory, 0, None, {}
        self.proof = Proof(manifest) if "sumdb" in manifest["payload"] else None
        self.plan = self.expected(manifest)
        self.next_group()

    def expected(self, manifest):
        """Groups: (kind, name or prefix, span, record)."""
        modules, places = manifest["content"]["modules"], manifest["payload"]["modules"]
        ids = [(escape(m["path"]), escape(m["version"])) for m in modules]
        frames = [f for f in manifest["frames"] if f["offset"] >= manifest["payload"].get("base", [0, 0])[1]]
        for number, frame in enumerate(frames, 1):
            if "base" in frame:
                yield "base", f"base/{number}", None, frame
        while self.proof and (name := self.proof.expected()):
            yield "sumdb", name, None, None
        if self.proof:
            self.proof.check()
            need(self.end_of_member == sum(manifest["payload"]["sumdb"]["range"]), "sumdb: range")
        for (path, version), module, place in zip(ids, modules, places):
            yield "mod", f"meta/{path}/@v/{version}.mod", place["mod"], module
        for entry in manifest["payload"]["attachments"]:
            yield "attachment", "attachments/" + entry["name"], None, entry
        for (path, version), module, place, origin in zip(ids, modules, places, manifest["provenance"]["modules"]):
            if module.get("only_mod") or place["form"] == "held":
                continue
            if place["form"] == "zip":
                yield "zip", f"zip/{path}@{version}.zip", place["content"], {**module, **origin}
            elif module["files"]:
                yield "files", f"src/{path}@{version}/", place["content"], module
            else:
                need(place["content"][1] == 0 and h1({}) == module["h1"], "module without files:", module["path"])

    def next_group(self):
        self.group, self.files, self.total = next(self.plan, None), {}, 0

    def begin(self, name, size, offset):
        need(self.group, "member", repr(name), "is not expected")
        kind, want, span, rec = self.group
        need(name.startswith(want) and len(name) > len(want) if kind == "files" else name == want,
             "member", repr(name), "instead of", repr(want))
        need(span is None or self.files or offset == span[0], "member", repr(name), "at", offset)
        need(size <= (16 if kind == "mod" else 500) * MIB, "limit: member", repr(name))
        need(kind != "attachment" or size == rec["size"], "member", repr(name), "has another size")
        self.end_of_member = offset + len(make_header(name, size)) + size + -size % 512
        self.name, self.size, self.data, self.hash = name, size, bytearray(), hashlib.sha256()
        if self.directory:
            path = os.path.join(self.directory, *name.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            self.current = open(path, "xb")

    def bytes(self, data):
        self.hash.update(data)
        if self.group[0] in ("base", "zip", "sumdb"):
            self.data += data
        if self.current:
            self.current.write(data)

    def end(self):
        kind, want, span, rec = self.group
        digest = self.hash.hexdigest()
        self.count += 1
        if self.current:
            self.current.close()
        if kind == "base":
            need(self.size <= 4 * MIB, "limit:", self.name)
            self.lists[rec["offset"]] = self.data.decode()
        elif kind == "sumdb":
            self.proof.take(self.name, bytes(self.data))
        elif kind == "mod":
            need(h1({"go.mod": digest}) == rec["mod_h1"], "hash:", self.name)
        elif kind == "attachment":
            need(digest == rec["sha256"], "hash:", self.name)
        elif kind == "zip":
            self.check_zip(rec, digest)
        else:
            file = self.name[len(want):]
            need(file not in self.files, "member", repr(self.name), "comes twice")
            self.files[file] = digest
            self.total += self.size
            if len(self.files) < rec["files"]:
                return
            prefix = f"{rec['path']}@{rec['version']}/"
            need(self.total == rec["size"], "module", rec["path"], "has other sizes")
            need(h1({prefix + file: d for file, d in self.files.items()}) == rec["h1"], "hash:", rec["path"])
        need(span is None or self.end_of_member == sum(span), "member", repr(self.name), "ends outside of its range")
        self.next_group()

    def check_zip(self, rec, digest):
        need(digest == rec.get("zip_sha256", digest), "hash:", self.name, "is not zip_sha256")
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            files = {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}
        need(len(files) == rec["files"] and sum(map(len, files.values())) == rec["size"], self.name, "files or size")
        need(h1({name: sha256(data) for name, data in files.items()}) == rec["h1"], "hash:", self.name)


def read_payload(source, manifest, members, base):
    tar = TarReader()
    tar.on_member, tar.on_data, tar.on_end = members.begin, members.bytes, members.end
    for number, frame in enumerate(manifest["frames"], 1):
        data = source.take(frame["size"], f"frame {number}")
        need(sha256(data) == frame["sha256"], "hash: frame", number)
        prefix = b""
        if "base" in frame:
            need(frame["offset"] in members.lists, "the list of frame", number, "is missing")
            prefix = base.prefix(members.lists[frame["offset"]], frame["base"], manifest["payload"].get("sumdb", {}).get("name"))
        raw = decompress(data, frame["raw_size"], prefix)
        need(sha256(raw) == frame["raw_sha256"], "hash: frame", number, "decompressed")
        tar.feed(raw)
    need(tar.ended and tar.between_members(), "the end mark is missing")
    need(members.group is None, "a member is missing:", members.group)


def check_end(source, frame_size, head_size, frames):
    sizes = [(frame_size, head_size)] + [(f["size"], f["raw_size"]) for f in frames]
    table = struct.pack("<II", 0x184D2A5E, 8 * len(sizes) + 9) + b"".join(struct.pack("<II", *s) for s in sizes)
    table += struct.pack("<IBI", len(sizes), 0, 0x8F92EAB1)
    need(source.take(len(table), "the seek table") == table, "the seek table is another one")
    need(source.stream.read(1) == b"", "something follows the seek table")


def run(args):
    with open(args.bundle, "rb") as stream:
        source = Input(stream)
        tar, frame_size = read_head(source)
        head = head_members(tar)
        check_head(head)
        if args.manifest:
            with open(args.manifest, "wb") as out:
                out.write(head[0][1])
        for name, content in head[1:] if args.signature_dir else ():
            with open(os.path.join(args.signature_dir, os.path.basename(name)), "wb") as out:
                out.write(content)
        manifest = parse_manifest(head[0][1])
        check_manifest(manifest)
        members = Members(manifest, args.extract)
        base = Base(args.base)
        for module, place in zip(manifest["content"]["modules"], manifest["payload"]["modules"]):
            if place.get("form") == "held":
                base.check(module)
        read_payload(source, manifest, members, base)
        check_end(source, frame_size, len(tar), manifest["frames"])
    modules = manifest["content"]["modules"]
    return {"id": sha256(canonical(manifest["content"])), "manifest_sha256": sha256(head[0][1]),
            "signatures": [name[11:27] for name, _ in head[1:]], "modules": len(modules),
            "only_mod": sum("only_mod" in m for m in modules), "files": sum(m.get("files", 0) for m in modules),
            "members": members.count, "frames": len(manifest["frames"]), "payload_size": manifest["payload"]["size"]}


def main():
    parser = argparse.ArgumentParser(description="Reads and checks a bundle of format 1.")
    parser.add_argument("bundle")
    parser.add_argument("--base", metavar="TREE", help="the proxy tree that a difference was made from")
    parser.add_argument("--extract", metavar="DIR", help="write the members of the payload there")
    parser.add_argument("--manifest", metavar="FILE", help="write the raw manifest.json")
    parser.add_argument("--signature-dir", metavar="DIR", help="write the signatures there")
    args = parser.parse_args()
    try:
        print(json.dumps(run(args), indent=1))
    except (Refused, OSError, zipfile.BadZipFile) as why:
        print(f"bundle_reader: {args.bundle}: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
