"""docs/performance.md and its plots, from what was measured."""
import json, subprocess
from pathlib import Path

HEAD = """# Performance

Measured by `./dev bench`, which wrote this page, its plots and [performance.json](performance.json); it takes what it needs
from the fixtures of the tests, served by nginx on loopback, and measures one closure after the other. Each work item and its peer ran alternately, {runs} times each
where nothing else is said, on {cores} cores; what the commands read and write lies on a file system of type {scratch}. Ratios are
medians of the pairs, ours / peer, with the smallest and the largest in brackets. Closures are of level all, bundles have form
"files" where nothing else is said. CPU is that of all processes of the command; what nginx spent is counted apart. Peak memory is that of the largest
process. Times belong to the machine that measured; ratios are what to look at. Both sides have the checksum database on: a test
database of all fixtures, served by the same nginx.

"""


# What the project aims at: work, peer, what is looked at, at most. Without a peer the measure is ours alone, in seconds. Of
# packs from an empty store, those of zips as served need no proof that files make the zips bit for bit, the others do. What
# verify may take is said of the CPU time of its peer: 1.25 times that much, and with two cores 0.65 times that on the clock.
GOALS = [
    ("pack --payload zips, empty store", "go mod download all", "wall", 0.25),
    ("pack --compress 3, empty store", "go mod download all", "wall", 0.40),
    ("unpack --modcache of a bundle with zips", "tar --zstd", "wall", 0.67),
    ("unpack --modcache", "tar --zstd", "wall", 0.67),
    ("unpack --modcache --no-zips", "tar --zstd", "wall", 0.67),
    ("unpack --proxy", "go mod download all from file", "wall", 0.33),
    ("unpack --proxy of a bundle with zips", "go mod download all from file", "wall", 0.33),
    ("check of a proxy tree", "go mod verify", "cpu", 0.25),
    ("check of a GOMODCACHE", "go mod verify", "cpu", 0.25),
    ("check --quick of a proxy tree", "go mod verify", "cpu", 0.125),
    ("check --quick of a GOMODCACHE", "go mod verify", "cpu", 0.125),
    ("verify", "zstd -dc", "cpu", 1.25),
    ("verify", "zstd -dc", "wall, of its CPU", 0.65),
    ("deflate", "Go's", "cpu", 0.67),
    ("unpack --proxy, all is there", None, "wall", 0.1),
]
SHOWN = {"wall": "wall", "cpu": "CPU", "wall, of its CPU": "wall to CPU"}
MEMORY = 256 << 20
SIZES = [("bundle, --compress 9", 0.60), ("bundle, --compress 19", 0.53)]
UPDATE = ("difference, --compress 9", 0.09)


def goals(closure):
    """The table of what was asked for and what was found."""
    text = "The goals of the project, and what this run found:\n\n| work | peer | of | at most | found | |\n|---|---|---|---|---|---|\n"

    def line(work, peer, what, most, found, shown):
        return f"| {work} | {peer} | {what} | {most} | {shown} | {'kept' if found <= most else f'missed: {found / most:.2f} times as much'} |\n"

    for work, peer, what, most in GOALS:
        for item in closure["items"]:
            named = item["work"] == work or (work == "deflate" and item["work"].startswith(work))
            if named and item["against"].startswith(peer or ""):
                if not peer:
                    found = item["ours"][what]
                elif what in item["ratio"]:
                    found = item["ratio"][what]["median"]
                else:
                    found = item["ours"]["wall"] / item["peer"]["cpu"]
                text += line(item["work"], item["against"] if peer else "", SHOWN[what] + (" ratio" if peer else " s"), most,
                             found, f"{found:.2f}")
    for name, most in [*SIZES, UPDATE]:
        for size in [*closure["sizes"], *closure["update"]]:
            if size["what"] == name:
                text += line(name, "the zips, or those that changed", "size", most, size["ratio"], f"{size['ratio']:.3f}")
    ours = [i for i in closure["items"] if not i["work"].startswith(("pack --compress 19", "deflate"))]
    largest = max(ours, key=lambda i: i["ours"]["memory"])
    text += line(f"the largest: {largest['work']}", "", "peak MiB", MEMORY >> 20, largest["ours"]["memory"] / 2**20,
                 f"{largest['ours']['memory'] / 2**20:.0f}")
    return text + "\n"


def number(value):
    return f"{value:.2f}"


def ratio(of):
    return f"{of['median']:.2f} ({of['least']:.2f} to {of['most']:.2f})"


