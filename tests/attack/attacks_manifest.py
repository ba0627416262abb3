"""An insider's manifest: the signature holds, and the document lies or is made to cost."""
import liars  # tests/reader

from attacks import ALPHA, EVIL, GAMMA, NOTE, OMEGA, attack, edited, evil_of, honest, module, reader
from attacks_cost import costly
from forge import Module, forge

LIMIT = 8 << 20
H1 = "h1:" + "A" * 43 + "="


def text(change):
    return honest(edit_text=change)


def put(old, new):
    """Replaces bytes of the manifest, which must be there."""
    def change(data):
        assert old in data, old
        return data.replace(old, new, 1)
    return text(change)


@attack("the lies of tests/reader/liars.py")
def lies():
    found = []
    forge([ALPHA, module(EVIL), GAMMA, OMEGA], [NOTE], edit=lambda m: found.append(liars.copy.deepcopy(m)))
    for name, new in liars.edits(found[0]):
        if name not in ("frame-hash", "root"):  # the latter is no lie about this bundle
            yield name, text(lambda old, t=new: t)


@attack("JSON in another form")
def forms():
    for name, old, new in (("exponent", b'"offset":0,', b'"offset":0e0,'), ("minus zero", b'"offset":0,', b'"offset":-0,'),
                           ("leading zero", b'"offset":0,', b'"offset":00,'), ("2^63", b'"offset":0,', b'"offset":9223372036854775808,'),
                           ("400 digits", b'"offset":0,', b'"offset":' + b"9" * 400 + b","),
                           ("1e400", b'"offset":0,', b'"offset":1e400,'), ("NaN", b'"offset":0,', b'"offset":NaN,'),
                           ("key twice", b'"level":', b'"level":"all","level":'),
                           ("key twice, once escaped", b'"level":', b'"l\\u0065vel":"all","level":'),
                           ("keys unsorted", b'"go":"1.21","level":"build"', b'"level":"build","go":"1.21"'),
                           ("a comment", b'{"content"', b'/**/{"content"'), ("trailing comma", b'"tags":[]', b'"tags":[,]'),
                           ("single quotes", b'"build"', b"'build'"), ("slash escaped", b'go build ./', b'go build .\\/'),
                           ("upper-case hex", b'"tool":"', b'"tool":"\\u00E9'), ("BOM", b'{"content"', b'\xef\xbb\xbf{"content"'),
                           ("UTF-16", b'{"content"', b'{\0"\0c\0o\0n\0t\0e\0n\0t\0"\0')):
        yield name, put(old, new)
    yield "two documents", text(lambda t: t + t)
    yield "NUL behind", text(lambda t: t + b"\0")
    yield "nested 100000 deep", text(lambda t: t.replace(b'"tool":', b'"deep":' + b"[" * 100000 + b"]" * 100000 + b',"tool":'))
    yield "4 million open brackets", lambda: text(lambda t: b"[" * (4 << 20))
    yield "4 million open objects", lambda: text(lambda t: b'{"":' * (1 << 20))


@attack("texts that are not clean UTF-8")
def utf8():
    for name, new in (("overlong", b"\xc0\xaf"), ("surrogate", b"\xed\xa0\x80"), ("above U+10FFFF", b"\xf4\x90\x80\x80"),
                      ("cut", b"\xe2\x82"), ("lone byte", b"\x80"), ("Latin-1", b"\xe9"), ("raw NUL", b"\0"),
                      ("raw escape", b"\x1b[31m"), ("escaped NUL", b"\\u0000"), ("escaped escape", b"\\u001b[31m"),
                      ("DEL", b"\x7f"), ("C1", "\u009b31m".encode()), ("escaped C1", b"\\u009b"), ("tab", b"\\t"),
                      ("half a pair", b"\\ud800"), ("line end", b"\\n"), ("carriage return", b"\\r")):
        yield name, put(b'"tool":"', b'"tool":"' + new)


@attack("module paths that Go forbids")
def paths():
    for path in ("../evil", "/evil.com/x", "evil.com/../x", "evil.com/./x", "evil.com//x", "evil.com/x/", "evil", "",
                 "evil.com\\x", "evil.com/x y", "evil.com/con", "evil.com/NUL.txt", "evil.com/x.", "evil.com/.x",
                 "evil.com/x~1", "evil.com/\u00e9", "evil.com/!x", "evil.com/x:y", "EVIL.com/x", "-evil.com/x",
                 "evil.com/x\u202ey", "evil.com/" + "x" * 2000, "evil.com/x@v1", "evil.com/%2e%2e"):
        yield repr(path[:40]), lambda p=path: forge([Module(p, files=[("go.mod", b"module x\n")])])


