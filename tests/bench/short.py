#!/usr/bin/env python3
"""One pair of every quick row of the benchmark: it measures what docs/performance.json says that it measures, and writes the page.

usage: short.py
"""
import json, shutil, subprocess, sys, tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import lab  # noqa: E402

DOCS = lab.REPO / "docs"
TOOLS = ["gnuplot", "nettle-hash", "xdelta3"]


def rows(group):
    """What --quick measures of a closure or of one point of growth."""
    return [(item["work"], item["against"]) for item in group["items"] if "--compress 19" not in item["work"]]


def main():
    lab.require_go()
    for tool in TOOLS:
        if not shutil.which(tool):
            lab.skip(f"{tool} is not installed")
    lab.fetch_fixture("prometheus")
    known = json.loads((DOCS / "performance.json").read_text())
    with tempfile.TemporaryDirectory() as docs:
        subprocess.run([HERE / "bench.py", "--runs", "1", "--quick", "--docs", docs, "gin", "growth"], check=True)
        found = json.loads((Path(docs) / "performance.json").read_text())
        page = (Path(docs) / "performance.md").read_text()
        images = {image.name for image in Path(docs).glob("*.svg")}
    gin = next(c for c in known["closures"] if c["name"] == "gin")
    assert [c["name"] for c in found["closures"]] == ["gin"]
    assert sorted(rows(found["closures"][0])) == sorted(rows(gin)), "gin: other rows than docs/performance.json has"
    assert len(found["growth"]) > 1, "growth: too few fixtures"
    for point in found["growth"]:
        assert sorted(rows(point)) == sorted(rows(known["growth"][0])), f"growth, {point['modules']}: other rows than docs/performance.json has"
    for work, against in rows(gin):
        assert f"| {work} | {against} |" in page, f"{work} is not on the page"
    for image in images:
        assert f"({image})" in page, f"{image} is not on the page"
    assert page.count("](performance-") == len(images), "the page names an image that was not made"
    print("short: passed")


if __name__ == "__main__":
    main()