def rows(items, runs):
    text = ("| work | peer | wall ratio | CPU ratio | wall s | CPU s | peer wall s | peer CPU s | nginx CPU s, ours / peer | "
            "peak MiB, ours / peer |\n|---|---|---|---|---|---|---|---|---|---|\n")
    for item in items:
        a, b = item["ours"], item["peer"]
        label = item["work"] + ("" if item["runs"] == runs else f" (pairs: {item['runs']})")
        text += (f"| {label} | {item['against']} | {ratio(item['ratio']['wall'])} | {ratio(item['ratio']['cpu'])} | "
                 f"{number(a['wall'])} | {number(a['cpu'])} | {number(b['wall'])} | {number(b['cpu'])} | "
                 f"{number(a['proxy'])} / {number(b['proxy'])} | {a['memory'] / 2**20:.0f} / {b['memory'] / 2**20:.0f} |\n")
    return text


def sizes(found):
    text = "\n| size | bytes | against the zips |\n|---|---|---|\n"
    return text + "".join(f"| {s['what']} | {s['bytes']:,} | {s['ratio']:.3f} |\n" for s in found)


def plot(path, title, x, y, series, counts):
    """Lines of `series`, {name: [value for each count]}, as SVG by gnuplot."""
    data = "".join(f"${chr(97 + i)} << END\n" + "".join(f"{n} {v}\n" for n, v in zip(counts, values)) + "END\n"
                   for i, values in enumerate(series.values()))
    lines = ", ".join(f"${chr(97 + i)} with linespoints lw 2 title {json.dumps(name)}" for i, name in enumerate(series))
    script = (f"set terminal svg size 720,420 font 'sans,12' noenhanced\nset output {json.dumps(str(path))}\n"
              f"set title {json.dumps(title)}\nset xlabel {json.dumps(x)}\nset ylabel {json.dumps(y)}\nset key left top\nset grid\n"
              f"set yrange [0:*]\nset xrange [0:*]\n{data}plot {lines}\n")
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def bars(path, title, found):
    """Sizes against the zips, as SVG by gnuplot."""
    data = "".join(f"{json.dumps(s['what'])} {s['ratio']:.4f}\n" for s in found)
    script = (f"set terminal svg size 860,420 font 'sans,12' noenhanced\nset output {json.dumps(str(path))}\n"
              f"set title {json.dumps(title)}\nset style fill solid 0.6\nset boxwidth 0.7\nset yrange [0:*]\nset rmargin 24\nset grid ytics\nunset key\n"
              f"set xtics rotate by -25 left\n$d << END\n{data}END\nplot $d using 0:2:xtic(1) with boxes\n")
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def slug(label):
    return "".join(c if c.isalnum() else "-" for c in label.lower()).strip("-").replace("--", "-")


def write(docs, result):
    docs = Path(docs)
    text = HEAD.format(**result)
    for closure in result["closures"]:
        facts = closure["facts"]
        text += f"## {closure['name']}: {facts['modules']} modules, {facts['zips']} with their zip\n\n"
        if closure["name"] == "prometheus":
            text += goals(closure)
        text += rows(closure["items"], result["runs"]) + sizes(closure["sizes"]) + "\n"
        if closure["update"]:
            text += "An update from the release before, v0.304.0, as a difference:\n" + sizes(closure["update"]).replace(
                "against the zips", "against the zips of what changed") + "\n"
        image = f"performance-{closure['name']}-sizes.svg"
        bars(docs / image, f"{closure['name']}: bytes against the zips", closure["sizes"])
        text += f"![sizes]({image})\n\n"
    growth = result.get("growth")
    if growth:
        text += "## Growth\n\nProjects of N real modules (seeded choice, each below 4 MiB, with go.mod files that require nothing). The "
        text += "difference is from the version before of those of which the fixtures hold several.\n\n"
        counts = [g["modules"] for g in growth]
        for index, item in enumerate(growth[0]["items"]):
            series = [g["items"][index] for g in growth]
            image = f"performance-growth-{slug(item['work'] + ' ' + item['against'])}.svg"
            plot(docs / image, item["work"], "modules", "CPU seconds",
                 {"modferry": [s["ours"]["cpu"] for s in series], item["against"]: [s["peer"]["cpu"] for s in series]}, counts)
            text += f"![{item['work']}]({image})\n"
        text += "\n| work / peer | " + " | ".join(f"{n}: CPU s, ratio, MiB" for n in counts) + " |\n|---|" + "---|" * len(counts) + "\n"
        for index, item in enumerate(growth[0]["items"]):
            cells = [g["items"][index] for g in growth]
            text += f"| {item['work']} / {item['against']} | " + " | ".join(
                f"{c['ours']['cpu']:.2f}, {c['ratio']['cpu']['median']:.2f}, {c['ours']['memory'] / 2**20:.0f}" for c in cells) + " |\n"
    text += "\n" + (Path(__file__).parent / "notes.md").read_text()
    (docs / "performance.md").write_text(text)
    (docs / "performance.json").write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