@attack("module versions that Go forbids")
def versions():
    for version in ("", "v1", "v1.0", "1.0.0", "v1.0.0/../../x", "../v1.0.0", "v1.0.0+meta", "v01.0.0", "v1.0.0-", "v1.0.0-a..b",
                    "v1.0.0-\u00e9", "v1.0.0 ", "latest", "v2.0.0", "v1.0.0-" + "x" * 2000, "v1.0.0-a/b", "v99999999999999999999.0.0-\x7f"):
        yield repr(version[:40]), lambda v=version: forge([Module(EVIL, v, files=[("go.mod", b"module x\n")])])


@attack("modules twice or out of order")
def order():
    for name, modules in (("twice", [module(EVIL), module(EVIL)]),
                          ("twice, once without content", [module(EVIL), Module(EVIL, only_mod=True)]),
                          ("falling", [OMEGA, ALPHA]), ("versions falling", [module(EVIL, version="v1.10.0"), module(EVIL, version="v1.9.0")])):
        yield name, forge(modules)


@attack("hashes in another form")
def hashes():
    for name, new in (("h1 of another kind", "h2:" + "A" * 43 + "="), ("not canonical base64", "h1:" + "A" * 42 + "B="),
                      ("short", "h1:AAAA"), ("empty", ""), ("with a newline", H1 + "\n"), ("hex", "ab" * 32)):
        yield name, edited(lambda m, n=new: m["content"]["modules"][evil_of(m)].update(h1=n))
        yield name + ", of the .mod", edited(lambda m, n=new: m["content"]["modules"][evil_of(m)].update(mod_h1=n))


@attack("attachments with hostile names")
def attachments():
    for name in ("../evil", "..", ".", "", "/etc/evil", "a/b", "a\\b", "evil\x1b[31m", "evil\0", "con", "aux.txt", "evil.", "evil:x",
                 "evil\u202etxt", "e" * 1100, "evil?", "evil\x7f"):
        yield repr(name[:40]), lambda n=name: forge([ALPHA, OMEGA], [(n, b"x")])

    def twice(manifest):
        manifest["payload"]["attachments"].append(manifest["payload"]["attachments"][0])
    yield "twice", edited(twice)


@attack("ranges that overlap, leave a gap or leave the payload")
def ranges():
    def change(key, index, value):
        def edit(m):
            place = m["payload"]["modules"][evil_of(m)]
            place[key] = list(place[key])
            place[key][index] = value(place[key][index])
        return edited(edit)
    top = (1 << 53) - 1
    for key in ("mod", "content"):
        for name, value in (("back", lambda x: x - 512), ("on", lambda x: x + 512), ("odd", lambda x: x + 1), ("zero", lambda x: 0),
                            ("2^53-1", lambda x: top), ("2^53-512", lambda x: top - 511)):
            yield f"{key}: offset, {name}", change(key, 0, value)
            yield f"{key}: length, {name}", change(key, 1, value)

    def same(m):
        m["payload"]["modules"][1] = m["payload"]["modules"][0]
    yield "two modules in one place", edited(same)

    def swapped(m):
        places = m["payload"]["modules"]
        places[0], places[1] = places[1], places[0]
    yield "two places swapped", edited(swapped)
    for size in (0, 511, 1024, top):
        yield f"payload of {size}", edited(lambda m, s=size: m["payload"].update(size=s))


@attack("frames that are not what follows from the payload")
def frames():
    def change(index, **new):
        return edited(lambda m: m["frames"][index].update(new))
    yield "raw size 0", change(0, raw_size=0)
    yield "raw size 17 MiB", change(0, raw_size=17 << 20)
    yield "raw size 2^53-1", change(0, raw_size=(1 << 53) - 1)
    yield "size 0", change(0, size=0)
    yield "size above the bound", change(0, size=1 << 20)
    yield "size 2^53-1", change(0, size=(1 << 53) - 1)
    yield "offset", change(1, offset=0)
    yield "first left out", edited(lambda m: m["frames"].pop(0))
    yield "one more", edited(lambda m: m["frames"].append(dict(m["frames"][-1])))
    yield "none", edited(lambda m: m.update(frames=[]))
    yield "100000", lambda: edited(lambda m: m.update(frames=m["frames"] * 10000))


@attack("what this version does not know")
def unknown():
    yield "requires", edited(lambda m: m["requires"].append("later"))
    yield "form held", edited(lambda m: m["payload"]["modules"][0].update(form="prefix"))
    for place in ("content", "payload"):
        yield place, edited(lambda m, p=place: m[p].update(x=1))
    yield "top", edited(lambda m: m.update(x=1))
    yield "frame", edited(lambda m: m["frames"][0].update(x=1))
    yield "attachment", edited(lambda m: m["payload"]["attachments"][0].update(x=1))
    yield "module", edited(lambda m: m["content"]["modules"][0].update(x=1))
    yield "root", edited(lambda m: m["content"]["roots"][0].update(x=1))


@attack("another module's root, toolchain or platform")
def content():
    for name, change in (
            ("root that leaves", lambda c: c["roots"][0].update(path="../evil")),
            ("root with control characters", lambda c: c["roots"][0].update(path="evil\u0085.com/x")),
            ("roots twice", lambda c: c["roots"].append(dict(c["roots"][0]))),
            ("toolchain that is not carried", lambda c: c["toolchains"].append("go1.22.3.linux-amd64")),
            ("toolchain that leaves", lambda c: c["toolchains"].append("go1.22.3.linux-amd64/../x")),
            ("platform", lambda c: c["platforms"].append("linux/../amd64")),
            ("platforms falling", lambda c: c["platforms"].extend(["linux/arm", "linux/amd64"])),
            ("go", lambda c: c.update(go="1.21\u2028")), ("level", lambda c: c.update(level="all\u202e"))):
        yield name, edited(lambda m, c=change: c(m["content"]))


@attack("texts that reorder or hide other text")
def showable():
    """Not forbidden in a manifest, so it is what is printed that counts."""
    hidden = "\u202e\u2066\u200b\u2028\ufeff\U000e0041 and a long text " + "x" * 3000

    def change(m):
        m["statement"] |= {"channel": hidden, "queries": [hidden], "tool": hidden, "zstd": hidden}
        m["statement"]["roots"][0]["commands"] = [hidden]
        m["statement"]["roots"][0]["missing_sums"] = [hidden]
        m["statement"]["roots"][0]["rehearsed"] = {
            "go": hidden, "platform": "linux/amd64", "time": "2023-05-06T07:08:09Z", "tool": hidden, "settings": [hidden],
            "runs": [{"command": hidden, "result": "failed", "why": hidden, "ran": hidden}]}
        m["content"]["tags"] = [hidden]
        for origin in m["provenance"]["modules"]:
            origin |= {"source": hidden, "retracted": hidden, "deprecated": hidden, "not_covered": hidden}
        m["payload"]["attachments"][0]["media_type"] = hidden
    yield "everywhere", edited(change)


@attack("paths and versions of other case")
def case():
    """Go allows it, and escapes them: they do not meet even where the file system ignores case."""
    yield "paths", forge([module("example.com/Evil"), module("example.com/evil")])
    yield "versions", forge([module(EVIL, version="v1.0.0-A"), module(EVIL, version="v1.0.0-a")])


@attack("the .mod of another module")
def other_mod():
    """What a .mod says is its author's affair; go refuses it by itself."""
    yield "other path", forge([ALPHA, module(EVIL, mod=b"module example.com/other\n")])
    yield "no go.mod at all", forge([ALPHA, module(EVIL, mod=b"\x1b[31m\0\xff")])


# --- documents that are made to cost memory ---

def filled(item, wrap=b'"x":[%s],', size=LIMIT):
    """A statement with as many items as fit, up to the limit of a manifest."""
    def change(data):
        room = size - len(data) - len(wrap)
        return data.replace(b'"zstd":', wrap % b",".join([item] * (room // (len(item) + 1))) + b'"zstd":')
    return lambda: text(change)


@attack("very many small values")
def small_values():
    for name, item in (("numbers", b"0"), ("empty strings", b'""'), ("arrays", b"[]"), ("objects", b"{}"), ("true", b"true"),
                       ("members", b'{"":0}'), ("nested", b'[[[[[0]]]]]'), ("nested members", b'{"":{"":{"":{"":{"":0}}}}}')):
        yield name, filled(item)


@attack("as many values as are allowed")
def most_values():
    yield from costly()
